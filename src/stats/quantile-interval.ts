/**
 * Where a quantile lies, with an interval that may be read at any moment. Whether the true p-quantile can be at a boundary
 * is one test there: of n values, k are below it, and k would be binomial with p. Each boundary is tested for itself by
 *   E = B(a + k, b + n - k) / B(a, b) / (p^k (1 - p)^(n - k))        a = c p, b = c (1 - p)
 * a mixture that is a martingale when the boundary is the quantile; no correction for many boundaries is needed, since
 * only the true one counts (test inversion; Howard & Ramdas, "Sequential estimation of quantiles", 2022). It holds for values that are
 * alike over time, so it is shown and never decides.
 */
import { BUCKETS, lowerEdge, upperEdge, type SparseCounts } from "./histogram.ts";
import { requireInner } from "./inputs.ts";
import { logGamma } from "./special.ts";

/** How firmly the mixture believes in p: as much as this many values. */
const CONCENTRATION = 50;

/** ln of the evidence that a boundary with `below` of `n` values under it is not the p-quantile. */
export function logNotQuantile(below: number, n: number, p: number): number {
  const [a, b] = [CONCENTRATION * p, CONCENTRATION * (1 - p)];
  const logBeta = (x: number, y: number) => logGamma(x) + logGamma(y) - logGamma(x + y);
  return logBeta(a + below, b + n - below) - logBeta(a, b) - below * Math.log(p) - (n - below) * Math.log1p(-p);
}

/**
 * The p-quantile's interval at level 1 - alpha from counts in the fixed buckets, microseconds, rounded outwards to their
 * edges. `low` 0 or `high` Infinity where nothing is excluded on that side.
 */
export function quantileInterval(counts: SparseCounts, p: number, alpha: number): { low: number; high: number } {
  requireInner(p, "p");
  requireInner(alpha, "alpha");
  const dense = new Float64Array(BUCKETS);
  let n = 0;
  for (const [bucket, count] of counts) {
    dense[bucket] += count;
    n += count;
  }
  const needed = -Math.log(alpha);
  let [below, low, high] = [0, 0, Infinity];
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    below += dense[bucket];
    // The boundary above this bucket has `below` values under it: too few, and the quantile is higher; too many, lower.
    if (logNotQuantile(below, n, p) < needed) continue;
    if (below < p * n) low = upperEdge(bucket);
    else if (high === Infinity) high = upperEdge(bucket);
  }
  return { low: Math.min(low, lowerEdge(BUCKETS - 1)), high };
}
