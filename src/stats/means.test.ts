import fc from "fast-check";
import { expect, test } from "vitest";
import { logMean } from "./logs.ts";
import {
  addDifference,
  addPairs,
  differenceOf,
  noDifference,
  scoreMeans,
  scorePairs,
  STAKED,
  type Line,
  type Side,
} from "./means.ts";
import { normal, seeded, type Random } from "./random.ts";
import { differencesOf, joinedSpread, momentsOf, Spreading, WHOLE, type Spread } from "./spread.ts";

const fresh = () => STAKED.map(() => 0);
const unit = { floor: 0, cap: 1 };
const spreadOf = (values: readonly number[], range = unit): Spread => {
  const spreading = new Spreading(range);
  for (const value of values) spreading.add(value);
  return spreading.spread;
};

/** The expected factor of every bet, gone through in full: two tested and two reference values of three kinds each. */
function expected(
  of: readonly number[],
  p: readonly number[],
  q: readonly number[],
  score: (t: number[], r: number[]) => number[],
) {
  const sums = fresh();
  for (let k = 0; k < 81; k++) {
    const [i, j, l, m] = [k % 3, Math.floor(k / 3) % 3, Math.floor(k / 9) % 3, Math.floor(k / 27)];
    const chance = p[i] * p[j] * q[l] * q[m];
    score([of[i], of[j]], [of[l], of[m]]).forEach((log, at) => (sums[at] += chance * Math.exp(log)));
  }
  return sums;
}

const meanOf = (of: readonly number[], p: readonly number[]) => of.reduce((sum, x, i) => sum + x * p[i], 0);

test("on its line or on the good side of it no bet is expected to gain, whatever level was guessed", () => {
  const of = [0, 0.25, 1];
  const laws = [
    [0.5, 0.25, 0.25],
    [0.9, 0.08, 0.02],
    [0.1, 0.2, 0.7],
  ];
  for (const p of laws)
    for (const q of laws)
      for (const slope of [0.7, 1, 1.3])
        for (const side of [1, -1] as const)
          for (const level of [0, 0.1, 0.5, 1]) {
            const offset = meanOf(of, p) - slope * meanOf(of, q);
            for (const line of [offset, offset + 0.1 * side].map((o): Line => ({ slope, offset: o }))) {
              const sums = expected(of, p, q, (tested, reference) => {
                const logs = fresh();
                scoreMeans(logs, { tested: spreadOf(tested), reference: spreadOf(reference) }, line, side, level);
                return logs;
              });
              for (const sum of sums) expect(sum).toBeLessThanOrEqual(1 + 1e-12);
            }
          }
});

test("pairing with the block's own mean would not do: its noise is shared", () => {
  const staked = 0.8;
  let sum = 0;
  for (const [x1, x2, y] of [0, 1].flatMap((a) => [0, 1].flatMap((b) => [0, 1].map((c) => [a, b, c]))))
    sum += ((1 + staked * (x1 - y)) * (1 + staked * (x2 - y))) / 8;
  expect(sum).toBeCloseTo(1 + staked ** 2 / 4, 12);
});

test("no wealth is ever negative or no number, whatever comes", () =>
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -5, max: 1e6, noNaN: true }), { maxLength: 20 }),
      fc.array(fc.double({ min: -5, max: 1e6, noNaN: true }), { maxLength: 20 }),
      fc.double({ min: 0, max: 5, noNaN: true }),
      fc.double({ min: -2, max: 2, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom<Side>(1, -1),
      (tested, reference, slope, offset, level, side) => {
        const logs = fresh();
        scoreMeans(logs, { tested: spreadOf(tested), reference: spreadOf(reference) }, { slope, offset }, side, level);
        for (const log of logs) expect(Number.isNaN(log)).toBe(false);
      },
    ),
  ));

test("a spread keeps the mean, counts what lies outside, and says no more than the values", () =>
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1, max: 12, noNaN: true }), { minLength: 1, maxLength: 30 }), (values) => {
      const range = { floor: 1, cap: 9 };
      const spreading = new Spreading(range);
      for (const value of values) spreading.add(value);
      const clipped = values.map((value) => Math.min(9, Math.max(1, value)));
      const { n, sum } = momentsOf(spreading.spread);
      expect(n).toBe(values.length);
      expect(1 + (8 * sum) / n).toBeCloseTo(clipped.reduce((a, b) => a + b, 0) / n, 3);
      expect(spreading.outside).toBe(values.filter((value) => value < 1 || value > 9).length);
      const bets = fresh();
      scorePairs(bets, { more: spreading.spread, less: [] }, 0.1, 1);
      STAKED.forEach((staked, j) => {
        const real = clipped.reduce((log, x) => log + Math.log1p((staked / 1.1) * ((x - 1) / 8 - 0.1)), 0);
        expect(bets[j]).toBeLessThanOrEqual(real + 1e-3 * n);
      });
    }),
  ));

