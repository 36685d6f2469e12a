/**
 * One number per interval and arm, without counts: paired differences (canary minus stable, minus the margin) of the
 * same interval, so that what hits both arms cancels. This is the weakest kind of evidence: it holds for differences
 * that are independent from block to block, so neighbouring intervals are averaged into blocks about three times as
 * long as the noise remembers.
 */
import { requireCount, requirePositive } from "./inputs.ts";
import { logGamma, logNormalBelow } from "./special.ts";

/** Means of whole blocks of `length` values; a rest at the end is left out. */
export function blockMeans(values: readonly number[], length: number): number[] {
  requireCount(length, "length");
  requirePositive(length, "length");
  const blocks = Math.floor(values.length / length);
  return Array.from({ length: blocks }, (_, b) => {
    let sum = 0;
    for (let i = b * length; i < (b + 1) * length; i++) sum += values[i];
    return sum / length;
  });
}

/** Block length for noise whose neighbours correlate by `phi` in A/A history: three integrated autocorrelation times. */
export function blockLength(phi: number): number {
  const bounded = Math.min(Math.max(phi, 0), 0.99);
  // 27 must not become 28 by rounding
  return Math.ceil((3 * (1 + bounded)) / (1 - bounded) - 1e-9);
}

/**
 * ln E against "a difference is positive at most half of the time": the bets' uniform mixture, the integral of
 * (1+l)^positive (1-l)^others over l in 0..1. Example: 9 positive, 2 not: E = 6.09.
 */
export function signEvidence(positive: number, others: number): number {
  requireCount(positive, "positive");
  requireCount(others, "others");
  // by parts: the integral is the sum over k of positive!/(positive-k)! others!/(others+k+1)!
  const constant = logGamma(positive + 1) + logGamma(others + 1);
  const term = (k: number) => constant - logGamma(positive - k + 1) - logGamma(others + k + 2);
  let high = -Infinity;
  for (let k = 0; k <= positive; k++) high = Math.max(high, term(k));
  let sum = 0;
  for (let k = 0; k <= positive; k++) sum += Math.exp(term(k) - high);
  return high + Math.log(sum);
}

/**
 * ln E against "differences are symmetric about a centre of at most 0", for large ones too: a half-normal mixture of
 * bets exp(l S - l^2 V/2) with S the sum and V the sum of squares, tuned to be quickest near V = `scale`.
 */
export function symmetricEvidence(differences: readonly number[], scale: number, alpha = 0.01): number {
  requirePositive(scale, "scale");
  let [sum, squares] = [0, 0];
  for (const d of differences) [sum, squares] = [sum + d, squares + d * d];
  const spread = 2 * Math.log(1 / (2 * alpha));
  const rho = scale / (spread + Math.log1p(spread));
  const v = squares + rho;
  return Math.log(2) + 0.5 * Math.log(rho / v) + sum ** 2 / (2 * v) + logNormalBelow(sum / Math.sqrt(v));
}

/**
 * ln of the t statistic's Bayes factor, r = g/(g + n): two-sided, so a gate acts on it only when t > 0
 * (Lindon, Ham, Tingley & Bojinov, "Anytime-valid linear models and regression adjusted causal inference", 2022).
 */
export function logStudentFactor(tSquared: number, freedom: number, n: number, g: number): number {
  requirePositive(freedom, "freedom");
  requirePositive(g, "g");
  const r = g / (g + n);
  return (
    0.5 * Math.log(r) + ((freedom + 1) / 2) * (Math.log1p(tSquared / freedom) - Math.log1p((r * tSquared) / freedom))
  );
}

/** t^2 and ln E of normal differences against "their mean is 0"; no evidence before the second value or without spread. */
export function studentEvidence(
  differences: readonly number[],
  g = 2,
): { mean: number; tSquared: number; log: number } {
  const n = differences.length;
  const mean = n === 0 ? 0 : differences.reduce((sum, d) => sum + d, 0) / n;
  const squares = differences.reduce((sum, d) => sum + (d - mean) ** 2, 0);
  if (n < 2 || squares === 0) return { mean, tSquared: 0, log: 0 };
  const tSquared = (n * (n - 1) * mean ** 2) / squares;
  return { mean, tSquared, log: logStudentFactor(tSquared, n - 1, n, g) };
}
