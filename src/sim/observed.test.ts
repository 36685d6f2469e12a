import { expect, test } from "vitest";
import type { Measurement } from "../analysis/measurement.ts";
import { observedIn } from "./observed.ts";
import { steady } from "./scenarios/truths.ts";
import { Traffic } from "./traffic.ts";

const START = 1_700_000_000_000;
const plan = { version: 1, canaryWeight: 500, mirrorWeight: 0, canary: {} };
const traffic = new Traffic(steady(200), 1, START, () => plan as never);
const window = (from: number, to: number) => ({ from: START + from * 1000, to: START + to * 1000 });
const counts = (from: number, to: number) =>
  traffic.measure({ ask: "counts", failures: [], count: "requests", traffic: "live" }, window(from, to));
const histogram = (from: number, to: number) =>
  traffic.measure({ ask: "histogram", count: "requests", traffic: "live" }, window(from, to));

test("traffic, stable's failures and its latency are read from what was measured", () => {
  const {
    perSecond = 0,
    failures = 0,
    medianMs = 0,
    p99Ms = 0,
  } = observedIn([counts(0, 60), counts(60, 120), histogram(0, 60)]);
  expect(Math.abs(perSecond - 200)).toBeLessThan(5);
  expect(Math.abs(failures - 0.005)).toBeLessThan(0.002);
  expect(Math.abs(medianMs - 20)).toBeLessThan(1);
  expect(Math.abs(p99Ms - 102)).toBeLessThan(15);
});

test("two gates that count the same time count it once", () => {
  const once = observedIn([counts(0, 60)]);
  expect(observedIn([counts(0, 60), counts(0, 60)])).toEqual(once);
});

test("what is not shown is left out", () => {
  const nothing: Measurement = { kind: "noData", window: window(0, 60), reason: "nobody came" };
  expect(observedIn([])).toEqual({});
  expect(observedIn([nothing, { kind: "error", window: window(0, 60), reason: "away" }])).toEqual({});
  expect(observedIn([counts(0, 120)]).medianMs).toBeUndefined();
  expect(observedIn([histogram(0, 60)]).perSecond).toBeGreaterThan(190);
  expect(observedIn([histogram(0, 60)]).failures).toBeUndefined();
});
