import { expect, test } from "vitest";
import { bucketOf, quantile } from "./histogram.ts";
import { logNotQuantile, quantileInterval } from "./quantile-interval.ts";
import { normal, seeded } from "./random.ts";

const TRUE_P90 = 20_000 * Math.exp(0.7 * 1.2815515655446004);
const counts = (values: readonly number[]) => {
  const found = new Map<number, number>();
  for (const us of values) found.set(bucketOf(us), (found.get(bucketOf(us)) ?? 0) + 1);
  return [...found];
};
const lognormal = (random: () => number) => 20_000 * Math.exp(0.7 * normal(random));

test("no values exclude nothing, and are no evidence", () => {
  expect(quantileInterval([], 0.9, 0.05)).toEqual({ low: 0, high: Infinity });
  expect(logNotQuantile(0, 0, 0.9)).toBeCloseTo(0, 12);
});

test("the evidence is a martingale where the boundary is the quantile", () => {
  const p = 0.9;
  for (const [below, n] of [
    [0, 0],
    [3, 5],
    [80, 100],
  ] as const) {
    const mean =
      p * Math.exp(logNotQuantile(below + 1, n + 1, p)) + (1 - p) * Math.exp(logNotQuantile(below, n + 1, p));
    expect(mean).toBeCloseTo(Math.exp(logNotQuantile(below, n, p)), 9);
  }
});

test("the interval holds the sample's quantile and closes in on it", () => {
  const random = seeded(7);
  const values: number[] = [];
  let width = Infinity;
  for (const size of [500, 5000, 50_000]) {
    while (values.length < size) values.push(lognormal(random));
    const { low, high } = quantileInterval(counts(values), 0.9, 0.05);
    const middle = quantile(counts(values), 0.9) ?? 0;
    expect(low).toBeLessThanOrEqual(middle);
    expect(high).toBeGreaterThanOrEqual(middle);
    expect(high - low).toBeLessThan(width);
    width = high - low;
  }
  expect(width).toBeLessThan(0.15 * TRUE_P90);
});

test("looked at after every ten values, it misses the truth in at most 1 of 20 runs", () => {
  const p = 0.9;
  let missed = 0;
  for (let run = 0; run < 400; run++) {
    const random = seeded(1000 + run);
    let [below, n, out] = [0, 0, false];
    for (; n < 2000 && !out;) {
      n += 1;
      if (lognormal(random) < TRUE_P90) below += 1;
      if (n % 10 === 0) out = logNotQuantile(below, n, p) >= Math.log(20);
    }
    if (out) missed += 1;
  }
  // 20 expected at most; 33 would be four standard errors above
  expect(missed).toBeLessThan(33);
});
