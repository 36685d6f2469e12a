import { expect, test } from "vitest";
import { chanceOf, climbBy, distanceAt } from "./climb.ts";
import { stoppingLaw } from "./stopping.ts";

const jumps = [0.05, 0.5, 0.644, 1.43, 1.93, 2.9];

test("far below the mark the chance is e^-distance times what is known of five times at 5 %: 0.626", () => {
  const climb = climbBy(Math.log(5 / 1.2));
  expect(climb.far).toBeCloseTo(0.626, 3);
  expect(chanceOf(climb, Math.log(1000 * climb.far))).toBeCloseTo(0.001, 12);
});

test.each(jumps)(
  "a jump of %d: it falls, from 1 at the mark on, and below the mark by as much as a jump may miss",
  (u) => {
    const climb = climbBy(u);
    expect([chanceOf(climb, 0), chanceOf(climb, -1)]).toEqual([1, 1]);
    expect(chanceOf(climb, 1e-12)).toBeCloseTo(climb.near, 9);
    for (let d = 0.01; d < 8; d += 0.01) expect(chanceOf(climb, d + 0.01)).toBeLessThan(chanceOf(climb, d) * 1.0001);
  },
);

test.each(jumps)("a jump of %d: what is lost by sinking is what is won by jumping", (u) => {
  const climb = climbBy(u);
  const premium = Math.expm1(u);
  const h = 1e-6;
  for (const part of [0.2, 0.7, 0.95, 1.1, 1.5, 1.9, 2.1, 2.9]) {
    const d = part * u;
    const slope = (chanceOf(climb, d + h) - chanceOf(climb, d - h)) / (2 * h);
    expect(premium * slope).toBeCloseTo(chanceOf(climb, d) - chanceOf(climb, d - u), 5);
  }
});

test.each([
  [2, 0.001],
  [5, 0.001],
  [5, 0.05],
  [9, 0.02],
])("the exact law of a bet on %d times at a share of %d agrees within 4 %", (ratio, share) => {
  const alpha = 0.02;
  const exact = 1 - stoppingLaw(share, share, 1, alpha, Math.ceil(60 / share), [ratio]).never;
  const climb = climbBy(Math.log(ratio / (1 + share * (ratio - 1))));
  expect(chanceOf(climb, -Math.log(alpha)) / exact).toBeGreaterThan(0.96);
  expect(chanceOf(climb, -Math.log(alpha)) / exact).toBeLessThan(1.04);
});

test.each(jumps)("a jump of %d: the distance of a chance is where it has that chance", (u) => {
  const climb = climbBy(u);
  for (const d of [0.01, 0.3, 1, 1.9, 3, 5, 40])
    if (Math.abs(d - 3 * u) > 0.01) expect(distanceAt(climb, Math.log(chanceOf(climb, d))) / d).toBeCloseTo(1, 2);
  expect(distanceAt(climb, Math.log((1 + climb.near) / 2))).toBe(0);
});
