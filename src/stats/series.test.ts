import fc from "fast-check";
import { expect, test } from "vitest";
import { chance } from "../../test/stats/exact.ts";
import { blockLength, blockMeans, signEvidence, studentEvidence, symmetricEvidence } from "./series.ts";
import { normal, seeded } from "./random.ts";

test("the sign's evidence is expected to be 1 at one half, less below, more above", () => {
  for (const n of [1, 5, 20]) {
    const mean = (p: number) => {
      let sum = 0;
      for (let k = 0; k <= n; k++) sum += chance(n, k, p) * Math.exp(signEvidence(k, n - k));
      return sum;
    };
    expect(mean(0.5)).toBeCloseTo(1, 9);
    expect(mean(0.3)).toBeLessThan(1);
    expect(mean(0.7)).toBeGreaterThan(1);
  }
});

test("eight differences the same way are not enough for 1 %, ten are", () => {
  expect(signEvidence(8, 0)).toBeLessThan(Math.log(100));
  expect(signEvidence(10, 0)).toBeGreaterThan(Math.log(100));
});

/** Chance of ever reaching 20 within 100 differences. */
function everReaches(
  evidence: (differences: readonly number[]) => number,
  draw: (random: () => number) => number,
  runs = 400,
) {
  let reached = 0;
  for (let run = 0; run < runs; run++) {
    const random = seeded(run);
    const differences: number[] = [];
    for (let k = 0; k < 100; k++) {
      differences.push(draw(random));
      if (evidence(differences) < Math.log(20)) continue;
      reached++;
      break;
    }
  }
  return reached / runs;
}
/** 5 % and three standard errors at 400 runs. */
const PROMISED = 0.05 + 3 * Math.sqrt((0.05 * 0.95) / 400);

test("independent differences without a shift: at most 1 of 20 series ever reaches 20", () => {
  const signs = (differences: readonly number[]) => {
    const positive = differences.filter((d) => d > 0).length;
    return signEvidence(positive, differences.length - positive);
  };
  expect(everReaches(signs, normal)).toBeLessThan(PROMISED);
  expect(everReaches((d) => symmetricEvidence(d, 12), normal)).toBeLessThan(PROMISED);
  expect(
    everReaches(
      (d) => symmetricEvidence(d, 12),
      (random) => normal(random) - 0.5,
    ),
  ).toBeLessThan(PROMISED);
  expect(everReaches((d) => studentEvidence(d).log, normal)).toBeLessThan(PROMISED);
});

test("noise that remembers breaks the promise, blocks mend it", () => {
  const phi = 0.8;
  const remembering = () => {
    let last = 0;
    return (random: () => number) => (last = phi * last + Math.sqrt(1 - phi * phi) * normal(random));
  };
  const signs = (length: number) => (differences: readonly number[]) => {
    const blocks = blockMeans(differences, length);
    const positive = blocks.filter((d) => d > 0).length;
    return signEvidence(positive, blocks.length - positive);
  };
  const false_ = (length: number) => {
    const draw = remembering();
    return everReaches(signs(length), draw, 300);
  };
  expect(false_(1)).toBeGreaterThan(0.3);
  expect(false_(blockLength(phi) / 3)).toBeLessThan(0.12);
});

test("blocks", () =>
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 50 }),
      fc.integer({ min: 1, max: 9 }),
      (values, length) => {
        const means = blockMeans(values, length);
        expect(means).toHaveLength(Math.floor(values.length / length));
        const whole = values.slice(0, means.length * length);
        const total = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0);
        expect(total(means) * length).toBeCloseTo(total(whole), 3);
      },
    ),
  ));

test("the block length grows with what the noise remembers", () => {
  expect([-0.5, 0, 0.5, 0.8].map(blockLength)).toEqual([3, 3, 9, 27]);
  expect(() => blockMeans([1], 0)).toThrow(/length must be/);
});

test("no spread, or one value, is no evidence", () => {
  expect(studentEvidence([])).toEqual({ mean: 0, tSquared: 0, log: 0 });
  expect(studentEvidence([1]).log).toBe(0);
  expect(studentEvidence([2, 2, 2]).log).toBe(0);
});
