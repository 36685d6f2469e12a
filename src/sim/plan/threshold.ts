/** The planner on a `threshold` gate: it counts checks, so its time is known; whether it sees a harm is the limit's matter. */
import type { ThresholdGate } from "../../analysis/metric.ts";
import { normalQuantile } from "../../stats/special.ts";
import type { Behaviour } from "../traffic.ts";
import type { Asked, GateLook, Times } from "./look.ts";

const quantiles: Readonly<Record<string, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 };

/** What the value would be of an arm that behaves so; null for what nobody can say. */
function valueOf(value: string, { failures, medianMs, sigma }: Behaviour): number | null {
  if (value === "failureRate") return failures;
  if (value === "successRate") return 1 - failures;
  const q = quantiles[value];
  return q === undefined ? null : medianMs * Math.exp(sigma * normalQuantile(q));
}

export function lookAtThreshold(gate: ThresholdGate, { assumption: { assumed }, split, stage }: Asked): GateLook {
  const { value, arm, min, max, everyMs, failures } = gate.threshold;
  const found = valueOf(value, assumed[arm]);
  const out = found !== null && ((min !== undefined && found < min) || (max !== undefined && found > max));
  const ms = out ? everyMs * failures : null;
  const times: Times = { meanMs: ms, ms };
  const units = ms === null ? null : (ms / 1000) * split.perSecond * split.share;
  const more = units === null ? null : units * Math.max(0, assumed.canary.failures - assumed.stable.failures);
  const is = found === null ? "" : ` is ${Number(found.toPrecision(3))}`;
  return {
    gate: gate.name,
    kind: "threshold",
    dryRun: gate.dryRun,
    method: "fixed",
    stable: valueOf(value, assumed.stable),
    feared: found,
    fear: `${value} of ${arm}${is}`,
    noticed: times,
    late: times,
    closed: times,
    boundMs: null,
    chance: ms !== null && ms <= stage.ms ? 1 : 0,
    units: [units, units],
    extra: [more, more],
    smallest: min ?? max ?? null,
    smallestInWords: `its limit of ${[min, max].filter((limit) => limit !== undefined).join(" to ")}`,
    safeMs: everyMs,
  };
}
