/**
 * `npm run web:demo`: a street of services in mid-release, to look at and to click on.
 *   npm run web:demo -- --speed 10 --listen 127.0.0.1:7077 --fleet 500 --played 12
 */
import { parseArgs } from "node:util";
import { cast, extra } from "./cast.ts";
import { openStage } from "./stage.ts";

const { values } = parseArgs({
  options: {
    speed: { type: "string", default: "4" },
    listen: { type: "string", default: "127.0.0.1:7077" },
    fleet: { type: "string", default: "0" },
    played: { type: "string", default: "12" },
  },
});
const extras = Array.from({ length: Math.max(0, Number(values.fleet) - cast.length) }, (_, i) => extra(i + 1));
const began = performance.now();
process.stdout.write(`Playing the first ${values.played} minutes ...\n`);
const stage = await openStage({
  cast: [...cast, ...extras],
  speed: Number(values.speed),
  playedMs: Number(values.played) * 60_000,
  now: Date.now(),
  listen: values.listen,
});
process.stdout.write(`${((performance.now() - began) / 1000).toFixed(1)}s. The dashboard is at ${stage.url}\n`);
process.once("SIGINT", () => void stage[Symbol.asyncDispose]().then(() => process.exit(0)));
