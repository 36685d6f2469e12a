/** A gate that judges as Kayenta does: the same scores at the same intervals, and what follows from them. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { evidenceOf, foldAll, gateOf, measurementAt, STEP } from "../../test/analysis/kayenta.ts";
import { alarms, enterStage, fold, initialEvidence, judge, mergeHarm, weightShares } from "./evidence.ts";
import { judgeCanary } from "./kayenta/judge.ts";
import type { KayentaEvidence } from "./kayenta-gate.ts";

const promised = { falseRollback: 0.01, falsePromotion: 0.01 };
const steady = (i: number) => 100 + Math.sin(i * 1.7) * 5;
const high = (i: number) => 160 + Math.cos(i * 1.3) * 5;

test("it judges at each interval, over all that was gathered", () => {
  const gate = gateOf({ intervalMs: 10 * STEP });
  let evidence = initialEvidence(gate);
  const judgements: number[] = [];
  for (let i = 0; i < 35; i++) {
    evidence = fold(gate, evidence, measurementAt(i, steady(i), steady(i + 50)), evidenceOf.where);
    judgements.push((evidence as KayentaEvidence).judgements);
  }
  expect(
    judgements.map((count, i) => [i + 1, count]).filter(([i, count]) => count > 0 && judgements[i - 2] !== count),
  ).toEqual([
    [10, 1],
    [20, 2],
    [30, 3],
  ]);
});

test("its score is the judge's, of the points of the lookback", () => {
  const gate = gateOf({ intervalMs: 5 * STEP, lookbackMs: 20 * STEP });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ min: 0, max: 9, noNaN: true }), fc.double({ min: 0, max: 9, noNaN: true })), {
        minLength: 25,
        maxLength: 25,
      }),
      (values) => {
        const found = foldAll(
          gate,
          values.map(([stable, canary], i) => measurementAt(i, stable, canary)),
        );
        const last = values.slice(-20);
        const expected = judgeCanary({
          canaryConfig: {
            metrics: [{ name: "p99", groups: ["all"], analysisConfigurations: { canary: { direction: "increase" } } }],
          },
          scoreThresholds: { pass: 75, marginal: 50 },
          metricSetPairList: [
            {
              name: "p99",
              id: "p99",
              tags: {},
              values: { experiment: last.map(([, c]) => c), control: last.map(([s]) => s) },
            },
          ],
        });
        expect(found.judged?.score).toBe(expected.score.score);
      },
    ),
  );
});

test("a shift takes the release back at the first judgement, whatever comes later, and it is told as time-series grade", () => {
  const gate = gateOf({ intervalMs: 10 * STEP });
  const bad = Array.from({ length: 10 }, (_, i) => measurementAt(i, steady(i), high(i)));
  const evidence = foldAll(gate, bad);
  expect(mergeHarm([gate], { judge: evidence }, promised)).toMatchObject({ rollback: true, guilty: ["judge"] });
  const verdict = judge(gate, evidence, promised, 0);
  expect(verdict).toMatchObject({ verdict: "fail", logHarm: 0, numbers: { score: 0, judgements: 1, points: 10 } });
  expect(verdict.reason).toBe("time-series grade: score 0, and 50 or less rolls back: p99 High");
  const later = Array.from({ length: 30 }, (_, i) => measurementAt(10 + i, steady(i), steady(i + 7)));
  expect(judge(gate, foldAll(gate, later, evidence), promised, 0).verdict).toBe("fail");
});

test("before the first judgement, between marginal and pass, and at pass", () => {
  const gate = gateOf({ intervalMs: 10 * STEP }, ["p99", "p50", "failureRate"]);
  const points = (n: number, worse: readonly string[]) =>
    Array.from({ length: n }, (_, i) =>
      measurementAt(i, steady(i), steady(i + 50), Object.fromEntries(worse.map((name) => [name, high(i)]))),
    );
  const verdictOf = (n: number, worse: readonly string[]) => judge(gate, foldAll(gate, points(n, worse)), promised, 0);
  expect(verdictOf(4, [])).toMatchObject({
    verdict: "inconclusive",
    measured: false,
    reason: "time-series grade: 4 of 10 points until the first judgement",
  });
  expect(verdictOf(10, []).verdict).toBe("pass");
  expect(verdictOf(10, ["p50"])).toMatchObject({
    verdict: "inconclusive",
    measured: true,
    reason:
      "time-series grade: score 66.67 after 10 points, 75 passes and 50 or less rolls back: p99 Pass, p50 High, failureRate Pass",
  });
});

test("missing data takes nothing back and passes nothing, unless it must be there", () => {
  const silent = Array.from({ length: 10 }, (_, i) => measurementAt(i, steady(i), null));
  const gate = gateOf({ intervalMs: 10 * STEP });
  const evidence = foldAll(gate, silent);
  expect(judge(gate, evidence, promised, 0)).toMatchObject({ verdict: "inconclusive", measured: false });
  expect(mergeHarm([gate], { judge: evidence }, promised).rollback).toBe(false);
  const strict = gateOf({ intervalMs: 10 * STEP, mustHaveData: true });
  expect(judge(strict, foldAll(strict, silent), promised, 0).verdict).toBe("fail");
});

test("steps that nobody measured are minutes without a value", () => {
  const gate = gateOf({ intervalMs: 10 * STEP });
  const evidence = foldAll(
    gate,
    [0, 1, 5, 6].map((i) => measurementAt(i, steady(i), steady(i))),
  );
  expect(evidence.points["p99"].canary.map((value) => value !== null)).toEqual([
    true,
    true,
    false,
    false,
    false,
    true,
    true,
  ]);
  expect(evidence.steps).toBe(7);
});

test("a stage begins with no points, and what has failed stays failed; a source that errs changes nothing but is told", () => {
  const gate = gateOf({ intervalMs: 10 * STEP });
  const failed = foldAll(
    gate,
    Array.from({ length: 10 }, (_, i) => measurementAt(i, steady(i), high(i))),
  );
  const entered = enterStage(gate, failed, evidenceOf.where) as KayentaEvidence;
  expect([entered.steps, entered.judged, entered.failed?.score]).toEqual([0, null, 0]);
  const error = { kind: "error", window: { from: 0, to: 1 }, reason: "away" } as const;
  const some = foldAll(gate, [measurementAt(0, 1, 1)]);
  const after = fold(gate, some, error, evidenceOf.where) as KayentaEvidence;
  expect(after.points).toEqual(some.points);
  expect(judge(gate, after, promised, 0)).toMatchObject({ verdict: "error", reason: "could not measure: away" });
});

test("it has no part in the promise", () => {
  const gate = gateOf({});
  expect(weightShares([gate])).toEqual({ judge: 0 });
  expect(alarms([gate], promised)).toEqual({ judge: Infinity });
});
