import fc from "fast-check";
import { expect, test } from "vitest";
import { mostSpread } from "./rough.ts";

const BOUNDS = [0, 1, 4, 16, 64];

test("values that differ as much as their buckets and their sum allow: no other values win a bet less", () =>
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 64, noNaN: true }), { minLength: 1, maxLength: 20 }),
      fc.double({ min: 0.001, max: 0.9, noNaN: true }),
      fc.boolean(),
      (values, stake, isUp) => {
        const bins = BOUNDS.slice(1).map((high, i) => {
          const low = BOUNDS[i];
          const isIn = (value: number) => value <= high && (value > low || (i === 0 && value === 0));
          return { low, high, count: values.filter(isIn).length };
        });
        const sum = values.reduce((a, b) => a + b, 0);
        const found = mostSpread(bins, sum) ?? [];
        expect(found.reduce((n, [, count]) => n + count, 0)).toBe(values.length);
        expect(found.reduce((all, [value, count]) => all + value * count, 0)).toBeCloseTo(sum, 6);
        const won = (value: number) => Math.log1p(((isUp ? 1 : -1) * stake * (value - 20)) / 64);
        const real = values.reduce((all, value) => all + won(value), 0);
        expect(found.reduce((all, [value, count]) => all + count * won(value), 0)).toBeLessThanOrEqual(real + 1e-6);
      },
    ),
  ));

test("a sum that no such values have is told", () => {
  const bins = [{ low: 1, high: 2, count: 3 }];
  expect(mostSpread(bins, 2.9)).toBeNull();
  expect(mostSpread(bins, 6.1)).toBeNull();
  expect(mostSpread(bins, 4.5)).toEqual([
    [2, 1],
    [1.5, 1],
    [1, 1],
  ]);
});
