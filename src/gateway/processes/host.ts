/**
 * The host's process, started by `../launch.ts`. A worker is started before anything else is read, so that both get
 * ready at the same time: that is half of a cold start.
 */
import { forkWorker } from "../fork.ts";
import type { Boot } from "../launch.ts";

const first = forkWorker(process.argv[2]);
const boot = Promise.withResolvers<Boot>();
// Whoever started this died before it said what to do.
process.once("disconnect", () => boot.reject(new Error("told nothing")));
process.once("message", (message: Boot) => boot.resolve(message));
process.on("SIGHUP", () => {});

try {
  const [{ runHost }, told] = await Promise.all([import("./run.ts"), boot.promise]);
  await runHost(told, first);
} catch (thrown) {
  console.error(thrown);
  first.kill();
  process.exit(1);
}
