/**
 * Special functions, from cephes (Moshier's library, compiled to WebAssembly); this is the one module that knows it.
 * No quantile is believed: each is put back into its distribution function, and solved for by bisection where it is
 * off. cephes throws at underflow; what would underflow is computed as a logarithm or is 0 here.
 */
import { compiled, erfc, igam, igamc, igami, lgam, ndtri } from "cephes";
import { requireAmount, requireInner, requirePositive } from "./inputs.ts";

await compiled;

/** cephes throws where something on the way is too small for a double; the result is `otherwise` then. */
function orElse(otherwise: number, compute: () => number): number {
  try {
    return compute();
  } catch (thrown) {
    if (thrown instanceof Error && thrown.message.includes("underflow")) return otherwise;
    throw thrown;
  }
}

/** How far a quantile's probability may be off, relatively, before it is solved for anew. */
const BELIEVED = 1e-12;

/** ln Gamma(x), 0 < x < 1e305. Throws STATISTICS_INPUT elsewhere. Source: cephes lgam. */
export function logGamma(x: number): number {
  requirePositive(x, "x");
  return lgam(x);
}

/** ln of the number of ways to choose k of n, 0 <= k <= n. */
export const logChoose = (n: number, k: number): number =>
  k === 0 || k === n ? 0 : logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);

/** Beyond this, on either side, cephes' erfc(z/sqrt 2) underflows. */
const FAR = 37;

/** P(Z <= z) of the standard normal distribution; small tails keep their relative precision down to z = -37, then 0. */
export function normalBelow(z: number): number {
  if (Math.abs(z) > FAR) return z > 0 ? 1 : 0;
  return 0.5 * erfc(-z / Math.SQRT2);
}

/** ln P(Z <= z), where the probability itself may be too small for a double. */
export function logNormalBelow(z: number): number {
  if (z > -FAR) return z > 5 ? Math.log1p(-normalBelow(-z)) : Math.log(normalBelow(z));
  // Mills' ratio by its continued fraction: so far out a few terms are exact
  let fraction = -z;
  for (let k = 12; k >= 1; k--) fraction = -z + k / fraction;
  return -0.5 * z * z - 0.5 * Math.log(2 * Math.PI) - Math.log(fraction);
}

/** The z below which the standard normal lies with probability p, 0 < p < 1. */
export function normalQuantile(p: number): number {
  requireInner(p, "p");
  if (p > 0.5) return -normalQuantile(1 - p);
  const z = ndtri(p);
  if (Math.abs(normalBelow(z) / p - 1) <= BELIEVED) return z;
  return bisect((at) => logNormalBelow(at) - Math.log(p), -40, 0);
}

/** P(X <= x) of the Gamma law with this shape and scale 1; also P(Poisson(x) >= shape) for whole shapes. */
export function gammaBelow(x: number, shape: number): number {
  requireAmount(x, "x");
  requirePositive(shape, "shape");
  return orElse(x > shape ? 1 : 0, () => igam(shape, x));
}

/** P(X > x) of the Gamma law, small tails exact. */
export function gammaAbove(x: number, shape: number): number {
  requireAmount(x, "x");
  requirePositive(shape, "shape");
  return orElse(x > shape ? 0 : 1, () => igamc(shape, x));
}

/** The x below which the Gamma law with this shape and scale 1 lies with probability p. */
export function gammaQuantile(p: number, shape: number): number {
  requireInner(p, "p");
  requirePositive(shape, "shape");
  const x = orElse(0, () => igami(shape, 1 - p));
  if (Math.abs(gammaBelow(x, shape) / p - 1) <= BELIEVED) return x;
  let high = Math.max(shape, 1e-300);
  while (gammaBelow(high, shape) < p) high *= 2;
  return bisect((at) => gammaBelow(at, shape) - p, 0, high);
}

/** The x below which chi-squared with `freedom` degrees lies with probability p. */
export function chiSquaredQuantile(p: number, freedom: number): number {
  requirePositive(freedom, "freedom");
  return 2 * gammaQuantile(p, freedom / 2);
}

/** P(X <= x) of the inverse Gaussian: when Brownian motion with drift first reaches a barrier. */
export function inverseGaussianBelow(x: number, mean: number, shape: number): number {
  requirePositive(mean, "mean");
  requirePositive(shape, "shape");
  if (x <= 0) return 0;
  const root = Math.sqrt(shape / x);
  const reflected = (2 * shape) / mean + logNormalBelow(-root * (x / mean + 1));
  return Math.min(1, normalBelow(root * (x / mean - 1)) + Math.exp(reflected));
}

/** The p-quantile of the inverse Gaussian. */
export function inverseGaussianQuantile(p: number, mean: number, shape: number): number {
  requireInner(p, "p");
  let high = mean;
  while (inverseGaussianBelow(high, mean, shape) < p) high *= 2;
  return bisect((x) => inverseGaussianBelow(x, mean, shape) - p, 0, high);
}

/** P(Poisson(mean) >= k) for k = 0..max: also P(the k-th event comes before time `mean` at rate 1). Mean above 0. */
export function poissonReaches(mean: number, max: number): Float64Array {
  requirePositive(mean, "mean");
  const reaches = new Float64Array(max + 1);
  // summed from the far end, so that small tails are exact
  const last = Math.ceil(Math.max(max, mean + 12 * Math.sqrt(mean))) + 40;
  let log = last * Math.log(mean) - mean - logGamma(last + 1);
  let sum = 0;
  for (let k = last; k >= 0; k--) {
    sum += Math.exp(log);
    if (k <= max) reaches[k] = Math.min(1, sum);
    log += Math.log(k / mean);
  }
  return reaches;
}

/** The zero of an increasing function between low and high, to a double's precision. */
export function bisect(f: (x: number) => number, low: number, high: number): number {
  let [a, b] = [low, high];
  for (;;) {
    const middle = (a + b) / 2;
    if (middle === a || middle === b) return middle;
    if (f(middle) < 0) a = middle;
    else b = middle;
  }
}
