/** Expectations by going through every outcome of two arms of independent units: no chance, no tolerance to choose. */
import type { Block } from "../../src/stats/inputs.ts";
import { logChoose } from "../../src/stats/special.ts";

/** P(k of n units go bad). */
export function chance(n: number, k: number, p: number): number {
  if (p === 0) return k === 0 ? 1 : 0;
  if (p === 1) return k === n ? 1 : 0;
  return Math.exp(logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p));
}

/** E[value(block)] for `n` units at `theta` and `n0` at `theta0`. */
export function expectation(
  n: number,
  n0: number,
  theta: number,
  theta0: number,
  value: (block: Block) => number,
): number {
  let sum = 0;
  for (let bad = 0; bad <= n; bad++) {
    const tested = chance(n, bad, theta);
    if (tested === 0) continue;
    for (let bad0 = 0; bad0 <= n0; bad0++) {
      const both = tested * chance(n0, bad0, theta0);
      if (both > 0) sum += both * value({ n, bad, n0, bad0 });
    }
  }
  return sum;
}

/** Rounding of a few thousand terms. */
export const ROUNDING = 1e-9;

/** Sizes of both arms, from even to lopsided either way, that can be gone through in milliseconds. */
export const sizes: readonly (readonly [n: number, n0: number])[] = [
  [1, 1],
  [1, 19],
  [2, 18],
  [5, 15],
  [10, 10],
  [12, 3],
  [3, 57],
];
/** Reference rates from rare to frequent. */
export const levels: readonly number[] = [0.001, 0.01, 0.05, 0.2, 0.5, 0.8];
