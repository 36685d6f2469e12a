import fc from "fast-check";
import { expect, test } from "vitest";
import { scoreDifference, scoreMeans, STAKED } from "./means.ts";
import { normal, seeded } from "./random.ts";

const fresh = () => STAKED.map(() => 0);
const factors = (score: (logs: number[]) => void) => {
  const logs = fresh();
  score(logs);
  return logs.map(Math.exp);
};
const CAP = 10;

test("arms alike, or the tested one lower by what the margin allows: no bet is expected to gain", () => {
  const values = [0, 3, 9, 40];
  for (const margin of [0, 1])
    for (const p of [0.1, 0.5]) {
      // one tested value, two reference values, each `values[i]` with probability q[i]
      const q = [1 - p, p / 2, p / 4, p / 4];
      const sums = fresh();
      for (let x = 0; x < 4; x++)
        for (let y = 0; y < 4; y++)
          for (let z = 0; z < 4; z++) {
            const chance = q[x] * q[y] * q[z];
            const tick = { tested: [values[x]], reference: [values[y], values[z]] };
            factors((logs) => scoreMeans(logs, tick, CAP, margin)).forEach((f, j) => (sums[j] += chance * f));
          }
      for (const sum of sums) expect(sum).toBeLessThanOrEqual(1 + 1e-12);
    }
});

test("no wealth is ever negative, whatever comes", () =>
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 20 }),
      fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 20 }),
      fc.double({ min: 0, max: 3 * CAP, noNaN: true }),
      (tested, reference, margin) => {
        for (const factor of factors((logs) => scoreMeans(logs, { tested, reference }, CAP, margin)))
          expect(factor).toBeGreaterThanOrEqual(0);
      },
    ),
  ));

test("a tick that lacks an arm says nothing; values beyond the cap count as the cap", () => {
  expect(factors((logs) => scoreMeans(logs, { tested: [], reference: [1] }, CAP))).toEqual(STAKED.map(() => 1));
  expect(factors((logs) => scoreMeans(logs, { tested: [1e9], reference: [2] }, CAP))).toEqual(
    factors((logs) => scoreMeans(logs, { tested: [CAP], reference: [2] }, CAP)),
  );
});

const lognormal = (random: () => number, factor: number) => factor * Math.exp(0.7 * normal(random));

/** Canary values until the evidence reaches 100, `limit` when it does not. */
function needed(random: () => number, factor: number, limit: number): number {
  const logs = fresh();
  for (let k = 1; k <= limit; k++) {
    const reference = Array.from({ length: 19 }, () => lognormal(random, 1));
    scoreMeans(logs, { tested: [lognormal(random, factor)], reference }, 6.1);
    if (Math.log(logs.reduce((sum, log) => sum + Math.exp(log), 0) / logs.length) >= Math.log(100)) return k;
  }
  return limit;
}

test("lognormal values, 5 % share: 20 % more is found after some 300 canary values; nothing is found in what is alike", () => {
  const runs = Array.from({ length: 60 }, (_, i) => needed(seeded(i), 1.2, 2000));
  const mean = runs.reduce((a, b) => a + b) / runs.length;
  expect(mean).toBeGreaterThan(200);
  expect(mean).toBeLessThan(400);
  const alarms = Array.from({ length: 150 }, (_, i) => needed(seeded(900 + i), 1, 1000)).filter((k) => k < 1000);
  // 1.5 expected at most
  expect(alarms.length).toBeLessThanOrEqual(5);
});

test("paired differences: a fair one is not expected to gain, and its bounds are checked", () => {
  const up = factors((logs) => scoreDifference(logs, 1));
  factors((logs) => scoreDifference(logs, -1)).forEach((down, j) => expect((up[j] + down) / 2).toBeCloseTo(1, 12));
  for (const z of [1.01, -1.01, Number.NaN]) expect(() => scoreDifference(fresh(), z)).toThrow(/z must be/);
});
