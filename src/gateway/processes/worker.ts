/** The worker's process: the world that `worker.ts` runs in. */
import { flushCompileCache } from "node:module";
import { tmpdir } from "node:os";
import { SteadyClock } from "../clock.ts";
import { dial } from "../endpoint.ts";
import { networkProbe } from "../health.ts";
import type { FromWorker, ToWorker } from "../orders.ts";
import { createProxy } from "../proxy.ts";
import { systemChance } from "../table.ts";
import { Worker } from "../worker.ts";

/** Messages on their way to a host that does not read. It must not fill the worker's memory: the rest is lost. */
const MAX_UNSENT = 200;
let unsent = 0;
let leaving = false;

function send(message: FromWorker): void {
  if (!process.connected || unsent >= MAX_UNSENT) return;
  unsent += 1;
  process.send?.(message, undefined, {}, () => {
    unsent -= 1;
    if (leaving && unsent === 0) process.exit();
  });
}

/** The connection is kept open until this process ends: the host counts on that. */
async function seek(endpoint: string): Promise<boolean> {
  try {
    (await dial(endpoint, tmpdir())).on("error", () => {}).unref();
    return true;
  } catch {
    return false;
  }
}

function exit(code: number): void {
  process.exitCode = code;
  leaving = true;
  if (!process.connected || unsent === 0) process.exit();
}

const worker = new Worker({
  createProxy,
  clock: new SteadyClock(
    () => Date.now(),
    () => performance.now(),
  ),
  chance: systemChance(),
  probe: networkProbe,
  random: Math.random,
  send,
  seek,
  exit,
});

/** The next worker finds compiled what this one had to compile. */
const SETTLED_MS = 2000;
setTimeout(() => flushCompileCache(), SETTLED_MS).unref();

process.on("message", (order: ToWorker, handle: unknown) => void worker.take(order, handle as object | undefined));
process.on("disconnect", () => worker.orphaned());
send({ say: "loaded" });
process.on("SIGTERM", () => void worker.drain());
// The terminal and whoever else means the host.
process.on("SIGINT", () => {});
process.on("SIGHUP", () => {});
