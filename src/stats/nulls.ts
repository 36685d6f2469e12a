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

/** Newton doubles its digits; where it would leave the bracket, the bracket is halved. */
const STEPS = 100;
/** A step so small that the next would be smaller than a double can tell. */
const CLOSE = 1e-9;

/**
 * Reference rate t of the nearest point (t + points, t) to (theta, theta0), 0 < points < 1.
 * The derivative w (s - theta)/(s(1-s)) + (1-w)(t - theta0)/(t(1-t)), s = t + points, grows in t; its zero lies between
 * theta - points and theta0. Cleared of its denominators it is a cubic that has its sign.
 */
export function nearestPointsNull(theta: number, theta0: number, w: number, points: number): number {
  requireShare(theta, "theta");
  requireShare(theta0, "theta0");
  requireInner(w, "w");
  requireInner(points, "points");
  const v = 1 - w;
  let low = Math.max(0, Math.min(theta - points, theta0));
  let high = Math.min(1 - points, Math.max(theta - points, theta0));
  // where it would be if variances were those at theta0
  const spread = ((theta0 + points) * (1 - theta0 - points)) / w;
  const spread0 = (theta0 * (1 - theta0)) / v;
  let t = ((theta - points) * spread0 + theta0 * spread) / (spread + spread0);
  if (!(t > low && t < high)) t = (low + high) / 2;
  for (let step = 0; step < STEPS; step++) {
    const s = t + points;
    const ss = s * (1 - s);
    const tt = t * (1 - t);
    const value = w * (s - theta) * tt + v * (t - theta0) * ss;
    if (value > 0) high = t;
    else low = t;
    const slope = w * (tt + (s - theta) * (1 - 2 * t)) + v * (ss + (t - theta0) * (1 - 2 * s));
    const next = t - value / slope;
    if (Math.abs(next - t) <= CLOSE * t) return next;
    t = next > low && next < high ? next : (low + high) / 2;
    if (high - low <= 1e-16) return t;
  }
  return t;
}
