/**
 * What no test can beat. Any rule with false alarms at most alpha and misses at most beta needs, on average, at least
 * d(alpha, beta) / I units of the tested arm (Wald, 1945), I being the information one unit carries against the
 * nearest point of what is allowed.
 */
import { requireInner, requireRatio, requireShare } from "./inputs.ts";
import { nearestPointsNull, nearestRatioNull } from "./nulls.ts";

/** kl(p, q) of two Bernoulli rates, nats. Infinity where q excludes what p allows. */
export function divergence(p: number, q: number): number {
  requireShare(p, "p");
  requireShare(q, "q");
  const part = (a: number, b: number) => (a === 0 ? 0 : a * Math.log(a / b));
  // rounding must not make it negative
  return Math.max(0, part(p, q) + part(1 - p, 1 - q));
}

/** d = (1-beta) ln((1-beta)/alpha) + beta ln(beta/(1-alpha)) nats; 4.18 for 1 % and 5 %. beta 0 gives ln(1/alpha). */
export function waldDistance(alpha: number, beta: number): number {
  requireInner(alpha, "alpha");
  requireShare(beta, "beta");
  return divergence(1 - beta, alpha);
}

/** How two arms differ in truth: bad-event rates, and the tested arm's share of units. */
export interface Truth {
  readonly theta: number;
  readonly theta0: number;
  readonly share: number;
}

/** The edge of what is allowed: `ratio` x reference, or reference + `points`. */
export type Edge = { readonly ratio: number } | { readonly points: number };

/** Information per tested unit, nats. */
export interface Information {
  /** The reference rate of the nearest allowed point. */
  readonly nullReference: number;
  /** When both arms are only observed. */
  readonly perUnit: number;
  /** When the reference rate were known: the most that more reference units could give. */
  readonly known: number;
}

/** Information (nats per tested unit) of a truth against the nearest point of the edge. Throws STATISTICS_INPUT. */
export function information(truth: Truth, edge: Edge): Information {
  const { theta, theta0, share } = truth;
  requireInner(share, "share");
  if ("ratio" in edge) requireRatio(edge.ratio, "ratio");
  const shifted = (t: number) => ("ratio" in edge ? Math.min(1, edge.ratio * t) : Math.min(1, t + edge.points));
  const nullReference =
    "ratio" in edge
      ? nearestRatioNull(theta, theta0, share, edge.ratio)
      : nearestPointsNull(theta, theta0, share, edge.points);
  const reference = ((1 - share) / share) * divergence(theta0, nullReference);
  return {
    nullReference,
    perUnit: divergence(theta, shifted(nullReference)) + reference,
    known: divergence(theta, shifted(theta0)),
  };
}

/** The least mean number of tested units to find (or, with the edge as limit, to clear) this truth. */
export function leastUnits(truth: Truth, edge: Edge, alpha: number, beta: number): number {
  return waldDistance(alpha, beta) / information(truth, edge).perUnit;
}
