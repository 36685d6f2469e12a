/**
 * Latencies from a source with buckets of its own: what a latency gate may conclude from them, and what they hide.
 * A value is only known to lie between two bounds. For a finding of harm the canary is taken to have been as quick, and
 * stable as slow, as their buckets allow; for a finding of safety the other way round. So neither promise depends
 * on the buckets; only what can be seen does.
 */
import { effective, placed, requireBuckets, type Buckets } from "../stats/buckets.ts";
import type { Arm, Histogram } from "./measurement.ts";
import { latency, times } from "./words.ts";

/** One arm's buckets as the gate takes them. Throws STATISTICS_INPUT. */
export function coarseHistogram(buckets: Buckets, arm: Arm): Histogram {
  requireBuckets(buckets);
  const [low, high] = [placed(buckets, "low"), placed(buckets, "high")];
  return arm === "canary"
    ? { done: low, carried: [], doneForSafety: high }
    : { done: high, carried: [], doneForSafety: low };
}

/** What is really compared at a threshold, microseconds: stable over `stable` with canary over `canary`. */
export interface Sight {
  readonly stable: number;
  readonly canary: number;
}

/** With these bounds, a threshold of fixed boundaries comes to this. Infinity is kept as the largest double: it is JSON. */
export function sightOf(bounds: readonly number[], stable: number, canary: number): Sight {
  const over = effective(bounds, canary, "low");
  return { stable: effective(bounds, stable, "high"), canary: Math.min(over, Number.MAX_VALUE) };
}

/** Coarser than the gate's ratio by more than this, and people are told. */
const TELLING = 1.1;

/** What the buckets hide, in words; null when they hide nothing to speak of. */
export function hidden({ stable, canary }: Sight, ratio: number): string | null {
  if (canary === Number.MAX_VALUE)
    return "the source's buckets end too early: how much slower the canary is cannot be seen";
  if (stable === 0) return "the source's buckets begin too late: how quick stable is cannot be seen";
  if (canary / stable <= ratio * TELLING) return null;
  return `the source's buckets only tell over ${latency(canary)} from over ${latency(stable)}: a canary less than ${times(Number((canary / stable).toPrecision(2)))} slower may go unseen`;
}
