import { expect, test } from "vitest";
import { RATIO_WEIGHTS, RATIOS, scoreConditional } from "./counts.ts";
import { detectorAlarm, falseWithin, startDetector } from "./detector.ts";
import { BLOCK_MS, copyMixture, logMixtureEvidence, stakeMinutes, unstaked, type Mixture } from "./onset.ts";
import { binomial, poisson, seeded, type Random } from "./random.ts";

const BLOCKS = 400;
const ALARM = detectorAlarm(BLOCKS * BLOCK_MS);

/** Folds one block of time in place, as two ticks. */
function block(random: Random, k: number, theta: number, theta0: number, detector: Mixture): void {
  for (const half of [0, BLOCK_MS / 2]) {
    stakeMinutes(detector, (k - 1) * BLOCK_MS + half, Infinity);
    const n = poisson(random, 25);
    const counts = { n, bad: binomial(random, n, theta), n0: 475, bad0: binomial(random, 475, theta0) };
    scoreConditional(detector.logs, counts, 1);
  }
}

/** Blocks until the alarm, `limit` when there is none. `theta` is the tested arm's rate at a block. */
function run(seed: number, theta: (k: number) => number, limit: number): number {
  const random = seeded(seed);
  const detector = startDetector(RATIOS.length);
  for (let k = 1; k <= limit; k++) {
    block(random, k, theta(k), 0.01, detector);
    if (logMixtureEvidence(detector, RATIO_WEIGHTS) >= ALARM) return k;
  }
  return limit;
}
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

test("while all is well it runs, on average, at least as long as promised, and seldom ends soon", () => {
  const runs = Array.from({ length: 60 }, (_, i) => run(i, () => 0.01, 5 * BLOCKS));
  expect(mean(runs)).toBeGreaterThan(BLOCKS);
  const soon = runs.filter((k) => k <= BLOCKS / 10).length / runs.length;
  // at most 1 in 10 promised; three standard errors at 60 runs
  expect(soon).toBeLessThan(falseWithin((BLOCKS * BLOCK_MS) / 10, BLOCKS * BLOCK_MS) + 0.12);
});

test("a fault is found as soon after a long good time as after a short one", () => {
  const delay = (onset: number) =>
    mean(
      Array.from({ length: 60 }, (_, i) => run(100 + i, (k) => (k > onset ? 0.05 : 0.01), onset + 200) - onset).filter(
        (d) => d > 0,
      ),
    );
  const [soon, late] = [delay(5), delay(150)];
  expect(late).toBeLessThan(1.3 * soon);
  expect(late).toBeLessThan(20);
});

test("every block has one whole stake, however many are looked at together, and nothing else counts as evidence", () => {
  const detector = startDetector(2);
  expect([detector.logs, unstaked(detector)]).toEqual([[0, 0], 0]);
  stakeMinutes(detector, BLOCK_MS - 1, Infinity);
  expect(detector.logs).toEqual([0, 0]);
  stakeMinutes(detector, 3 * BLOCK_MS, Infinity);
  stakeMinutes(detector, 2 * BLOCK_MS, Infinity);
  expect(detector.logs.map(Math.exp)).toEqual([expect.closeTo(4), expect.closeTo(4)]);
  expect(copyMixture(detector)).toEqual(detector);
  expect(JSON.parse(JSON.stringify(detector))).toEqual(detector);
});

test("the alarm allows for the block under way", () => {
  expect(Math.exp(detectorAlarm(BLOCK_MS))).toBeCloseTo(2);
  expect(falseWithin(0, 9 * BLOCK_MS)).toBeCloseTo(0.1);
  expect(falseWithin(1e12, BLOCK_MS)).toBe(1);
  expect(() => detectorAlarm(0)).toThrow(/meanMs must be/);
});
