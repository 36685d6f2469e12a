/** That draws follow their laws: each cell of a histogram against its exact probability, by chi-squared. */
import { expect, test } from "vitest";
import { binomial, branch, exponential, gamma, geometric, normal, poisson, seeded, type Random } from "./random.ts";
import { chiSquaredQuantile, gammaBelow, logChoose, logGamma, normalBelow, normalQuantile } from "./special.ts";

const DRAWS = 40_000;

/** Pearson's X^2 of draws of whole numbers against `mass`; cells with few expected draws are joined. */
function fits(draw: (random: Random) => number, mass: (k: number) => number, most: number) {
  const random = seeded(11);
  const seen = Array<number>(most + 2).fill(0);
  for (let i = 0; i < DRAWS; i++) seen[Math.min(draw(random), most + 1)]++;
  let [squares, cells, expected, found, left] = [0, 0, 0, 0, 1];
  for (let k = 0; k <= most; k++) {
    expected += mass(k) * DRAWS;
    left -= mass(k);
    found += seen[k];
    if (expected < 10) continue;
    squares += (found - expected) ** 2 / expected;
    [cells, expected, found] = [cells + 1, 0, 0];
  }
  expected += Math.max(0, left) * DRAWS;
  found += seen[most + 1];
  if (expected > 5) [squares, cells] = [squares + (found - expected) ** 2 / expected, cells + 1];
  expect(squares).toBeLessThan(chiSquaredQuantile(0.9999, cells - 1));
}

test.each([
  [10, 0.3],
  [1000, 0.004],
  [400, 0.2],
  [50, 0.9],
  [100_000, 0.001],
])("binomial(%d, %d)", (n, p) =>
  fits(
    (random) => binomial(random, n, p),
    (k) => (k > n ? 0 : Math.exp(logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p))),
    Math.ceil(n * p + 8 * Math.sqrt(n * p)),
  ),
);

test.each([0.2, 7, 60, 900])("Poisson(%d)", (mean) =>
  fits(
    (random) => poisson(random, mean),
    (k) => Math.exp(k * Math.log(mean) - mean - logGamma(k + 1)),
    Math.ceil(mean + 8 * Math.sqrt(mean) + 5),
  ),
);

test("geometric", () =>
  fits(
    (random) => geometric(random, 0.3),
    (k) => (k === 0 ? 0 : 0.3 * 0.7 ** (k - 1)),
    30,
  ));

const TENTHS = 10;
/** Draws put through their distribution function must be uniform. */
test.each<[string, (random: Random) => number]>([
  ["uniform", (random) => random()],
  ["normal", (random) => normalBelow(normal(random))],
  ["exponential", (random) => 1 - Math.exp(-2 * exponential(random, 2))],
  ["gamma of shape 0.4", (random) => gammaBelow(gamma(random, 0.4), 0.4)],
  ["gamma of shape 6.5", (random) => gammaBelow(gamma(random, 6.5), 6.5)],
  ["a branch", (random) => branch(random)()],
])("%s", (_, below) => {
  fits(
    (random) => Math.min(TENTHS - 1, Math.floor(below(random) * TENTHS)),
    (k) => (k < TENTHS ? 1 / TENTHS : 0),
    TENTHS - 1,
  );
});

test("the same seed gives the same numbers, another seed others", () => {
  const draws = (seed: number) => Array.from({ length: 5 }, seeded(seed));
  expect(draws(42)).toEqual(draws(42));
  expect(draws(42)).not.toEqual(draws(43));
  expect(draws(2 ** 40 + 1)).not.toEqual(draws(1));
  expect(normalQuantile(0.5)).toBeCloseTo(0, 12);
});
