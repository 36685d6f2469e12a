import fc from "fast-check";
import { expect, test } from "vitest";
import { chance } from "../../test/stats/exact.ts";
import { boostEvent, logBlockBonus, logBoosted, startBoosted, type Stakes } from "./boost.ts";
import { RATIO_WEIGHTS, RATIOS, ratiosBeyond, scoreConditional } from "./counts.ts";
import { logWeightedSum } from "./logs.ts";

const even = RATIOS.map(() => 1 / RATIOS.length);
const fresh = (weights: readonly number[], rest: number, ratios: readonly number[] = RATIOS): Stakes => ({
  logs: ratios.map(() => 0),
  weights,
  rest,
  ratios,
});

const after = (stakes: Stakes, n: number, bad: number, n0: number, bad0: number, margin: number) => {
  const logs = stakes.logs.slice();
  scoreConditional(logs, { n, bad, n0, bad0 }, margin, stakes.ratios);
  return logWeightedSum(logs, stakes.weights, stakes.rest);
};

/** E[min(boosted evidence, threshold)] after one block, all outcomes gone through; the evidence before is 1. */
function boostedMean(
  stakes: Stakes,
  n: number,
  n0: number,
  theta: number,
  theta0: number,
  margin: number,
  threshold: number,
) {
  let sum = 0;
  const bonus = new Map<number, number>();
  for (let bad = 0; bad <= n; bad++)
    for (let bad0 = 0; bad0 <= n0; bad0++) {
      const p = chance(n, bad, theta) * chance(n0, bad0, theta0);
      if (p < 1e-18) continue;
      const events = bad + bad0;
      if (!bonus.has(events)) bonus.set(events, logBlockBonus(stakes, 0, { n, bad, n0, bad0 }, margin, threshold));
      sum += p * Math.exp(Math.min(threshold, after(stakes, n, bad, n0, bad0, margin) + bonus.get(events)!));
    }
  return sum;
}

const shapes: readonly Stakes[] = [
  fresh(even, 0),
  fresh(
    RATIO_WEIGHTS.map((w) => w * 0.8),
    0.2,
  ),
  fresh([0, 0.9, 0.1, 0, 0, 0], 0),
  fresh([0, 0, 0, 0, 0, 1], 0),
];

test.each([1, 1.25, 2, 4])(
  "margin %d: boosted evidence is expected to gain nowhere in the null, at any rate",
  (margin) => {
    for (const [n, n0] of [
      [1, 19],
      [2, 18],
      [10, 10],
      [3, 97],
      [12, 108],
    ] as const)
      for (const stakes of [
        ...shapes,
        fresh(
          RATIO_WEIGHTS.map((w) => w * 0.8),
          0.2,
          ratiosBeyond(margin),
        ),
      ])
        for (const part of [0.03, 0.3, 0.6, 0.95])
          for (const theta0 of [0.001, 0.005, 0.01, 0.03, 0.05, 0.07, 0.12, 0.25]) {
            const theta = margin * theta0;
            if (theta >= 1) continue;
            const mean = boostedMean(stakes, n, n0, theta, theta0, margin, -Math.log(part));
            expect(mean, `${n}:${n0} at ${theta0}, part ${part}`).toBeLessThanOrEqual(1 + 1e-9);
          }
  },
);

test("near the threshold and at a common rate the bonus is worth having", () => {
  const stakes = fresh(even, 0);
  expect(logBlockBonus(stakes, 0, { n: 5, bad: 0, n0: 95, bad0: 1 }, 1, Math.log(3))).toBeGreaterThan(0.05);
});

test("no bonus where nothing overshoots, where an arm is missing, where the threshold is reached, where bad is not rare", () => {
  const stakes = fresh(even, 0);
  const bonus = (n: number, bad: number, n0: number, bad0: number, threshold: number) =>
    logBlockBonus(stakes, 0, { n, bad, n0, bad0 }, 1, threshold);
  expect(bonus(500, 1, 9500, 19, Math.log(1e12))).toBeCloseTo(0, 1);
  expect(bonus(500, 1, 9500, 19, 1e6)).toBe(0);
  expect([bonus(0, 0, 95, 1, 1), bonus(5, 0, 95, 0, 1), bonus(5, 1, 95, 1, -0.1), bonus(5, 2, 95, 10, 1)]).toEqual([
    0, 0, 0, 0,
  ]);
});

test("event by event it is the published rule", () =>
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
      fc.constantFrom(0.01, 0.05, 0.25, 0.5),
      (events, w) => {
        let state = startBoosted();
        for (const onTested of events) {
          if (logBoosted(state) >= Math.log(100)) break;
          const [n, n0] = [Math.round(w * 10_000), 10_000 - Math.round(w * 10_000)];
          const block = { n, bad: Number(onTested), n0, bad0: Number(!onTested) };
          const stakes = { logs: state.logs, weights: even, rest: 0, ratios: RATIOS };
          const bonus = logBlockBonus(stakes, state.logBonus, block, 1, Math.log(100), 0);
          const next = boostEvent(state, onTested, w, 0.01);
          if (!onTested) expect(next.logBonus).toBeCloseTo(state.logBonus + bonus, 9);
          state = next;
        }
      },
    ),
  ));
