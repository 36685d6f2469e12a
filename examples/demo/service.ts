/**
 * A small shop, one revision of it: answers /healthz and everything else, fails and dawdles as told.
 *   node service.ts PORT REVISION FAILURE_RATE MEDIAN_MS
 * Chance comes from a seeded generator, so that two runs behave alike.
 */
import { createServer } from "node:http";
import { seeded } from "./chance.ts";

const [port, revision, failureRate, medianMs] = process.argv.slice(2);
const random = seeded(Number(port));

/** Log-normal, as waiting times are: half of the answers within the median, one in a hundred takes five times as long. */
function dawdle(): number {
  const gauss = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Number(medianMs) * Math.exp(0.7 * gauss);
}

const server = createServer((request, response) => {
  if (request.url === "/healthz") {
    response.end("ok\n");
    return;
  }
  const failed = random() < Number(failureRate);
  setTimeout(() => {
    response.writeHead(failed ? 500 : 200, { "content-type": "application/json", "x-revision": revision });
    response.end(JSON.stringify(failed ? { error: "the basket is upside down" } : { revision, items: 3 }));
  }, dawdle());
});
server.keepAliveTimeout = 60_000;
server.listen(Number(port), "127.0.0.1", () =>
  process.send?.({ listening: (server.address() as { port: number }).port }),
);
process.on("disconnect", () => process.exit(0));
