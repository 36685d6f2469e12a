/**
 * Where a pair of rates meets the edge of what is allowed: the point on "tested = ratio x reference" or
 * "tested = reference + points" that is hardest to tell from it (the least Kullback-Leibler divergence, arms weighted
 * w and 1 - w). For a convex null this point makes the likelihood ratio an e-value for the whole null
 * (Turner, Ly & Gruenwald, "Generic E-variables for exact sequential k-sample tests", 2024).
 */
import { requireInner, requirePositive, requireShare } from "./inputs.ts";

/**
 * Reference rate t of the nearest point (ratio t, t) to (theta, theta0).
 * Setting the derivative to zero, w (ratio t - theta)/(1 - ratio t) + (1-w)(t - theta0)/(1-t) = 0, gives a quadratic
 * whose smaller root lies in (0, 1/ratio). Rates must not both be 0.
 */
export function nearestRatioNull(theta: number, theta0: number, w: number, ratio: number): number {
  requireShare(theta, "theta");
  requireShare(theta0, "theta0");
  requireInner(w, "w");
  requirePositive(ratio, "ratio");
  const pooled = w * theta + (1 - w) * theta0;
  const b = w * (ratio + theta) + (1 - w) * (1 + ratio * theta0);
  return (2 * pooled) / (b + Math.sqrt(Math.max(0, b * b - 4 * ratio * pooled)));
}

/** Enough for 15 digits: Newton doubles its digits, bisection takes over where it would leave the bracket. */
const STEPS = 60;

/**
 * Reference rate t of the nearest point (t + points, t) to (theta, theta0), 0 < points < 1.
 * The derivative w (t + points - theta)/((t+points)(1-t-points)) + (1-w)(t - theta0)/(t(1-t)) grows in t, so its
 * zero is bracketed between theta - points and theta0 and found by safeguarded Newton steps.
 */
export function nearestPointsNull(theta: number, theta0: number, w: number, points: number): number {
  requireShare(theta, "theta");
  requireShare(theta0, "theta0");
  requireInner(w, "w");
  requireInner(points, "points");
  let low = Math.max(0, Math.min(theta - points, theta0));
  let high = Math.min(1 - points, Math.max(theta - points, theta0));
  let t = Math.min(high, Math.max(low, w * (theta - points) + (1 - w) * theta0));
  if (t <= 0 || t >= 1 - points) t = (low + high) / 2;
  for (let step = 0; step < STEPS && high - low > 1e-16; step++) {
    const v = t * (1 - t);
    const s = t + points;
    const vs = s * (1 - s);
    const slope = (w * (s - theta)) / vs + ((1 - w) * (t - theta0)) / v;
    if (slope > 0) high = t;
    else low = t;
    const curve =
      w * (1 / vs - ((s - theta) * (1 - 2 * s)) / (vs * vs)) +
      (1 - w) * (1 / v - ((t - theta0) * (1 - 2 * t)) / (v * v));
    const next = t - slope / curve;
    const move = next > low && next < high ? next : (low + high) / 2;
    if (Math.abs(move - t) <= 1e-15 * t) return move;
    t = move;
  }
  return t;
}
