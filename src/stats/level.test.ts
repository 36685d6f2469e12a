import fc from "fast-check";
import { expect, test } from "vitest";
import { RATIO_WEIGHTS, RATIOS } from "./counts.ts";
import { detectorAlarm, startDetector } from "./detector.ts";
import { highestRate, scoreLevel } from "./level.ts";
import { BLOCK_MS, logMixtureEvidence, stakeMinutes } from "./onset.ts";
import { binomial, seeded } from "./random.ts";

/** E[factor] over Binomial(n, theta), exactly. */
function expected(n: number, theta: number, level: number, ratio: number): number {
  let [sum, chance] = [0, (1 - theta) ** n];
  for (let bad = 0; bad <= n; bad++) {
    const logs = [0];
    scoreLevel(logs, { n, bad }, level, [ratio]);
    sum += chance * Math.exp(logs[0]);
    chance *= ((n - bad) / (bad + 1)) * (theta / (1 - theta));
  }
  return sum;
}

test("the mean factor is 1 at the level and less below it", () => {
  const rate = fc.double({ min: 0.001, max: 0.6, noNaN: true });
  const part = fc.double({ min: 0, max: 1, noNaN: true });
  const ratio = fc.constantFrom(...RATIOS);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 30 }), rate, part, ratio, (n, level, below, r) => {
      expect(expected(n, level, level, r)).toBeCloseTo(1, 8);
      expect(expected(n, level * below, level, r)).toBeLessThanOrEqual(1 + 1e-9);
    }),
  );
});

test("tempering never makes more of it", () => {
  const [plain, tempered] = [[0], [0]];
  scoreLevel(plain, { n: 100, bad: 20 }, 0.01, [5]);
  scoreLevel(tempered, { n: 100, bad: 20 }, 0.01, [5], 4);
  expect(tempered[0]).toBeCloseTo(plain[0] / 4);
});

test("while the rate stays at the level a watch runs as long as promised; above it, it ends within seconds", () => {
  const run = (seed: number, theta: number) => {
    const random = seeded(seed);
    const detector = startDetector(RATIOS.length);
    for (let s = 0; s < 20_000; s++) {
      stakeMinutes(detector, s * 1000, Infinity);
      scoreLevel(detector.logs, { n: 200, bad: binomial(random, 200, theta) }, 0.01);
      if (logMixtureEvidence(detector, RATIO_WEIGHTS) >= detectorAlarm(200 * BLOCK_MS)) return s;
    }
    return 20_000;
  };
  const mean = (theta: number) => Array.from({ length: 30 }, (_, i) => run(i, theta)).reduce((a, b) => a + b) / 30;
  expect(mean(0.01)).toBeGreaterThan(2000);
  expect(mean(0.03)).toBeLessThan(12);
});

test("the highest rate that counts leave open: 3 in n where nothing failed, covered in 19 of 20 cases", () => {
  expect(highestRate({ n: 1000, bad: 0 })).toBeCloseTo(0.002_996, 5);
  expect(highestRate({ n: 0, bad: 0 })).toBe(0.95);
  const random = seeded(3);
  const covered = Array.from(
    { length: 400 },
    () => highestRate({ n: 2000, bad: binomial(random, 2000, 0.01) }) >= 0.01,
  );
  expect(covered.filter(Boolean).length / 400).toBeGreaterThan(0.93);
  expect(() => highestRate({ n: 1, bad: 2 })).toThrow(/bad must be/);
});
