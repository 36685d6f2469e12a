import { expect, test } from "vitest";
import { failed, noData, promised, thresholdGate, value, where } from "../../test/analysis/made.ts";
import { enterStage, fold, initialEvidence, judge, mergeHarm } from "./evidence.ts";
import type { Measurement } from "./measurement.ts";
import type { ThresholdGate } from "./metric.ts";
import { valueInWords } from "./threshold.ts";

const run = (gate: ThresholdGate, looks: readonly Measurement[]) =>
  looks.reduce((evidence, look) => fold(gate, evidence, look, where), initialEvidence(gate));
const verdict = (gate: ThresholdGate, looks: readonly Measurement[]) => judge(gate, run(gate, looks), promised, 0);

test.each<[string, Parameters<typeof thresholdGate>[0], number, "pass" | "inconclusive"]>([
  ["at its maximum", { max: 500 }, 500, "pass"],
  ["above it", { max: 500 }, 500.1, "inconclusive"],
  ["at its minimum", { min: 0.99, max: undefined }, 0.99, "pass"],
  ["below it", { min: 0.99, max: undefined }, 0.98, "inconclusive"],
  ["between both", { min: 1, max: 3 }, 2, "pass"],
])("a value %s", (_, threshold, x, expected) =>
  expect(verdict(thresholdGate(threshold), [value(x)]).verdict).toBe(expected),
);

test("checks out of range are counted over the release, not in a row", () => {
  const gate = thresholdGate({ max: 500, failures: 3 });
  const looks = [600, 100, 600, 100, 600].map((x, k) => value(x, k));
  expect(verdict(gate, looks.slice(0, 4)).verdict).toBe("pass");
  expect(verdict(gate, looks)).toMatchObject({
    verdict: "fail",
    reason: "p99 of canary is 600, at most 500 allowed: 3 of 5 checks out of range, 3 roll back",
  });
  expect(mergeHarm([gate], { limit: run(gate, looks) }, promised)).toEqual({
    logHarm: 0,
    rollback: true,
    guilty: ["limit"],
  });
});

test("a check without a value is no check: neither for nor against", () => {
  const gate = thresholdGate({ failures: 1 });
  expect(verdict(gate, [noData()])).toMatchObject({
    verdict: "inconclusive",
    reason: "no data: there were no requests",
  });
  expect(verdict(gate, [failed()])).toMatchObject({
    verdict: "error",
    reason: "could not measure: connection refused",
  });
  expect(verdict(gate, [value(Number.NaN)])).toMatchObject({
    verdict: "error",
    reason: "could not measure: the value is not a number: NaN",
  });
  expect(verdict(gate, [value(100), noData(1)]).verdict).toBe("inconclusive");
});

test("a stage needs a check of its own; what was out of range stays counted", () => {
  const gate = thresholdGate({ failures: 2 });
  const next = enterStage(gate, run(gate, [value(600)]), { ...where, stage: 1 });
  expect(judge(gate, next, promised, 0)).toMatchObject({
    verdict: "inconclusive",
    reason: "not checked in this stage yet",
  });
  expect(judge(gate, fold(gate, next, value(600, 1), where), promised, 0).verdict).toBe("fail");
});

test("a dry run over its limit says fail and asks for nothing", () => {
  const gate = thresholdGate({ failures: 1 }, { dryRun: true });
  const evidence = run(gate, [value(600)]);
  expect(judge(gate, evidence, promised, 0).verdict).toBe("fail");
  expect(mergeHarm([gate], { limit: evidence }, promised).rollback).toBe(false);
});

test.each([
  [20.342985915492957, { max: 60 }, "20.34"],
  [0.995383969785984, { min: 0.99 }, "0.9954"],
  [0.98999999, { min: 0.99 }, "0.98999999"],
  [0.99, { min: 0.99 }, "0.99"],
  [123_456.789, { max: 200_000 }, "123457"],
  [1e-7, { max: 1e-6 }, "1e-7"],
])("%d is told so that it lies on its own side of a limit: %o", (value, limits, said) => {
  expect(valueInWords(thresholdGate(limits), value)).toContain(` is ${said}, `);
});
