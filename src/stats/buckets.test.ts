import fc from "fast-check";
import { expect, test } from "vitest";
import { classicBuckets, coarser, effective, nativeBuckets, nativeGrowth, placed, requireBuckets } from "./buckets.ts";
import { bucketOf, crossed, lowerEdge } from "./histogram.ts";

const bounds = fc
  .uniqueArray(fc.integer({ min: 100, max: 50_000_000 }), { minLength: 1, maxLength: 12 })
  .map((all) => all.toSorted((a, b) => a - b));
const latencies = fc.array(fc.integer({ min: 1, max: 60_000_000 }), { maxLength: 60 });

const into = (edges: readonly number[], values: readonly number[]) => {
  const counts = Array<number>(edges.length + 1).fill(0);
  for (const at of values)
    counts[edges.findIndex((bound) => at <= bound) < 0 ? edges.length : edges.findIndex((bound) => at <= bound)]++;
  return { bounds: edges, counts };
};
const boundary = fc.integer({ min: 1, max: 330 });

test("placed low counts no more over a boundary than there were, placed high no fewer", () =>
  fc.assert(
    fc.property(bounds, latencies, boundary, (edges, values, at) => {
      const buckets = into(edges, values);
      const truth = values.filter((us) => bucketOf(us) >= at).length;
      const over = (end: "low" | "high") => crossed({ done: placed(buckets, end), carried: [] }, at);
      expect(over("low")).toBeLessThanOrEqual(truth);
      expect(over("high")).toBeGreaterThanOrEqual(truth);
    }),
  ));

test("what a boundary comes to is what is really counted there", () =>
  fc.assert(
    fc.property(bounds, latencies, boundary, (edges, values, at) => {
      const buckets = into(edges, values);
      for (const end of ["low", "high"] as const) {
        const edge = effective(edges, at, end);
        const counted = crossed({ done: placed(buckets, end), carried: [] }, at);
        expect(counted).toBe(values.filter((us) => us > edge).length);
        expect(end === "low" ? edge >= lowerEdge(at) : edge < lowerEdge(at + 1)).toBe(true);
      }
    }),
  ));

test("Prometheus classic: cumulative counts by le", () => {
  const buckets = classicBuckets([0.1, 0.25, 0.5, Infinity], [5, 12, 12, 14]);
  expect(buckets).toEqual({ bounds: [100_000, 250_000, 500_000], counts: [5, 7, 0, 2] });
  expect(() => classicBuckets([0.1, 0.25], [5, 12])).toThrow(/Infinity/);
  expect(() => classicBuckets([0.1, Infinity], [5, 4])).toThrow(/must not fall/);
  expect(() => classicBuckets([0.1, Infinity], [5, 5.3])).toThrow(/whole number/);
  expect(() => classicBuckets([0.1, Infinity], [5])).toThrow(/2 bounds/);
});

const native = fc.record({
  schema: fc.integer({ min: 0, max: 5 }),
  zeroThreshold: fc.constantFrom(0, 1e-9),
  zeroCount: fc.nat(9),
  positive: fc.uniqueArray(fc.tuple(fc.integer({ min: -200, max: 60 }), fc.integer({ min: 1, max: 20 })), {
    selector: ([i]) => i,
    maxLength: 10,
  }),
});

test("Prometheus native: every count is kept, between the bounds of its bucket", () =>
  fc.assert(
    fc.property(native, (histogram) => {
      const buckets = nativeBuckets(histogram);
      requireBuckets(buckets);
      const total = histogram.zeroCount + histogram.positive.reduce((sum, [, count]) => sum + count, 0);
      expect(buckets.counts.reduce((a, b) => a + b, 0)).toBe(total);
      const growth = nativeGrowth(histogram.schema);
      for (const [i, count] of histogram.positive) {
        const at = buckets.bounds.findIndex((bound) => Math.abs(bound / (growth ** i * 1e6) - 1) < 1e-9);
        expect(buckets.counts[at]).toBe(count);
      }
    }),
  ));

test("a coarser schema holds the same counts in buckets that hold the finer ones", () =>
  fc.assert(
    fc.property(native, fc.integer({ min: 0, max: 5 }), (histogram, schema) => {
      fc.pre(schema <= histogram.schema);
      const joined = coarser(histogram, schema);
      expect(joined.positive.reduce((sum, [, c]) => sum + c, 0)).toBe(
        histogram.positive.reduce((sum, [, c]) => sum + c, 0),
      );
      const [fine, coarse] = [nativeGrowth(histogram.schema), nativeGrowth(schema)];
      for (const [i] of histogram.positive) {
        const home = joined.positive.find(
          ([k]) => fine ** i <= coarse ** k * (1 + 1e-9) && fine ** i > coarse ** (k - 1) * (1 + 1e-9),
        );
        expect(home).toBeDefined();
      }
    }),
  ));

test("growth of native buckets", () => {
  expect(() => coarser({ schema: 0, zeroThreshold: 0, zeroCount: 0, positive: [] }, 3)).toThrow(/finer/);
  expect(nativeGrowth(0)).toBe(2);
  expect(nativeGrowth(3)).toBeCloseTo(1.0905077326652577, 15);
  for (const wrong of [-5, 9, 1.5]) expect(() => nativeGrowth(wrong)).toThrow(/schema must be/);
});
