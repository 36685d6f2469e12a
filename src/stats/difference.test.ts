import fc from "fast-check";
import { expect, test } from "vitest";
import { expectation, ROUNDING } from "../../test/stats/exact.ts";
import { DIFFERENCES, differenceInterval, scoreDifferences, startDifferences } from "./difference.ts";
import { excessFailures } from "./excess.ts";
import { binomial, seeded } from "./random.ts";

test("no wager is expected to gain where its null holds, whatever was guessed", () => {
  for (const [n, n0] of [
    [2, 18],
    [8, 8],
  ] as const)
    for (const guess of [
      { theta: 0.02, theta0: 0.01 },
      { theta: 0.3, theta0: 0.5 },
    ])
      for (const i of [4, 10, 13, 15, 20])
        for (const theta0 of [0.02, 0.3, 0.6]) {
          const d = DIFFERENCES[i];
          const theta = theta0 + d;
          if (theta < 0 || theta > 1) continue;
          const factor = (side: "above" | "below") =>
            expectation(n, n0, theta, theta0, (block) => {
              const differences = startDifferences();
              scoreDifferences(differences, block, guess);
              return Math.exp(differences[side][i]);
            });
          expect(factor("above"), `above ${d}`).toBeLessThanOrEqual(1 + ROUNDING);
          expect(factor("below"), `below ${d}`).toBeLessThanOrEqual(1 + ROUNDING);
        }
});

/** Runs blocks with a drifting level; whether the true difference was ever lost, and the last interval. */
function run(seed: number, difference: number, blocks: number) {
  const random = seeded(seed);
  const differences = startDifferences();
  let [past, lost] = [{ n: 20, bad: 1, n0: 20, bad0: 1 }, false];
  for (let k = 0; k < blocks; k++) {
    const theta0 = 0.08 + 0.03 * Math.sin(k / 20);
    const block = {
      n: 100,
      bad: binomial(random, 100, theta0 + difference),
      n0: 400,
      bad0: binomial(random, 400, theta0),
    };
    scoreDifferences(differences, block, { theta: past.bad / past.n, theta0: past.bad0 / past.n0 });
    past = { n: past.n + block.n, bad: past.bad + block.bad, n0: past.n0 + block.n0, bad0: past.bad0 + block.bad0 };
    const { low, high } = differenceInterval(differences, 0.05);
    lost ||= low > difference || high < difference;
  }
  return { lost, ...differenceInterval(differences, 0.05) };
}

test("looked at after every block, it loses the true difference in at most 1 of 20 runs", () => {
  for (const difference of [0, 0.02]) {
    const lost = Array.from({ length: 150 }, (_, i) => run(i, difference, 100)).filter((r) => r.lost).length;
    // 7.5 expected at most; 16 is three standard errors above
    expect(lost).toBeLessThanOrEqual(16);
  }
});

test("it closes in", () => {
  const { low, high } = run(1, 0.03, 600);
  expect(low).toBeGreaterThanOrEqual(0.01);
  expect(high).toBeLessThanOrEqual(0.05);
  expect(differenceInterval(startDifferences(), 0.05)).toEqual({ low: -1, high: 1 });
});

test("failures above expectation follow from the ratio", () => {
  expect(excessFailures(30, { low: 2, likeliest: 3, high: 5 })).toEqual({ low: 15, likeliest: 20, high: 24 });
  expect(excessFailures(30, { low: 0, likeliest: 1, high: Infinity })).toEqual({
    low: -Infinity,
    likeliest: 0,
    high: 30,
  });
  expect(excessFailures(0, { low: 0, likeliest: 0, high: 2 })).toEqual({ low: 0, likeliest: 0, high: 0 });
  expect(() => excessFailures(-1, { low: 1, likeliest: 1, high: 1 })).toThrow(/bad must be/);
});

test("the excess never exceeds the failures, and grows with the ratio", () =>
  fc.assert(
    fc.property(
      fc.nat(1000),
      fc.double({ min: 0.01, max: 50, noNaN: true }),
      fc.double({ min: 1, max: 10, noNaN: true }),
      (bad, low, wider) => {
        const {
          low: least,
          likeliest,
          high,
        } = excessFailures(bad, { low, likeliest: low * wider, high: low * wider ** 2 });
        expect(least).toBeLessThanOrEqual(likeliest);
        expect(likeliest).toBeLessThanOrEqual(high);
        expect(high).toBeLessThanOrEqual(bad);
      },
    ),
  ));
