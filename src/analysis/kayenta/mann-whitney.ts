/**
 * The Mann-Whitney interval of Kayenta: the large-sample branch of R's `wilcox.test` with ties and continuity
 * correction, found by Brent's root finder with an absolute tolerance of 1e-4 in the units of the metric.
 *
 * Upstream ranks the pooled points anew at every trial shift. Here both sides are sorted once and ranks come from a
 * linear merge: rounding of x - mu is monotone in x, so the order, and every bit of the result, stays the same.
 */
import { ascending } from "./series.ts";

/** The standard normal quantile at 0.99, as commons-math computes it for the level 0.98. */
export const Z_98 = 2.326347874040841;

export class AllTied extends Error {
  constructor() {
    super("cannot compute confidence interval when all observations are tied");
    this.name = "AllTied";
  }
}

export interface Interval {
  readonly lower: number;
  readonly upper: number;
  /** Hodges-Lehmann-like shift estimate; unlike R's, with the continuity correction left on. */
  readonly estimate: number;
}

interface Ranked {
  /** Sum of the average ranks of the first sample. */
  readonly ranks: number;
  /** What x changes in the sum of t^3 - t over groups of t tied points, against y alone. */
  readonly ties: number;
}

/** NaN (infinity minus infinity) ranks with positive infinity. */
const shifted = (x: number, mu: number) => {
  const d = x - mu;
  return Number.isNaN(d) ? Infinity : d;
};

/** Ranks x - mu among y by one merge; both sorted ascending. The hot loop of the judge. */
function rank(x: Float64Array, y: Float64Array, mu: number): Ranked {
  const n = x.length;
  const m = y.length;
  let ranks = 0;
  let ties = 0;
  let j = 0;
  for (let i = 0; i < n;) {
    const value = shifted(x[i], mu);
    const first = i;
    do i++;
    while (i < n && shifted(x[i], mu) === value);
    while (j < m && y[j] < value) j++;
    let equal = j;
    while (equal < m && y[equal] === value) equal++;
    const fromX = i - first;
    const tied = fromX + equal - j;
    ranks += fromX * (first + j + (tied + 1) / 2);
    // Runs of y alone are the same at every shift: the caller adds them; here only what ties with x changes.
    ties += cubed(tied) - cubed(equal - j);
    j = equal;
  }
  return { ranks, ties };
}

/** t^3 - t of a run of t equal points. */
const cubed = (t: number) => t * t * t - t;

/** The sum of t^3 - t over the runs of one sorted sample. */
function ownTies(y: Float64Array): number {
  let sum = 0;
  for (let j = 0, from = 0; j <= y.length; j++) {
    if (j < y.length && y[j] === y[from]) continue;
    sum += cubed(j - from);
    from = j;
  }
  return sum;
}

/** The standardised statistic at shift mu, less the quantile. Both samples sorted ascending. */
function excess(x: Float64Array, y: Float64Array, tiesInY: number, mu: number, quantile: number): number {
  const [n, m] = [x.length, y.length];
  const { ranks, ties: changed } = rank(x, y, mu);
  const ties = tiesInY + changed;
  const dz = ranks - (n * (n + 1)) / 2 - (n * m) / 2;
  const correction = dz === 0 ? 0 : 0.5 * Math.sign(dz);
  const total = n + m;
  const sigma = Math.sqrt(((n * m) / 12) * (total + 1 - ties / (total * (total - 1))));
  if (sigma === 0) throw new AllTied();
  return (dz - correction) / sigma - quantile;
}

/** As `excess`, for samples in any order. */
export function wilcoxonDifference(x: readonly number[], y: readonly number[], mu: number, quantile: number): number {
  const sorted = ascending(y);
  return excess(ascending(x), sorted, ownTies(sorted), mu, quantile);
}

const EPSILON = 2.220446049250313e-16;
const TINY = 4.9e-324;
const TOLERANCE = 1e-4;
const PASSES = 1001;

/** R's `zeroin` (Brent 1973), expression by expression: the shapes decide the last bit. */
function brent(ax: number, bx: number, atA: number, atB: number, f: (x: number) => number): number {
  let [a, b, fa, fb] = [ax, bx, atA, atB];
  let [c, fc] = [a, fa];
  if (Math.abs(fa) <= TINY) return a;
  if (Math.abs(fb) <= TINY) return b;
  for (let pass = 0; pass < PASSES; pass++) {
    const previous = b - a;
    if (Math.abs(fc) < Math.abs(fb)) {
      [a, b] = [b, c];
      c = a;
      [fa, fb] = [fb, fc];
      fc = fa;
    }
    const tolerance = 2 * EPSILON * Math.abs(b) + TOLERANCE / 2;
    let step = (c - b) / 2;
    if (Math.abs(step) <= tolerance || Math.abs(fb) <= TINY) return b;
    if (Math.abs(previous) >= tolerance && Math.abs(fa) > Math.abs(fb))
      step = interpolated(a, b, c, fa, fb, fc, step, previous, tolerance);
    if (Math.abs(step) < tolerance) step = step > 0 ? tolerance : -tolerance;
    a = b;
    fa = fb;
    b += step;
    fb = f(b);
    if ((fb > 0 && fc > 0) || (fb < 0 && fc < 0)) {
      c = a;
      fc = fa;
    }
  }
  return b;
}

/** The secant or inverse quadratic step where it is safe, the bisection `step` otherwise. */
function interpolated(
  a: number,
  b: number,
  c: number,
  fa: number,
  fb: number,
  fc: number,
  step: number,
  previous: number,
  tolerance: number,
): number {
  const cb = c - b;
  let p: number;
  let q: number;
  if (a === c) {
    const t1 = fb / fa;
    p = cb * t1;
    q = 1 - t1;
  } else {
    q = fa / fc;
    const t1 = fb / fc;
    const t2 = fb / fa;
    p = t2 * (cb * q * (q - t1) - (b - a) * (t1 - 1));
    q = (q - 1) * (t1 - 1) * (t2 - 1);
  }
  if (p > 0) q = -q;
  else p = -p;
  const safe = p < 0.75 * cb * q - Math.abs(tolerance * q) / 2 && p < Math.abs((previous * q) / 2);
  return safe ? p / q : step;
}

/**
 * Interval and estimate of the shift of x (experiment) against y (control) at the normal quantile z.
 * Throws AllTied when the points cannot be told apart.
 */
export function mannWhitney(experiment: readonly number[], control: readonly number[], z: number): Interval {
  const [x, y] = [ascending(experiment), ascending(control)];
  const low = x[0] - y[y.length - 1];
  const high = x[x.length - 1] - y[0];
  const tiesInY = ownTies(y);
  const at = (mu: number, quantile: number) => excess(x, y, tiesInY, mu, quantile);
  const root = (quantile: number) => {
    const atLow = at(low, quantile);
    const atHigh = at(high, quantile);
    if (atLow <= 0) return low;
    if (atHigh >= 0) return high;
    return brent(low, high, atLow, atHigh, (mu) => at(mu, quantile));
  };
  const estimate = brent(low, high, at(low, 0), at(high, 0), (mu) => at(mu, 0));
  return { lower: root(z), upper: root(-z), estimate };
}

/** Common language effect size: how often a point of the experiment exceeds one of the control; 0.5 is no effect. */
export function commonLanguage(experiment: readonly number[], control: readonly number[]): number {
  const [m, n] = [experiment.length, control.length];
  const { ranks } = rank(ascending(experiment), ascending(control), 0);
  return (2 * ranks - m * (m + 1)) / (2 * n * m);
}
