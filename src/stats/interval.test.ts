import fc from "fast-check";
import { expect, test } from "vitest";
import { GRID, likeliestRatio, lowerRatio, ratioInterval, scoreCurve, startCurve } from "./interval.ts";
import type { Block } from "./inputs.ts";
import { binomial, seeded } from "./random.ts";

const curveOf = (blocks: readonly Block[]) => {
  const curve = startCurve();
  for (const block of blocks) scoreCurve(curve, block);
  return curve;
};

test("nothing counted excludes nothing", () => {
  expect(ratioInterval(startCurve(), 0.01)).toEqual({ low: 0, high: Infinity });
  expect(likeliestRatio(startCurve())).toBe(1);
});

test("looked at after every block for an hour, the interval loses the true ratio in at most 1 of 20 runs", () => {
  for (const ratio of [1, 3]) {
    let lost = 0;
    const runs = 300;
    for (let run = 0; run < runs; run++) {
      const random = seeded(run + 1000 * ratio);
      const curve = startCurve();
      let out = false;
      for (let second = 0; second < 900 && !out; second++) {
        // the level drifts: only the ratio is constant
        const theta0 = 0.004 * (1 + 0.5 * Math.sin(second / 100));
        scoreCurve(curve, {
          n: 25,
          bad: binomial(random, 25, ratio * theta0),
          n0: 475,
          bad0: binomial(random, 475, theta0),
        });
        const { low, high } = ratioInterval(curve, 0.05);
        out = low > ratio || high < ratio;
      }
      if (out) lost++;
    }
    // 15 expected at most, 26 is three standard errors above
    expect(lost).toBeLessThanOrEqual(26);
  }
});

test("it closes in on the truth", () => {
  const random = seeded(5);
  const blocks = Array.from({ length: 400 }, () => ({
    n: 500,
    bad: binomial(random, 500, 0.02),
    n0: 500,
    bad0: binomial(random, 500, 0.01),
  }));
  const { low, high } = ratioInterval(curveOf(blocks), 0.05);
  expect(low).toBeGreaterThan(1.5);
  expect(high).toBeLessThan(2.5);
  expect(likeliestRatio(curveOf(blocks))).toBeCloseTo(2, 0);
});

const blocks = fc.array(
  fc.record({ n: fc.integer({ min: 1, max: 100 }), n0: fc.integer({ min: 1, max: 900 }) }).chain(({ n, n0 }) =>
    fc.record({
      n: fc.constant(n),
      n0: fc.constant(n0),
      bad: fc.integer({ min: 0, max: n }),
      bad0: fc.integer({ min: 0, max: n0 }),
    }),
  ),
  { minLength: 1, maxLength: 10 },
);

test("the ends are in order, on the grid, and further apart for a smaller alpha", () =>
  fc.assert(
    fc.property(blocks, (counted) => {
      const curve = curveOf(counted);
      const [wide, narrow] = [ratioInterval(curve, 0.01), ratioInterval(curve, 0.1)];
      expect(wide.low).toBeLessThanOrEqual(narrow.low);
      expect(wide.high).toBeGreaterThanOrEqual(narrow.high);
      expect([0, ...GRID]).toContain(wide.low);
      expect([...GRID, Infinity]).toContain(wide.high);
    }),
  ));

test("the exact lower end is the margin at which the test says no", () => {
  const counted = [{ n: 50, bad: 12, n0: 950, bad0: 20 }];
  const low = lowerRatio(counted, 0.01);
  expect(low).toBeGreaterThan(1);
  expect(lowerRatio(counted, 0.05)).toBeGreaterThan(low);
  expect(lowerRatio([{ n: 50, bad: 1, n0: 950, bad0: 20 }], 0.01)).toBe(0);
});
