import fc from "fast-check";
import { expect, test } from "vitest";
import { expectation, levels, ROUNDING, sizes } from "../../test/stats/exact.ts";
import {
  logBlockRatio,
  oddsBet,
  oddsBets,
  pointsBet,
  pointsStep,
  ratioBet,
  scoreOddsBlock,
  scorePointsBlock,
  scoreRatioBlock,
} from "./blocks.ts";
import { RATIOS } from "./counts.ts";
import type { Block } from "./inputs.ts";

/** Every bet of a form, in one block: its expectation at a truth. */
function expectations(
  [n, n0]: readonly [number, number],
  theta: number,
  theta0: number,
  size: number,
  score: (logs: number[], block: Block) => void,
): number[] {
  const sums = Array<number>(size).fill(0);
  const one = (block: Block) => {
    const logs = Array<number>(size).fill(0);
    score(logs, block);
    return logs;
  };
  for (let j = 0; j < size; j++) sums[j] = expectation(n, n0, theta, theta0, (block) => Math.exp(one(block)[j]));
  return sums;
}

const guesses = [0.002, 0.05, 0.3, 0.6];

test.each([1, 1.25, 1.5])(
  "ratio margin %d: whatever level was guessed, no bet is expected to gain in the null",
  (margin) => {
    for (const size of sizes.slice(0, 6))
      for (const t of guesses) {
        if (margin * t >= 0.95) continue;
        for (const theta0 of levels)
          for (const part of [0.3, 1]) {
            const theta = margin * theta0 * part;
            if (theta > 1) continue;
            const score = (logs: number[], block: Block) => scoreRatioBlock(logs, block, margin, t, RATIOS);
            for (const mean of expectations(size, theta, theta0, RATIOS.length, score))
              expect(mean, `${size.join(":")} t ${t}, ${theta} against ${theta0}`).toBeLessThanOrEqual(1 + ROUNDING);
          }
      }
  },
);

test.each([0.001, 0.02, 0.2])(
  "points margin %d: whatever level was guessed, no bet is expected to gain in the null",
  (points) => {
    for (const size of sizes.slice(0, 6))
      for (const t of guesses)
        for (const theta0 of levels)
          for (const part of [0, 0.5, 1]) {
            const theta = theta0 + points * part;
            if (theta > 1 || t + points >= 1) continue;
            const score = (logs: number[], block: Block) => scorePointsBlock(logs, block, points, t, RATIOS);
            for (const mean of expectations(size, theta, theta0, RATIOS.length, score))
              expect(mean, `${size.join(":")} t ${t}, ${theta} against ${theta0}`).toBeLessThanOrEqual(1 + ROUNDING);
          }
  },
);

const ODDS = [1.25, 1.5, 2, 3, 5, 9];

test("odds: whatever level was guessed, no bet is expected to gain while the tested arm is not worse", () => {
  for (const size of sizes.slice(0, 6))
    for (const t of guesses)
      for (const theta0 of levels)
        for (const part of [0.3, 1]) {
          const score = (logs: number[], block: Block) => scoreOddsBlock(logs, block, t, oddsBets(ODDS));
          for (const mean of expectations(size, theta0 * part, theta0, ODDS.length, score))
            expect(mean, `${size.join(":")} t ${t}, ${theta0 * part} against ${theta0}`).toBeLessThanOrEqual(
              1 + ROUNDING,
            );
        }
});

const inner = fc.double({ min: 0.001, max: 0.999, noNaN: true });
const counts = fc
  .record({ n: fc.integer({ min: 1, max: 500 }), n0: fc.integer({ min: 1, max: 500 }) })
  .chain(({ n, n0 }) =>
    fc.record({
      n: fc.constant(n),
      n0: fc.constant(n0),
      bad: fc.integer({ min: 0, max: n }),
      bad0: fc.integer({ min: 0, max: n0 }),
    }),
  );

test("the odds form is the likelihood ratio of its bet", () =>
  fc.assert(
    fc.property(counts, inner, (block, t) => {
      const logs = ODDS.map(() => 0);
      scoreOddsBlock(logs, block, t, oddsBets(ODDS));
      ODDS.forEach((psi, j) => {
        const bet = oddsBet(t, block.n / (block.n + block.n0), psi);
        expect(logs[j]).toBeCloseTo(logBlockRatio(block, bet, { theta: t, theta0: t }), 6);
      });
    }),
  ));

test("bets stay rates, and the arms' weighted mean of an odds bet is the null's level", () =>
  fc.assert(
    fc.property(inner, inner, fc.constantFrom(...RATIOS), (t, w, r) => {
      const odds = oddsBet(t, w, r);
      expect(w * odds.theta + (1 - w) * odds.theta0).toBeCloseTo(t, 10);
      for (const bet of [
        odds,
        ...(t < 0.7 ? [ratioBet(t, w, 1.25, r)] : []),
        ...(t < 0.9 ? [pointsBet(t, w, 0.05, pointsStep(t, w, 0.05, r))] : []),
      ]) {
        expect(bet.theta).toBeGreaterThan(bet.theta0);
        expect(bet.theta0).toBeGreaterThan(0);
        expect(bet.theta).toBeLessThan(1);
      }
    }),
  ));

test("bets below the floor are left alone", () => {
  const logs = [-70, 0];
  scoreOddsBlock(logs, { n: 10, bad: 9, n0: 10, bad0: 1 }, 0.5, oddsBets([2, 3]), 0, -60);
  expect(logs[0]).toBe(-70);
  expect(logs[1]).toBeGreaterThan(0);
});

test("blocks that lack an arm say nothing", () => {
  const logs = [0];
  for (const block of [
    { n: 0, bad: 0, n0: 5, bad0: 1 },
    { n: 5, bad: 5, n0: 0, bad0: 0 },
  ]) {
    scoreRatioBlock(logs, block, 1, 0.1, [2]);
    scorePointsBlock(logs, block, 0.1, 0.1, [2]);
    scoreOddsBlock(logs, block, 0.1, oddsBets([2]));
  }
  expect(logs).toEqual([0]);
});
