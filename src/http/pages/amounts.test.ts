/** What the dashboard shows of gates on amounts and on series. */
import { expect, test } from "vitest";
import { ALARM, amounts, interval, meanGate, promised, seriesGate, where } from "../../../test/analysis/made.ts";
import { fold, initialEvidence, judge } from "../../analysis/evidence.ts";
import { Bins, addTo } from "./bins.ts";
import { compared } from "./outlook.ts";

test("a mean: both means, their difference with its interval, and the margin as a difference of stable's mean", () => {
  const gate = meanGate({ worse: "lower", cap: 10, margin: { ratio: 0.7 }, unit: "pages" });
  const ticks = Array.from({ length: 50 }, () => ({ stable: [5, 3, 4, 4, 5, 3], canary: [2, 2] }));
  const evidence = fold(gate, initialEvidence(gate), amounts(gate, ticks), where, ALARM);
  const found = compared(gate, judge(gate, evidence, promised, 1));
  expect(found).toMatchObject({
    unit: "number",
    about: "pages on average; lower is worse",
    stableN: 300,
    canaryN: 100,
  });
  expect(found?.stable).toBeCloseTo(4, 2);
  expect(found?.canary).toBeCloseTo(2, 2);
  expect(found?.difference).toBeCloseTo(-2, 2);
  expect(found?.high).toBeLessThan(-0.5);
  expect(found?.margin).toBeCloseTo(-1.2, 2);
});

test("a series: the last numbers, no interval, and its grade", () => {
  const gate = seriesGate({ margin: { amount: 5 }, unit: "ms" });
  const evidence = fold(gate, initialEvidence(gate), interval(gate, 100, 120), where, ALARM);
  expect(compared(gate, judge(gate, evidence, promised, 1))).toEqual({
    unit: "number",
    about: "load in ms, one number an interval (time-series grade); higher is worse",
    stable: 100,
    canary: 120,
    difference: 20,
    low: null,
    high: null,
    margin: 5,
    stableN: 1,
    canaryN: 1,
  });
});

test("over time: the mean of what came within a bin", () => {
  const bins = new Bins();
  const bin = bins.at(0);
  const gate = meanGate({ cap: 10 });
  addTo(bin, "tokens", amounts(gate, [{ stable: [2, 4], canary: [] }]));
  addTo(bin, "tokens", amounts(gate, [{ stable: [6], canary: [1] }]));
  addTo(bin, "load", interval(seriesGate(), 7, null));
  const of = (name: string) => bin.gates.get(name)?.amounts;
  expect(of("tokens")?.stable.n).toBe(3);
  expect(of("tokens")?.stable.sum).toBeCloseTo(12, 2);
  expect(of("load")).toEqual({ stable: { n: 1, sum: 7 }, canary: { n: 0, sum: 0 } });
});
