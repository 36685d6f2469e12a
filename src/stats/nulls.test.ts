import fc from "fast-check";
import { expect, test } from "vitest";
import { divergence } from "./bounds.ts";
import { nearestPointsNull, nearestRatioNull } from "./nulls.ts";

const rate = fc.double({ min: 0.0005, max: 0.9, noNaN: true });
const share = fc.double({ min: 0.01, max: 0.99, noNaN: true });

/** That no neighbour on the edge is nearer. */
function isNearest(distance: (t: number) => number, t: number, low: number, high: number) {
  for (const step of [1e-2, 1e-3]) {
    const [left, right] = [t * (1 - step), t * (1 + step)];
    if (left > low) expect(distance(left)).toBeGreaterThanOrEqual(distance(t) - 1e-12);
    if (right < high) expect(distance(right)).toBeGreaterThanOrEqual(distance(t) - 1e-12);
  }
}

test("the ratio's edge: no point on it is nearer", () =>
  fc.assert(
    fc.property(rate, rate, share, fc.double({ min: 1, max: 10, noNaN: true }), (theta, theta0, w, ratio) => {
      const t = nearestRatioNull(theta, theta0, w, ratio);
      expect(t).toBeGreaterThan(0);
      expect(ratio * t).toBeLessThan(1);
      isNearest((u) => w * divergence(theta, ratio * u) + (1 - w) * divergence(theta0, u), t, 0, 1 / ratio);
    }),
  ));

test("the points' edge: no point on it is nearer", () =>
  fc.assert(
    fc.property(rate, rate, share, fc.double({ min: 1e-4, max: 0.5, noNaN: true }), (theta, theta0, w, points) => {
      const t = nearestPointsNull(theta, theta0, w, points);
      expect(t).toBeGreaterThanOrEqual(0);
      expect(t + points).toBeLessThanOrEqual(1);
      if (t > 1e-9 && t + points < 1 - 1e-9)
        isNearest((u) => w * divergence(theta, u + points) + (1 - w) * divergence(theta0, u), t, 0, 1 - points);
    }),
  ));

test("what lies on the edge is its own nearest point", () => {
  expect(nearestRatioNull(0.02, 0.01, 0.3, 2)).toBeCloseTo(0.01, 14);
  expect(nearestPointsNull(0.015, 0.01, 0.3, 0.005)).toBeCloseTo(0.01, 14);
});
