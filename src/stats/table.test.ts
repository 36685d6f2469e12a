import fc from "fast-check";
import { expect, test } from "vitest";
import { seededWords } from "./random.ts";
import { multinomial, poissonTable, Table } from "./table.ts";

/** Pearson's statistic of counts against a law, over cells in which at least five were expected. */
function misfit(counts: ArrayLike<number>, law: ArrayLike<number>, n: number): { squares: number; cells: number } {
  let [squares, cells] = [0, 0];
  for (let i = 0; i < law.length; i++) {
    const expected = law[i] * n;
    if (expected < 5) continue;
    squares += (counts[i] - expected) ** 2 / expected;
    cells += 1;
  }
  return { squares, cells };
}

/** Five standard deviations above what chance does: once in millions. */
const fits = ({ squares, cells }: { squares: number; cells: number }) =>
  squares <= cells + 5 * Math.sqrt(2 * cells) + 5;

const weights = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1, noNaN: true })), {
  minLength: 1,
  maxLength: 70,
});
const laws = weights.filter((all) => all.some((weight) => weight > 0));

test("a table draws its law, one by one, many at once and cell by cell, and never what has no weight", () => {
  fc.assert(
    fc.property(laws, fc.integer(), (all, seed) => {
      const law = new Table(all);
      const words = seededWords(seed);
      const single = new Uint32Array(all.length);
      for (let i = 0; i < 4000; i++) single[law.draw(words)]++;
      const few = new Uint32Array(all.length);
      multinomial(words, 10, law, few);
      const many = new Uint32Array(all.length);
      multinomial(words, 20_000, law, many);
      expect(few.reduce((a, b) => a + b, 0)).toBe(10);
      expect(many.reduce((a, b) => a + b, 0)).toBe(20_000);
      for (const [i, weight] of all.entries()) if (weight === 0) expect(single[i] + few[i] + many[i]).toBe(0);
      expect(fits(misfit(single, law.probabilities, 4000))).toBe(true);
      expect(fits(misfit(many, law.probabilities, 20_000))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("at once is the same as one by one", () => {
  const law = new Table([1, 2, 3, 0, 5]);
  const [one, all] = [new Uint32Array(5), new Uint32Array(5)];
  const words = seededWords(7);
  for (let i = 0; i < 40; i++) one[law.draw(words)]++;
  law.count(seededWords(7), 40, all);
  expect(all).toEqual(one);
});

test.each([0, 0.3, 7, 380, 5000])("the Poisson table of mean %d has its mean and its variance", (mean) => {
  const { from, table } = poissonTable(mean);
  let [sum, squares] = [0, 0];
  table.probabilities.forEach((p, i) => {
    sum += p * (from + i);
    squares += p * (from + i - mean) ** 2;
  });
  expect(sum).toBeCloseTo(mean, 8);
  expect(squares).toBeCloseTo(mean, 6);
  const words = seededWords(1);
  const drawn = Array.from({ length: 2000 }, () => from + table.draw(words));
  const average = drawn.reduce((a, b) => a + b, 0) / 2000;
  expect(Math.abs(average - mean)).toBeLessThanOrEqual(5 * Math.sqrt(mean / 2000));
});

test("what is no law is refused by name", () => {
  for (const wrong of [[], [0, 0], [1, -1], [NaN]])
    expect(() => new Table(wrong)).toThrow(expect.objectContaining({ code: "STATISTICS_INPUT" }));
});
