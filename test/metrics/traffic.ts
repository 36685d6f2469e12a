/** Traffic for sources that scrape: so much to both arms, known to the last request. */
import type { Counts } from "../../src/analysis/measurement.ts";
import type { Split } from "../../src/analysis/metric.ts";
import type { Exporter } from "./exporter.ts";

export const SECOND = 1000;

export const splitSince = (since: number, plan = 3): Split => ({
  plan,
  since,
  stable: { revision: "v1", backends: ["http://127.0.0.1:9001"] },
  canary: { revision: "v2", backends: ["http://127.0.0.1:9002", "http://127.0.0.1:9003"] },
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Forty rounds over four seconds: nine for stable and one for the canary, whose every fifth fails. */
export async function drive(exporter: Exporter): Promise<{ readonly stable: Counts; readonly canary: Counts }> {
  const counted = { stable: { n: 0, bad: 0 }, canary: { n: 0, bad: 0 } };
  for (let round = 0; round < 40; round++) {
    for (let unit = 0; unit < 10; unit++) {
      const [arm, version] = unit === 0 ? (["canary", "v2"] as const) : (["stable", "v1"] as const);
      const bad = arm === "canary" ? round % 5 === 0 : round % 20 === 0 && unit === 1;
      exporter.serve(version, bad ? 503 : 200, 0.004 * (unit + 1) * (arm === "canary" ? 2 : 1));
      counted[arm].n += 1;
      counted[arm].bad += bad ? 1 : 0;
    }
    await sleep(100);
  }
  return counted;
}
