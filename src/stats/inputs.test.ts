/** Numbers that cannot be counts, shares or rates are answered by name, whatever function they are given to. */
import { expect, test } from "vitest";
import { SerinError } from "../errors.ts";
import { logBlockRatio, oddsBets, scoreOddsBlock, scorePointsBlock, scoreRatioBlock } from "./blocks.ts";
import { boostEvent, logBlockBonus, startBoosted } from "./boost.ts";
import { divergence, information, waldDistance } from "./bounds.ts";
import { RATIO_WEIGHTS, RATIOS, scoreConditional } from "./counts.ts";
import { scoreDifferences, startDifferences } from "./difference.ts";
import { requireBlock, requireCount, requireInner, requirePositive, requireRatio, requireShare } from "./inputs.ts";
import { lowerRatio, ratioInterval, scoreCurve, startCurve } from "./interval.ts";
import { discoveries, reachesAlone } from "./merge.ts";
import { nearestPointsNull, nearestRatioNull } from "./nulls.ts";
import { stake } from "./onset.ts";
import { plannedAlarm } from "./planned-window.ts";
import { binomial, poisson, seeded } from "./random.ts";
import { scoreSafety } from "./safety.ts";
import { blockMeans, logStudentFactor, signEvidence, symmetricEvidence } from "./series.ts";

const good = { n: 10, bad: 1, n0: 90, bad0: 2 };
const blocks = [
  { ...good, n: -1 },
  { ...good, bad: 11 },
  { ...good, bad0: 91 },
  { ...good, n0: 90.5 },
  { ...good, bad: Number.NaN },
  { ...good, n0: Infinity },
  { ...good, n0: 2 ** 60 },
];
const stakes = { logs: RATIOS.map(() => 0), weights: RATIO_WEIGHTS, rest: 0, ratios: RATIOS };

test.each(blocks)("the block %j", (block) => {
  const logs = () => RATIOS.map(() => 0);
  for (const use of [
    () => requireBlock(block),
    () => scoreConditional(logs(), block, 1),
    () => scoreRatioBlock(logs(), block, 1, 0.1, RATIOS),
    () => scorePointsBlock(logs(), block, 0.1, 0.1, RATIOS),
    () => scoreOddsBlock(logs(), block, 0.1, oddsBets(RATIOS)),
    () => logBlockBonus(stakes, 0, block, 1, 5),
    () => scoreCurve(startCurve(), block),
    () => scoreSafety([0, 0, 0], block, 0.1, { ratio: 2 }),
    () => scoreDifferences(startDifferences(), block, { theta: 0.1, theta0: 0.1 }),
  ])
    refused(use);
});

function refused(use: () => unknown): void {
  let thrown: unknown;
  try {
    use();
  } catch (error) {
    thrown = error;
  }
  expect(thrown, String(use)).toBeInstanceOf(SerinError);
  expect((thrown as SerinError).code).toBe("STATISTICS_INPUT");
}

test.each<[string, readonly (() => unknown)[]]>([
  [
    "shares and rates",
    [
      () => requireShare(1.1, "share"),
      () => requireInner(0, "rate"),
      () => divergence(-0.1, 0.5),
      () => waldDistance(0, 0.05),
      () => information({ theta: 0.1, theta0: 0.1, share: 1 }, { ratio: 1 }),
      () => nearestRatioNull(2, 0.1, 0.5, 1),
      () => nearestPointsNull(0.1, 0.1, 0.5, 0),
      () => scoreRatioBlock([0], good, 2, 0.5, [2]),
      () => scorePointsBlock([0], good, 0.5, 0.5, [2]),
      () => scoreOddsBlock([0], good, 1, oddsBets([2])),
      () => scoreSafety([0, 0, 0], good, 1, { ratio: 2 }),
      () => scoreDifferences(startDifferences(), good, { theta: 0, theta0: 0.1 }),
      () => boostEvent(startBoosted(), true, 0, 0.01),
      () => binomial(seeded(1), 3, 1.5),
    ],
  ],
  [
    "levels",
    [
      () => ratioInterval(startCurve(), 0),
      () => lowerRatio([good], 1),
      () => discoveries([0], 2),
      () => reachesAlone(1, 0.5, Number.NaN),
      () => plannedAlarm(0.05, 1, 0, 10),
      () => boostEvent(startBoosted(), true, 0.5, 1),
    ],
  ],
  [
    "margins and limits",
    [
      () => requireRatio(0.9, "margin"),
      () => scoreConditional([0], good, 0.5, [2]),
      () => logBlockBonus(stakes, 0, good, Number.NaN, 5),
      () => scoreSafety([0, 0, 0], good, 0.1, { ratio: 0.5 }),
      () => scoreSafety([0, 0, 0], good, 0.1, { points: 1 }),
    ],
  ],
  [
    "counts and amounts",
    [
      () => requireCount(1.5, "count"),
      () => requirePositive(0, "mean"),
      () => stake([0], -1),
      () => signEvidence(-1, 2),
      () => symmetricEvidence([1], 0),
      () => logStudentFactor(1, 0, 2, 1),
      () => blockMeans([1], 1.5),
      () => plannedAlarm(0.05, 1, 0.01, 0),
      () => poisson(seeded(1), -1),
    ],
  ],
])("%s", (_, uses) => uses.forEach(refused));

test("a likelihood ratio between equals is nothing", () =>
  expect(logBlockRatio(good, { theta: 0.1, theta0: 0.2 }, { theta: 0.1, theta0: 0.2 })).toBe(0));
