import { expect, test } from "vitest";
import { RATIO_WEIGHTS, RATIOS, scoreConditional } from "./counts.ts";
import { addTempered, dispersion, geometricDesignEffect } from "./dispersion.ts";
import { logWeightedSum } from "./logs.ts";
import { binomial, geometric, poisson, seeded, type Random } from "./random.ts";

/** Failures of an arm whose clients fail in bursts of mean 3. */
function bursts(random: Random, mean: number): number {
  let sum = 0;
  for (let client = poisson(random, mean / 3); client > 0; client--) sum += geometric(random, 1 / 3);
  return sum;
}

test("independent units: phi is 1, and its limit covers 1", () => {
  const random = seeded(1);
  const shards = Array.from({ length: 40 }, () => ({ n: 5000, bad: binomial(random, 5000, 0.01) }));
  const { phi, upper } = dispersion(shards);
  expect(phi).toBeLessThan(1.6);
  expect(upper).toBeGreaterThanOrEqual(phi);
});

test("bursts: phi is what the design effect says", () => {
  const random = seeded(2);
  const shards = Array.from({ length: 400 }, () => ({ n: 100_000, bad: bursts(random, 200) }));
  const { phi, upper } = dispersion(shards);
  expect(phi).toBeGreaterThan(0.8 * geometricDesignEffect(3));
  expect(phi).toBeLessThan(1.2 * geometricDesignEffect(3));
  expect(upper).toBeGreaterThan(phi);
});

test("the upper limit covers the truth in 19 of 20 cases", () => {
  let covered = 0;
  for (let run = 0; run < 300; run++) {
    const random = seeded(run);
    const shards = Array.from({ length: 20 }, () => ({ n: 100_000, bad: bursts(random, 100) }));
    if (dispersion(shards).upper >= geometricDesignEffect(3)) covered++;
  }
  expect(covered / 300).toBeGreaterThan(0.9);
});

test("bursts break the promise of single requests; tempered by phi it holds again", () => {
  const fires = (phi: number, run: number) => {
    const random = seeded(run);
    const logs = RATIOS.map(() => 0);
    for (let second = 0; second < 900; second++) {
      const increments = RATIOS.map(() => 0);
      scoreConditional(
        increments,
        { n: 500, bad: Math.min(500, bursts(random, 2.5)), n0: 9500, bad0: bursts(random, 47.5) },
        1,
      );
      addTempered(logs, increments, phi);
      if (logWeightedSum(logs, RATIO_WEIGHTS) >= Math.log(20)) return true;
    }
    return false;
  };
  const rate = (phi: number) => Array.from({ length: 120 }, (_, run) => fires(phi, run)).filter(Boolean).length / 120;
  expect(rate(1)).toBeGreaterThan(0.25);
  // 5 % promised; three standard errors at 120 runs
  expect(rate(geometricDesignEffect(3))).toBeLessThan(0.11);
});

test("nothing to go by is no dispersion; what cannot be is refused", () => {
  expect(dispersion([])).toEqual({ phi: 1, upper: 1 });
  expect(
    dispersion([
      { n: 10, bad: 0 },
      { n: 10, bad: 0 },
    ]),
  ).toEqual({ phi: 1, upper: 1 });
  expect(() => dispersion([{ n: 1, bad: 2 }])).toThrow(/n - bad must be/);
  expect(() => addTempered([0], [1], 0.5)).toThrow(/phi must be/);
  expect(() => geometricDesignEffect(0.5)).toThrow(/meanBurst must be/);
});
