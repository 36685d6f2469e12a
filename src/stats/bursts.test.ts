import { expect, test } from "vitest";
import { addBursts, startBursts, type Bursts } from "./bursts.ts";
import { RATIO_WEIGHTS, RATIOS, scoreConditional } from "./counts.ts";
import { geometricDesignEffect } from "./dispersion.ts";
import { logWeightedSum } from "./logs.ts";
import { binomial, geometric, poisson, seeded, type Random } from "./random.ts";

const BEGIN = 1_000_000;

/** Failures of clients that fail in bursts of mean 3. */
function clustered(random: Random, mean: number): number {
  let sum = 0;
  for (let client = poisson(random, mean / 3); client > 0; client--) sum += geometric(random, 1 / 3);
  return sum;
}

function known(seconds: number, bad: (second: number) => number, n = 1000): Bursts {
  let bursts = startBursts;
  for (let s = 0; s < seconds; s++) bursts = addBursts(bursts, BEGIN + 1000 * s, { n, bad: bad(s) });
  return bursts;
}

test("nothing is known at first: failures are taken to come in tens", () => {
  expect(startBursts).toMatchObject({ phi: 10, shown: false });
  expect(known(60, () => 0)).toMatchObject({ phi: 10, shown: false });
});

test("single failures: phi comes down to 1, however the level moves in the course of minutes", () => {
  const random = seeded(11);
  const { phi, shown } = known(1200, (s) => binomial(random, 1000, 0.005 + 0.004 * Math.sin(s / 100)));
  expect(shown).toBe(false);
  expect(phi).toBeLessThan(1.15);
});

test("bursts are shown within seconds, and phi covers what the design effect says", () => {
  const phis = [20, 60, 600].map((seconds) => {
    const random = seeded(12);
    return known(seconds, () => clustered(random, 6));
  });
  for (const { phi, shown } of phis) {
    expect(shown).toBe(true);
    expect(phi).toBeGreaterThan(0.9 * geometricDesignEffect(3));
  }
  expect(phis[2].phi).toBeLessThan(1.5 * geometricDesignEffect(3));
});

test("a burst that takes seconds is seen in the longer stretches", () => {
  const random = seeded(13);
  const pending: number[] = [];
  const { phi, shown } = known(1200, (s) => {
    for (let client = poisson(random, 0.2); client > 0; client--)
      for (let k = 0; k < 10; k++) pending.push(s + Math.floor(random() * 5));
    return pending.filter((at) => at === s).length;
  });
  expect(shown).toBe(true);
  expect(phi).toBeGreaterThan(6);
});

test("chance alone is seldom taken for bursts, however often it is looked at", () => {
  let taken = 0;
  for (let run = 0; run < 200; run++) {
    const random = seeded(1000 + run);
    let bursts = startBursts;
    let shown = false;
    for (let s = 0; s < 300; s++) {
      bursts = addBursts(bursts, BEGIN + 1000 * s, { n: 1000, bad: binomial(random, 1000, 0.003) });
      shown ||= bursts.shown;
    }
    if (shown) taken++;
  }
  expect(taken / 200).toBeLessThan(0.05);
});

/** Whether a canary that is as good as stable is taken for a harmful one within 10 minutes, at 1 in 20. */
function fires(seed: number, tempered: boolean): boolean {
  const random = seeded(seed);
  const logs = RATIOS.map(() => 0);
  let bursts = startBursts;
  for (let s = 0; s < 600; s++) {
    const stable = { n: 950, bad: clustered(random, 4.75) };
    const increments = RATIOS.map(() => 0);
    const block = { n: 50, bad: Math.min(50, clustered(random, 0.25)), n0: stable.n, bad0: stable.bad };
    scoreConditional(increments, block, 1);
    const phi = tempered ? bursts.phi : 1;
    for (let j = 0; j < logs.length; j++) logs[j] += increments[j] / phi;
    if (logWeightedSum(logs, RATIO_WEIGHTS) >= Math.log(20)) return true;
    bursts = addBursts(bursts, BEGIN + 1000 * s, stable);
  }
  return false;
}

test("requests in bursts break the promise; tempered by what stable shows it holds", () => {
  const rate = (tempered: boolean) =>
    Array.from({ length: 150 }, (_, i) => fires(5000 + i, tempered)).filter(Boolean).length / 150;
  expect(rate(false)).toBeGreaterThan(0.2);
  // 5 % promised; two standard errors at 150 runs
  expect(rate(true)).toBeLessThan(0.05 + 2 * Math.sqrt((0.05 * 0.95) / 150));
});

test("a gap parts neighbours, and time does not run backwards", () => {
  let bursts = addBursts(startBursts, BEGIN, { n: 100, bad: 50 });
  bursts = addBursts(bursts, BEGIN + 600_000, { n: 100, bad: 0 });
  bursts = addBursts(bursts, BEGIN + 601_000, { n: 100, bad: 0 });
  bursts = addBursts(bursts, BEGIN + 602_000, { n: 100, bad: 0 });
  bursts = addBursts(bursts, BEGIN, { n: 100, bad: 3 });
  expect(bursts).toMatchObject({ phi: 10, shown: false });
  expect(() => addBursts(bursts, BEGIN, { n: 1, bad: 2 })).toThrow(/bad must be at most n/);
});

test("the state is JSON of constant size", () => {
  const size = JSON.stringify(known(5000, (s) => s % 3)).length;
  expect(size).toBeLessThan(600);
  expect(JSON.parse(JSON.stringify(startBursts))).toEqual(startBursts);
});
