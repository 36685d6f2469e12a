import fc from "fast-check";
import { expect, test } from "vitest";
import { divergence, information, leastUnits, waldDistance } from "./bounds.ts";

const rate = fc.double({ min: 0.001, max: 0.4, noNaN: true });

test("divergence is 0 only between equals", () =>
  fc.assert(
    fc.property(rate, rate, (p, q) => {
      expect(divergence(p, p)).toBe(0);
      expect(divergence(p, q)).toBeGreaterThanOrEqual(0);
    }),
  ));
test("ends of the scale", () => {
  expect(divergence(0, 0.5)).toBeCloseTo(Math.LN2, 14);
  expect(divergence(0.5, 0)).toBe(Infinity);
  expect(waldDistance(0.01, 0)).toBeCloseTo(Math.log(100), 12);
});

test("a known reference is worth more than any number of observed ones; without a margin the null is the pooled rate", () =>
  fc.assert(
    fc.property(
      rate,
      fc.double({ min: 1.1, max: 2, noNaN: true }),
      fc.double({ min: 0.01, max: 0.9, noNaN: true }),
      (theta0, times, share) => {
        const truth = { theta: theta0 * times, theta0, share };
        const { perUnit, known, nullReference } = information(truth, { ratio: 1 });
        expect(perUnit).toBeLessThanOrEqual(known);
        expect(nullReference).toBeCloseTo(share * truth.theta + (1 - share) * theta0, 10);
        expect(leastUnits(truth, { ratio: 1 }, 0.001, 0.05)).toBeGreaterThan(
          leastUnits(truth, { ratio: 1 }, 0.01, 0.05),
        );
      },
    ),
  ));

test("a table of the bound: canary requests to clear a limit at 5 % of traffic", () => {
  const clear = (theta: number, edge: { ratio: number } | { points: number }) =>
    Math.round(leastUnits({ theta, theta0: theta, share: 0.05 }, edge, 0.01, 0.05));
  expect(clear(0.001, { ratio: 2 })).toBeCloseTo(14_755, -1);
  expect(clear(0.01, { ratio: 1.25 })).toBeCloseTo(16_316, -1);
  expect(clear(0.005, { points: 0.005 })).toBeCloseTo(2_758, -1);
});
