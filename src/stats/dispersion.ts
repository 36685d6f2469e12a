/**
 * When units are not independent (one failing client sends ten errors), counts vary more than the mathematics
 * believes and its error rate is broken. The factor phi by which the variance is too large is estimated from shards
 * of one arm, and evidence is tempered by it: every increment counts 1/phi.
 */
import { SerinError } from "../errors.ts";
import { requireCount, requireInner } from "./inputs.ts";
import { chiSquaredQuantile } from "./special.ts";

/** phi of bursts whose size is geometric with this mean: E[C^2]/E[C] = 2 m - 1. */
export function geometricDesignEffect(meanBurst: number): number {
  if (meanBurst >= 1 && meanBurst < Infinity) return 2 * meanBurst - 1;
  throw new SerinError("STATISTICS_INPUT", `meanBurst must be at least 1, found ${meanBurst}`);
}

/** Estimate of phi and the upper end of its interval; both at least 1, for less noise than chance is chance. */
export interface Dispersion {
  readonly phi: number;
  readonly upper: number;
}

/**
 * phi from shards (hash slices or instances) of one arm over one stretch: Pearson's X^2 over its degrees of freedom.
 * `upper` is the one-sided limit at `confidence`, X^2 over the chi-squared quantile. Without bad events: 1 and 1.
 */
export function dispersion(
  shards: readonly { readonly n: number; readonly bad: number }[],
  confidence = 0.95,
): Dispersion {
  requireInner(confidence, "confidence");
  for (const { n, bad } of shards) {
    requireCount(n, "n");
    requireCount(bad, "bad");
    requireCount(n - bad, "n - bad");
  }
  const counted = shards.filter(({ n }) => n > 0);
  const n = counted.reduce((sum, shard) => sum + shard.n, 0);
  const rate = counted.reduce((sum, shard) => sum + shard.bad, 0) / n;
  const freedom = counted.length - 1;
  if (freedom < 1 || !(rate > 0 && rate < 1)) return { phi: 1, upper: 1 };
  const squares = counted.reduce((sum, s) => sum + (s.bad - s.n * rate) ** 2 / (s.n * rate * (1 - rate)), 0);
  const lowest = chiSquaredQuantile(1 - confidence, freedom);
  return { phi: Math.max(1, squares / freedom), upper: Math.max(1, squares / lowest) };
}

/** Adds `increments / phi` to `logs` in place: tempered evidence. phi at least 1. */
export function addTempered(logs: number[], increments: readonly number[], phi: number): void {
  if (!(phi >= 1 && phi < Infinity))
    throw new SerinError("STATISTICS_INPUT", `phi must be a finite factor of at least 1, found ${phi}`);
  for (let j = 0; j < logs.length; j++) logs[j] += increments[j] / phi;
}
