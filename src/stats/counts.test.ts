import fc from "fast-check";
import { expect, test } from "vitest";
import { expectation, levels, ROUNDING, sizes } from "../../test/stats/exact.ts";
import { logConditionalEvidence, RATIO_WEIGHTS, RATIOS, ratiosBeyond, scoreConditional } from "./counts.ts";
import type { Block } from "./inputs.ts";
import { logWeightedSum } from "./logs.ts";

const someBlock = fc
  .record({ n: fc.integer({ min: 0, max: 300 }), n0: fc.integer({ min: 0, max: 300 }) })
  .chain(({ n, n0 }) =>
    fc.record({
      n: fc.constant(n),
      bad: fc.integer({ min: 0, max: n }),
      n0: fc.constant(n0),
      bad0: fc.integer({ min: 0, max: n0 }),
    }),
  );
const margins = fc.constantFrom(1, 1.25, 2, 10);

const scored = (blocks: readonly Block[], margin: number) => {
  const logs = RATIOS.map(() => 0);
  for (const block of blocks) scoreConditional(logs, block, margin);
  return logs;
};
const logE = (logs: readonly number[]) => logWeightedSum(logs, RATIO_WEIGHTS);

test("the weights share the whole stake", () => {
  expect(RATIO_WEIGHTS).toHaveLength(RATIOS.length);
  expect(RATIO_WEIGHTS.reduce((a, b) => a + b)).toBeCloseTo(1, 15);
});

test("the bets are about stable while the margin is narrow, and always beyond the margin", () => {
  expect(ratiosBeyond(1)).toEqual(RATIOS);
  ratiosBeyond(1.25).forEach((r, j) => expect(1.25 * r).toBeCloseTo(RATIOS[j], 12));
  for (const margin of [1, 1.25, 1.5, 2, 50]) for (const r of ratiosBeyond(margin)) expect(r).toBeGreaterThan(1.1);
});

test.each([1, 1.25, 2, 5])("margin %d: no bet is expected to gain anywhere in the null", (margin) => {
  for (const [n, n0] of sizes)
    for (const theta0 of levels)
      for (const part of [0, 0.5, 1]) {
        const theta = margin * theta0 * part;
        if (theta > 1) continue;
        for (const r of [...RATIOS, ...ratiosBeyond(margin)]) {
          const mean = expectation(n, n0, theta, theta0, (block) =>
            Math.exp(logConditionalEvidence([block], margin, [r])),
          );
          expect(mean, `${n}:${n0}, ${theta} against ${theta0}, r ${r}`).toBeLessThanOrEqual(1 + ROUNDING);
        }
      }
});

test("beyond the margin the right bet is expected to gain", () => {
  const mean = expectation(5, 95, 0.05, 0.01, (block) => logConditionalEvidence([block], 1, [5]));
  expect(mean).toBeGreaterThan(0);
});

test("blocks without an arm or without bad events say nothing", () =>
  fc.assert(
    fc.property(someBlock, margins, ({ n, bad, n0, bad0 }, margin) => {
      expect(
        scored(
          [
            { n: 0, bad: 0, n0, bad0 },
            { n, bad, n0: 0, bad0: 0 },
            { n, bad: 0, n0, bad0: 0 },
          ],
          margin,
        ),
      ).toEqual(RATIOS.map(() => 0));
    }),
  ));

test("the order of blocks makes no difference", () =>
  fc.assert(
    fc.property(fc.array(someBlock, { maxLength: 20 }), margins, (blocks, margin) => {
      expect(logE(scored(blocks.toReversed(), margin))).toBeCloseTo(logE(scored(blocks, margin)), 8);
    }),
  ));

test("one more bad event of the tested arm raises every bet, one of the reference lowers it", () =>
  fc.assert(
    fc.property(someBlock, margins, (block, margin) => {
      fc.pre(block.n > 0 && block.n0 > 0 && block.bad < block.n && block.bad0 < block.n0);
      const [before] = [scored([block], margin)];
      scored([{ ...block, bad: block.bad + 1 }], margin).forEach((log, j) => expect(log).toBeGreaterThan(before[j]));
      scored([{ ...block, bad0: block.bad0 + 1 }], margin).forEach((log, j) => expect(log).toBeLessThan(before[j]));
    }),
  ));

test("a wider margin is never easier to exceed", () =>
  fc.assert(
    fc.property(fc.array(someBlock, { maxLength: 8 }), (blocks) => {
      fc.pre(blocks.reduce((sum, { bad }) => sum + bad, 0) > 0);
      const [strict, wide] = [logConditionalEvidence(blocks, 1), logConditionalEvidence(blocks, 1.25)];
      // the bets move with the margin, so only evidence that counts is ordered
      if (wide > 1) expect(strict).toBeGreaterThan(wide - 1);
    }),
  ));

test("Simpson's ramp: the level rises with the share, arms are alike; pooled it looks bad, tick by tick it does not", () => {
  const stages: Block[] = [
    { n: 100, bad: 1, n0: 9900, bad0: 99 },
    { n: 500, bad: 10, n0: 9500, bad0: 190 },
    { n: 2500, bad: 100, n0: 7500, bad0: 300 },
    { n: 5000, bad: 400, n0: 5000, bad0: 400 },
  ];
  const pooled = stages.reduce((a, b) => ({
    n: a.n + b.n,
    bad: a.bad + b.bad,
    n0: a.n0 + b.n0,
    bad0: a.bad0 + b.bad0,
  }));
  expect(logConditionalEvidence([pooled])).toBeGreaterThan(Math.log(100));
  expect(logConditionalEvidence(stages)).toBeLessThan(0);
});
