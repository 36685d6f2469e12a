/** The planner on a `kayenta` gate: when it judges is known, what it will say is not. */
import type { KayentaGate } from "../../analysis/metric.ts";
import type { Asked, GateLook } from "./look.ts";

export function lookAtKayenta(gate: KayentaGate, { stage }: Asked): GateLook {
  const { intervalMs, stepMs, metrics } = gate.kayenta;
  const never = { meanMs: null, ms: null };
  return {
    gate: gate.name,
    kind: "kayenta",
    dryRun: gate.dryRun,
    method: "fixed",
    stable: null,
    feared: null,
    fear: `a shift of ${metrics.map(({ name }) => name).join(" or ")}`,
    noticed: never,
    late: never,
    closed: never,
    boundMs: null,
    // nobody has said what the series are like, and everything depends on that
    chance: stage.ms < intervalMs ? 0 : null,
    units: [null, null],
    extra: [null, null],
    smallest: null,
    smallestInWords: `not known: ${Math.round(intervalMs / stepMs)} points a judgement`,
    safeMs: intervalMs,
  };
}
