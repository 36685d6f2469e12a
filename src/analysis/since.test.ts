import fc from "fast-check";
import { expect, test } from "vitest";
import { failuresGate } from "../../test/analysis/made.ts";
import type { Block } from "../stats/inputs.ts";
import { binomial, seeded } from "../stats/random.ts";
import { lateFault, since, type Since } from "./since.ts";
import { nothing, sum } from "./pool.ts";

const gate = failuresGate();
const inPoints = failuresGate({ margin: { points: 0.01 } });
const LEVEL = 0.005;

/** A second each, from the first on. */
function walk(blocks: readonly Block[], which = gate): { found: Since | null; total: Block } {
  const found = blocks.reduce<Since | null>((before, block, i) => since(before, which, block, i * 1000, LEVEL), null);
  return { found, total: blocks.reduce((a, b) => sum(a, b), nothing) };
}

function second(random: () => number, theta: number, theta0 = LEVEL): Block {
  return { n: 250, bad: binomial(random, 250, theta), n0: 750, bad0: binomial(random, 750, theta0) };
}

test.each([
  ["a ratio", gate],
  ["points", inPoints],
])("a late fault is dated to its beginning, within a few seconds, whatever came before: %s", (_name, which) => {
  for (let seed = 0; seed < 40; seed++) {
    const random = seeded(seed);
    const blocks = Array.from({ length: 420 }, (_, i) => second(random, i < 400 ? LEVEL : 0.06));
    const { found, total } = walk(blocks, which);
    expect(Math.abs((found?.at ?? 0) / 1000 - 400)).toBeLessThanOrEqual(8);
    expect(lateFault(found, total)).toBe(found);
  }
});

test("a fault from the start is told of by all that was counted", () => {
  const random = seeded(1);
  const { found, total } = walk(Array.from({ length: 60 }, () => second(random, 0.05)));
  expect(found).not.toBeNull();
  expect(lateFault(found, total)).toBeNull();
});

test("what is counted since is never more than all of it, and is gone when it has nothing to show", () =>
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          n: fc.integer({ min: 1, max: 50 }),
          n0: fc.integer({ min: 1, max: 50 }),
          rate: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
      ),
      fc.constantFrom(gate, inPoints),
      (drawn, which) => {
        const blocks = drawn.map(({ n, n0, rate }) => ({ n, bad: Math.floor(n * rate), n0, bad0: Math.floor(n0 / 9) }));
        const { found, total } = walk(blocks, which);
        if (found === null) return;
        expect(found.score).toBeGreaterThan(0);
        for (const key of ["n", "bad", "n0", "bad0"] as const) expect(found.block[key]).toBeLessThanOrEqual(total[key]);
      },
    ),
  ));
