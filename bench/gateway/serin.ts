/**
 * One worker of Serin as it serves in production: visitors by cookie, a forced match, health, the recorder.
 *   node serin.ts PORT STABLE_PORT CANARY_PORT
 */
import { Health, networkProbe } from "../../src/gateway/health.ts";
import { gatewaySchema } from "../../src/gateway/options.ts";
import { createProxy } from "../../src/gateway/proxy.ts";
import { TickRecorder } from "../../src/gateway/record.ts";
import { Backends, compileTable, systemChance } from "../../src/gateway/table.ts";
import { TICK_MS } from "../../src/gateway/tick.ts";
import { trafficPlanSchema } from "../../src/rollout/traffic.ts";

const [port, stable, canary] = process.argv.slice(2);
const now = () => performance.timeOrigin + performance.now();

const plan = trafficPlanSchema.parse({
  version: 1,
  rollout: "bench",
  salt: "bench",
  canaryWeight: 500,
  mirrorWeight: 0,
  unit: { visitor: { cookie: "serin", maxAgeSeconds: 86_400, secure: false } },
  matches: [{ name: "qa", arm: "canary", header: { name: "x-qa", value: { exact: "yes" } } }],
  stable: { revision: "v1", backends: [`http://127.0.0.1:${stable}`] },
  canary: { revision: "v2", backends: [`http://127.0.0.1:${canary}`] },
});

const recorder = new TickRecorder(now(), () => {});
setInterval(() => recorder.tick(now()), TICK_MS);
const health = new Health({ probe: networkProbe, random: Math.random });
const parts = { backends: new Backends(), health, chance: systemChance() };
health.watch(plan, parts.backends);
const options = gatewaySchema.parse({ listen: `127.0.0.1:${port}` });
const table = compileTable(plan, parts);
await createProxy({ options, recorder, health, table, now, requestId: parts.chance.id }).listen();
process.once("SIGTERM", () => process.exit(0));