test("spreads add up, and what is none is refused by name", () => {
  expect(joinedSpread(spreadOf([0, 0.3]), spreadOf([0.3, 1]))).toEqual(spreadOf([0, 0.3, 0.3, 1]));
  const logs = fresh();
  const line: Line = { slope: 1, offset: 0 };
  const some = spreadOf([0.5]);
  for (const wrong of [[[70, WHOLE]], [[1, 3]], [[0, -WHOLE]], [[0.5, WHOLE]]] as Spread[])
    expect(() => scoreMeans(logs, { tested: wrong, reference: some }, line, 1, 0.5)).toThrow(/must/);
  expect(() => scoreMeans(logs, { tested: some, reference: some }, { slope: -1, offset: 0 }, 1, 0.5)).toThrow(/line/);
  expect(() => new Spreading(unit).add(NaN)).toThrow(/must be a number/);
  scoreMeans(logs, { tested: [], reference: some }, line, 1, 0.5);
  expect(logs).toEqual(fresh());
});

const lognormal = (random: Random, n: number, factor = 1) =>
  Array.from({ length: n }, () => factor * Math.exp(0.7 * normal(random)));
const capped = { floor: 0, cap: 6.1 };

/** Canary values until the evidence reaches 100, `limit` when it does not; blocks of `n` against `n0`. */
function needed(seed: number, factor: number, limit: number, n: number, n0: number): number {
  const random = seeded(seed);
  const logs = fresh();
  let level = 0.2;
  for (let k = n; k <= limit; k += n) {
    const reference = spreadOf(lognormal(random, n0), capped);
    scoreMeans(
      logs,
      { tested: spreadOf(lognormal(random, n, factor), capped), reference },
      { slope: 1, offset: 0 },
      1,
      level,
    );
    if (logMean(logs) >= Math.log(100)) return k;
    const { sum } = momentsOf(reference);
    level = 0.9 * level + (0.1 * sum) / n0;
  }
  return limit;
}

test("lognormal values, 5 % share: 20 % more is found after some 200 canary values", () => {
  const runs = Array.from({ length: 60 }, (_, i) => needed(i + 1, 1.2, 2000, 1, 19));
  const mean = runs.reduce((a, b) => a + b) / runs.length;
  expect(mean).toBeGreaterThan(150);
  expect(mean).toBeLessThan(280);
});

test("nothing is found in what is alike, in blocks of many as in blocks of few", () => {
  const alarms = (n: number, n0: number) =>
    Array.from({ length: 40 }, (_, i) => needed(900 + i, 1, 600, n, n0)).filter((k) => k < 600).length;
  // 0.6 expected at most
  expect(alarms(1, 19)).toBeLessThanOrEqual(3);
  expect(alarms(20, 20)).toBeLessThanOrEqual(3);
});

test("the difference is found, and its interval holds it, at every look", () => {
  let missed = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const random = seeded(seed);
    let sums = noDifference;
    let misses = false;
    for (let k = 0; k < 40; k++) {
      // the level drifts, in both arms alike
      const draw = (n: number, more: number) =>
        spreadOf(Array.from({ length: n }, () => 0.1 + 0.01 * k + more + 0.2 * random()));
      sums = addDifference(sums, { tested: draw(20, 0.05), reference: draw(120, 0) }, 0.2 + 0.01 * k);
      const found = differenceOf(sums, 0.05);
      misses ||= found === null || found.low > 0.05 || found.high < 0.05;
    }
    const { low = NaN, likeliest = NaN, high = NaN } = differenceOf(sums, 0.05) ?? {};
    expect(likeliest).toBeCloseTo(0.05, 1);
    expect(low).toBeGreaterThan(0);
    expect(high - low).toBeLessThan(0.1);
    if (misses) missed += 1;
  }
  // 3 expected at most
  expect(missed).toBeLessThanOrEqual(8);
  expect(differenceOf(noDifference, 0.05)).toBeNull();
});

test("paired differences: what a pair shares cancels, and a fair one is not expected to gain", () => {
  for (const side of [1, -1] as const) {
    const of = (z: number) => {
      const logs = fresh();
      scorePairs(logs, differencesOf([z], 1), 0, side);
      return logs.map(Math.exp);
    };
    of(1).forEach((up, j) => expect((up + of(-1)[j]) / 2).toBeCloseTo(1, 12));
  }
  const sums = addPairs(noDifference, differencesOf([0.1, 0.3, 0.2, 0.2, -0.1, 0.5], 1));
  expect(differenceOf(sums, 0.05)?.likeliest).toBeCloseTo(0.2, 3);
});

test("paired differences at the edge of the margin are not expected to gain, on either side", () => {
  const of = [-1, -0.2, 0.3, 1];
  for (const p of [
    [0.1, 0.4, 0.3, 0.2],
    [0.02, 0.9, 0.05, 0.03],
  ])
    for (const side of [1, -1] as const) {
      const sums = fresh();
      of.forEach((z, i) => {
        const logs = fresh();
        scorePairs(logs, differencesOf([z], 1), meanOf(of, p), side);
        logs.forEach((log, j) => (sums[j] += p[i] * Math.exp(log)));
      });
      for (const sum of sums) expect(sum).toBeLessThanOrEqual(1 + 1e-9);
    }
});
