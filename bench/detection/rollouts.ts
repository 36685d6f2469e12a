/** Whole releases with both default gates, as the engine folds and merges them. */
import { failuresGate, latencyGate } from "../../test/analysis/made.ts";
import { release, weather, type Plan } from "../../test/stats/release.ts";

const promised = { falseRollback: 0.01, falsePromotion: 0.01 };

/** Seconds until the rollback of a failing canary in one stage, default gates, ticks of a quarter of a second. */
export function rolledBackAfter(
  { theta0, theta, perSecond, share }: { theta0: number; theta: number; perSecond: number; share: number },
  runs: number,
): { median: number; q95: number } {
  const plan: Plan = { gates: [failuresGate(), latencyGate()], promised, stages: [[share, 300]], tickMs: 250 };
  const calm = weather(perSecond, theta0);
  const nature = { ...calm, perSecond: () => perSecond, theta0: () => theta0, theta: () => theta };
  const times = Array.from({ length: runs }, (_, seed) => release(plan, nature, seed).rolledBackAfter ?? 300);
  const sorted = times.toSorted((a, b) => a - b);
  return { median: sorted[Math.floor(runs / 2)], q95: sorted[Math.floor(0.95 * runs)] };
}

/** Good releases over a ramp, in all weathers: what part of them is rolled back. Strict gates: the null is met exactly. */
export function ramped(releases: number): { releases: number; rolledBack: number } {
  const gates = [failuresGate({ margin: { ratio: 1 } }), latencyGate({ ratio: 1 })];
  const stages = [0.01, 0.05, 0.25, 0.5].map((share) => [share, 150] as const);
  const plan: Plan = { gates, promised, stages, tickMs: 1000 };
  const nature = weather(200, 0.004);
  let back = 0;
  for (let seed = 0; seed < releases; seed++) if (release(plan, nature, 50_000 + seed).rolledBackAfter !== null) back++;
  return { releases, rolledBack: back / releases };
}
