import fc from "fast-check";
import { expect, test } from "vitest";
import { chance } from "../../test/stats/exact.ts";
import { countSplit, logSplitEvidence, logSplitOdds, splitPValue, startSplit } from "./sample-ratio.ts";
import { binomial, seeded } from "./random.ts";

test("under the configured split the odds are expected to stay 1", () => {
  for (const share of [0.01, 0.05, 0.5])
    for (const n of [1, 7, 40]) {
      let mean = 0;
      for (let k = 0; k <= n; k++) mean += chance(n, k, share) * Math.exp(logSplitOdds([k, n - k], [share, 1 - share]));
      expect(mean).toBeCloseTo(1, 9);
    }
});

test("counting in parts is counting at once", () =>
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(50), fc.nat(900)), { minLength: 1, maxLength: 10 }), (parts) => {
      const shares = [0.05, 0.95];
      const evidence = parts.reduce((before, part) => countSplit(before, part, shares), startSplit);
      const total = parts.reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0]);
      expect(logSplitEvidence(evidence)).toBeCloseTo(logSplitOdds(total, shares), 8);
    }),
  ));

test("a ramp keeps what was gathered; a wrong split is found, a right one is not", () => {
  const random = seeded(3);
  const ramp = (bias: number) =>
    [0.01, 0.05, 0.25, 0.5].reduce((evidence, share) => {
      const n = binomial(random, 20_000, Math.min(1, share * bias));
      return countSplit(evidence, [n, 20_000 - n], [share, 1 - share]);
    }, startSplit);
  expect(splitPValue(logSplitEvidence(ramp(1.3)))).toBeLessThan(1e-6);
  expect(splitPValue(logSplitEvidence(ramp(1)))).toBeGreaterThan(0.01);
});

test("shares of 0 and 1 leave nothing to test", () =>
  expect(countSplit(startSplit, [0, 100], [0, 1])).toBe(startSplit));

test("what cannot be shares is refused by name", () => {
  expect(() => logSplitOdds([1, 2], [0.5, 0.6])).toThrow(/sum to 1/);
  expect(() => logSplitOdds([1, -2], [0.5, 0.5])).toThrow(/count must be/);
});
