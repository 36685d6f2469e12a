import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addSparse,
  boundaryAtOrAbove,
  bucketOf,
  BUCKETS,
  crossed,
  lowerEdge,
  quantile,
  requireHistogram,
  resolved,
  upperEdge,
} from "./histogram.ts";

const us = fc.double({ min: 0, max: 1e9, noNaN: true });

test("every latency lies in its bucket, and buckets adjoin", () =>
  fc.assert(
    fc.property(us, (at) => {
      const bucket = bucketOf(at);
      expect(at).toBeGreaterThanOrEqual(lowerEdge(bucket));
      expect(at).toBeLessThan(upperEdge(bucket));
      if (bucket > 0) expect(upperEdge(bucket - 1)).toBe(lowerEdge(bucket));
    }),
  ));

test("inside the scale no bucket is wider than 6.25 %", () => {
  for (let i = 1; i < BUCKETS - 1; i++) expect(upperEdge(i) / lowerEdge(i)).toBeLessThanOrEqual(1.0625);
  expect([bucketOf(0), bucketOf(63.99), bucketOf(64), bucketOf(1000), bucketOf(1e12)]).toEqual([
    0,
    0,
    1,
    64,
    BUCKETS - 1,
  ]);
});

test("the first boundary at or above", () =>
  fc.assert(
    fc.property(us, (at) => {
      const boundary = boundaryAtOrAbove(at);
      expect(at).toBeLessThanOrEqual(boundary === null ? Infinity : lowerEdge(boundary));
      const before = boundary === null ? BUCKETS - 1 : boundary - 1;
      if (before >= 0) expect(lowerEdge(before)).toBeLessThan(at);
    }),
  ));

const sparse = fc.array(fc.tuple(fc.integer({ min: 0, max: BUCKETS - 1 }), fc.integer({ min: 1, max: 100 })), {
  maxLength: 12,
});
const boundary = fc.integer({ min: 1, max: BUCKETS - 1 });

test("counts over a boundary add up over shards, in any order", () =>
  fc.assert(
    fc.property(sparse, sparse, boundary, (a, b, at) => {
      const [one, other] = [
        { done: a, carried: [] },
        { done: b, carried: [] },
      ];
      const both = { done: addSparse(b, a), carried: [] };
      expect(crossed(both, at)).toBe(crossed(one, at) + crossed(other, at));
      expect(resolved(both, at)).toBe(resolved(one, at) + resolved(other, at));
      expect(addSparse(a, b)).toEqual(addSparse(b, a));
    }),
  ));

test("a request that is seen to pass a boundary in flight is counted there once, when it does", () => {
  // at 300 ms it is still under way, in the next tick it ends after 700 ms
  const [b100, b300, b700] = [100_000, 300_000, 700_000].map(bucketOf);
  const flying = {
    done: [],
    carried: [
      [1, 1],
      [b300 + 1, -1],
    ] as const,
  };
  const ended = {
    done: [[b700, 1]] as const,
    carried: [
      [1, -1],
      [b300 + 1, 1],
    ] as const,
  };
  expect([crossed(flying, b100), crossed(ended, b100)]).toEqual([1, 0]);
  expect([crossed(flying, b700), crossed(ended, b700)]).toEqual([0, 1]);
  expect([resolved(flying, b700), resolved(ended, b700)]).toEqual([0, 1]);
  expect([resolved(flying, b100), resolved(ended, b100)]).toEqual([1, 0]);
});

test("a quantile lies in the bucket that holds it", () =>
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 100, max: 1e8, noNaN: true }), { minLength: 1, maxLength: 100 }),
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      (values, q) => {
        const found =
          quantile(
            values.map((at) => [bucketOf(at), 1] as const),
            q,
          ) ?? NaN;
        const exact = values.toSorted((a, b) => a - b)[Math.ceil(q * values.length) - 1];
        expect(found).toBeGreaterThanOrEqual(lowerEdge(bucketOf(exact)) - 1e-6);
        expect(found).toBeLessThanOrEqual(upperEdge(bucketOf(exact)) + 1e-6);
      },
    ),
  ));

test("what cannot be a histogram is refused by name", () => {
  expect(quantile([], 0.5)).toBeNull();
  for (const us_ of [-1, Number.NaN]) expect(() => bucketOf(us_)).toThrow(/us must be/);
  for (const wrong of [
    { done: [[-1, 1]], carried: [] },
    { done: [[BUCKETS, 1]], carried: [] },
    { done: [[1.5, 1]], carried: [] },
    { done: [[1, -1]], carried: [] },
    { done: [[1, 0.5]], carried: [] },
    { done: [], carried: [[0, Number.NaN]] },
    { done: [], carried: [[BUCKETS, 1]] },
  ] as never[])
    expect(() => requireHistogram(wrong)).toThrow(/must be/);
});
