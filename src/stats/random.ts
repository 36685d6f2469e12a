/**
 * A seeded generator and the laws that simulations draw from. Same seed, same numbers, on every machine: nothing here
 * reads a clock or the platform's randomness. Draws are exact (no normal approximations), so that simulated error
 * rates mean something at 1 %.
 */
import { requireAmount, requireCount, requireInner, requirePositive, requireShare } from "./inputs.ts";
import { logChoose, logGamma } from "./special.ts";

/** Uniform on (0, 1), never its ends, with 53 bits. */
export type Random = () => number;

/** 32 bits at a time, each as likely as the next. */
export type Words = () => number;

/** xoshiro128** (Blackman & Vigna), its state filled from the seed by splitmix32. Whole numbers from 0 to 2^32 - 1. */
export function seededWords(seed: number): Words {
  let mixed = seed >>> 0;
  const mix = () => {
    mixed = (mixed + 0x9e3779b9) >>> 0;
    let z = mixed;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  // the high half of large seeds counts too
  mixed ^= Math.floor(Math.abs(seed) / 2 ** 32) >>> 0;
  let [a, b, c, d] = [mix(), mix(), mix(), mix() | 1];
  return () => {
    const m = Math.imul(b, 5);
    const result = Math.imul((m << 7) | (m >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result >>> 0;
  };
}

/** Numbers on (0, 1), two words each. */
export const fromWords =
  (words: Words): Random =>
  () =>
    ((words() >>> 5) * 2 ** 26 + (words() >>> 6) + 0.5) / 2 ** 53;

export const seeded = (seed: number): Random => fromWords(seededWords(seed));

/** A generator of its own for a named part of a simulation: parts stay the same when others draw more or less. */
export function branch(random: Random): Random {
  return seeded(Math.floor(random() * 2 ** 53));
}

export const bernoulli = (random: Random, p: number): boolean => random() < p;

/** Mean 1/rate. */
export function exponential(random: Random, rate: number): number {
  requirePositive(rate, "rate");
  return -Math.log(random()) / rate;
}

/** Number of trials up to and with the first success: 1, 2, ...; mean 1/p. */
export function geometric(random: Random, p: number): number {
  requireShare(p, "p");
  if (p === 1) return 1;
  requireInner(p, "p");
  return 1 + Math.floor(Math.log(random()) / Math.log1p(-p));
}

/** Standard normal (Box & Muller; one of the pair). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}

/** Gamma with a shape of at least 1/1000 and scale 1 (Marsaglia & Tsang); mean = shape. */
export function gamma(random: Random, shape: number): number {
  requirePositive(shape, "shape");
  if (shape < 1) return gamma(random, shape + 1) * random() ** (1 / shape);
  const d = shape - 1 / 3;
  for (;;) {
    const x = normal(random);
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Below this mean a draw is counted up from zero, above it outwards from the mode. */
const FEW = 15;

/** Successes of n trials with probability p. */
export function binomial(random: Random, n: number, p: number): number {
  requireCount(n, "n");
  requireShare(p, "p");
  if (n === 0 || p === 0) return 0;
  if (p > 0.5) return n - binomial(random, n, 1 - p);
  const odds = p / (1 - p);
  const up = (k: number) => ((n - k) * odds) / (k + 1);
  if (n * p < FEW) return countUp(random, Math.exp(n * Math.log1p(-p)), up, n);
  const mode = Math.floor((n + 1) * p);
  const peak = Math.exp(logChoose(n, mode) + mode * Math.log(p) + (n - mode) * Math.log1p(-p));
  return fromMode(random, mode, peak, up, n);
}

export function poisson(random: Random, mean: number): number {
  requireAmount(mean, "mean");
  if (mean === 0) return 0;
  const up = (k: number) => mean / (k + 1);
  if (mean < FEW) return countUp(random, Math.exp(-mean), up, Infinity);
  const mode = Math.floor(mean);
  return fromMode(random, mode, Math.exp(mode * Math.log(mean) - mean - logGamma(mode + 1)), up, Infinity);
}

/** Inversion from zero. `up(k)` is P(k + 1)/P(k). */
function countUp(random: Random, zero: number, up: (k: number) => number, most: number): number {
  let [k, mass, u] = [0, zero, random() - zero];
  while (u > 0 && k < most && mass > 0) u -= mass *= up(k++);
  return k;
}

/** Inversion outwards from the mode, up and down in turn: a few standard deviations of steps. */
function fromMode(random: Random, mode: number, peak: number, up: (k: number) => number, most: number): number {
  let u = random() - peak;
  let [high, low, above, below] = [mode, mode, peak, peak];
  while (u > 0) {
    if (high < most) {
      above *= up(high++);
      if ((u -= above) <= 0) return high;
    }
    if (low > 0) {
      below /= up(--low);
      if ((u -= below) <= 0) return low;
    }
    if (above < 1e-300 && below < 1e-300) return mode;
  }
  return mode;
}
