import fc from "fast-check";
import { expect, test } from "vitest";
import { chance } from "../../test/stats/exact.ts";
import { boostEvent, logBlockBonus, logBoosted, startBoosted, type Stakes } from "./boost.ts";
import { RATIO_WEIGHTS, RATIOS, ratiosBeyond, scoreConditional } from "./counts.ts";
import { logWeightedSum } from "./logs.ts";
import { seeded } from "./random.ts";

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

/** By failures of both arms: what decides after the block, as far as it counts; the evidence before is 1. */
function decidingAfter(stakes: Stakes, n: number, n0: number, margin: number, threshold: number): number[][] {
  return Array.from({ length: n + 1 }, (_, bad) =>
    Array.from({ length: n0 + 1 }, (_none, bad0) => {
      const block = { n, bad, n0, bad0 };
      const log = after(stakes, n, bad, n0, bad0, margin) + logBlockBonus(stakes, 0, block, margin, threshold);
      return Math.exp(Math.min(threshold, log));
    }),
  );
}

/** E[min(deciding evidence, threshold)] after one block, all outcomes gone through. */
function expected(kept: readonly (readonly number[])[], theta: number, theta0: number): number {
  const [n, n0] = [kept.length - 1, kept[0].length - 1];
  const chances = (all: number, p: number) => Array.from({ length: all + 1 }, (_, k) => chance(all, k, p));
  const reference = chances(n0, theta0);
  return chances(n, theta).reduce(
    (sum, p, bad) => sum + p * reference.reduce((part, q, bad0) => part + q * kept[bad][bad0], 0),
    0,
  );
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
  "margin %d: what decides is expected to gain nowhere in the null, at any rate, near the threshold and far from it",
  (margin) => {
    const usual = RATIO_WEIGHTS.map((w) => w * 0.8);
    for (const [n, n0] of [
      [1, 19],
      [2, 18],
      [10, 10],
      [3, 97],
      [12, 108],
    ] as const)
      for (const stakes of [...shapes, fresh(usual, 0.2, ratiosBeyond(margin))])
        for (const part of [0.0001, 0.03, 0.3, 0.6, 0.95]) {
          const kept = decidingAfter(stakes, n, n0, margin, -Math.log(part));
          for (const theta0 of [0.001, 0.005, 0.01, 0.03, 0.05, 0.07, 0.12, 0.25]) {
            const theta = margin * theta0;
            if (theta >= 1) continue;
            const mean = expected(kept, theta, theta0);
            expect(mean, `${n}:${n0} at ${theta0}, part ${part}`).toBeLessThanOrEqual(1 + 1e-8);
            // nor does it gain anywhere inside the null
            expect(expected(kept, theta / 2, theta0)).toBeLessThanOrEqual(1 + 1e-8);
          }
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

/** Bad events one by one at 5 %, drawn from the bets' own mixture: whether one is the tested arm's. */
function* drawn(seed: number, weights: readonly number[]): Generator<boolean> {
  const random = seeded(seed);
  let [j, u] = [0, random()];
  while (j < weights.length - 1 && (u -= weights[j]) > 0) j++;
  const odds = 0.05 * RATIOS[j];
  for (;;) yield random() < odds / (odds + 0.95);
}

/**
 * How often the null reaches the mark of 100 within 3,000 events: drawn from the bets, each run weighs 1/evidence. That
 * has a tenth of the spread of counting false alarms, and 700 runs tell what 50,000 would.
 */
function spent(weights: readonly number[], rest: number, decide: (state: Deciding, onTested: boolean) => void): number {
  let sum = 0;
  for (let run = 0; run < 700; run++) {
    const state: Deciding = { logs: RATIOS.map(() => 0), bonus: 0, rest, weights: weights.map((w) => w * (1 - rest)) };
    let left = 3000;
    for (const onTested of drawn(run, weights)) {
      if (left-- === 0) break;
      decide(state, onTested);
      scoreConditional(state.logs, one(onTested), 1);
      if (logWeightedSum(state.logs, state.weights, rest) + state.bonus < Math.log(100)) continue;
      sum += Math.exp(-logWeightedSum(state.logs, weights));
      break;
    }
  }
  return sum / 700;
}
interface Deciding {
  readonly logs: number[];
  bonus: number;
  readonly rest: number;
  readonly weights: readonly number[];
}
const one = (onTested: boolean) => ({ n: 500, bad: Number(onTested), n0: 9500, bad0: Number(!onTested) });
const boosted = (state: Deciding, onTested: boolean) => {
  const { logs, weights, rest } = state;
  state.bonus += logBlockBonus({ logs, weights, rest, ratios: RATIOS }, state.bonus, one(onTested), 1, Math.log(100));
};

test("alpha is spent and not exceeded: 1 % of releases that are as good, where plain evidence spends 0.6 %", () => {
  const plain = spent(RATIO_WEIGHTS, 0, () => {});
  expect(plain).toBeLessThan(0.0075);
  const all = spent(RATIO_WEIGHTS, 0, boosted);
  expect(all).toBeLessThan(0.0101);
  expect(all).toBeGreaterThan(0.0093);
  // what is kept for late faults is not spent before they may begin
  expect(spent(RATIO_WEIGHTS, 0.2, boosted)).toBeLessThan(0.0085);
  expect(spent([0, 0, 0, 1, 0, 0], 0, boosted)).toBeCloseTo(0.01, 3);
});

test("it is there sooner than by the published rule, which gives back only just below the mark", () => {
  const events = (decides: (onTested: boolean) => number, run: number) => {
    const random = seeded(run);
    let k = 1;
    while (decides(random() < 0.25 / 1.2) < Math.log(100)) k++;
    return k;
  };
  let [ours, published] = [0, 0];
  for (let run = 0; run < 800; run++) {
    const state: Deciding = { logs: RATIOS.map(() => 0), bonus: 0, rest: 0, weights: even };
    ours += events((onTested) => {
      boosted(state, onTested);
      scoreConditional(state.logs, one(onTested), 1);
      return logWeightedSum(state.logs, even) + state.bonus;
    }, run);
    let other = startBoosted();
    published += events((onTested) => {
      other = boostEvent(other, onTested, 0.05, 0.01);
      return logBoosted(other);
    }, run);
  }
  expect(ours / published).toBeLessThan(0.985);
});

test("whatever comes, the mark once reached is reached in full", () =>
  fc.assert(
    fc.property(
      fc.array(fc.record({ bad: fc.nat(6), bad0: fc.nat(6) }), { minLength: 1, maxLength: 60 }),
      fc.constantFrom(0.01, 0.05, 0.25, 0.5, 0.95),
      fc.constantFrom(1, 1.25, 3),
      (events, w, margin) => {
        const n = Math.round(w * 1000);
        const ratios = ratiosBeyond(margin);
        const [logs, mark] = [ratios.map(() => 0), Math.log(100)];
        let bonus = 0;
        for (const { bad, bad0 } of events) {
          const block = { n, bad, n0: 1000 - n, bad0 };
          const weights = RATIO_WEIGHTS.map((weight) => 0.8 * weight);
          bonus += logBlockBonus({ logs, weights, rest: 0.2, ratios }, bonus, block, margin, mark);
          scoreConditional(logs, block, margin, ratios);
          const log = logWeightedSum(logs, weights, 0.2) + bonus;
          expect(Number.isFinite(log)).toBe(true);
          if (log >= mark) break;
        }
      },
    ),
  ));
