import { expect, test } from "vitest";
import { binomial, seeded, type Random } from "../stats/random.ts";
import { alarms, enterStage, fold, initialEvidence, judge, mergeHarm, type Evidence } from "./evidence.ts";
import type { Measurement } from "./measurement.ts";
import type { FailuresGate } from "./metric.ts";
import { plannedMark } from "./planned.ts";

const promised = { falseRollback: 0.01, falsePromotion: 0.01 };
const gate = (failures: Partial<FailuresGate["failures"]> = {}, name = "failures"): FailuresGate => ({
  name,
  kind: "failures",
  weight: 1,
  dryRun: false,
  source: { gateway: {} },
  failures: { of: ["5xx"], count: "units", margin: { ratio: 1 }, limit: { ratio: 2 }, planned: 1500, ...failures },
});
const where = { stagePlan: 1, stageAt: 0, startedAt: 0, plannedMs: 3_600_000, stages: 1, stage: 0, share: 0.05 };
const ALARM = alarms([gate()], promised)["failures"];

interface Rates {
  readonly theta: number;
  readonly theta0: number;
  readonly n?: number;
  readonly n0?: number;
}

/** One second of counts. */
function second(random: Random, s: number, { theta, theta0, n = 50, n0 = 950 }: Rates): Measurement {
  const stable = { n: n0, bad: binomial(random, n0, theta0) };
  const canary = { n, bad: binomial(random, n, theta) };
  const window = { from: 1000 * s, to: 1000 * s + 1000 };
  return { kind: "counts", window, ticks: [{ at: 1000 * s, plan: 1, stable, canary }] };
}

const opened = (of: FailuresGate) => enterStage(of, initialEvidence(of), where, ALARM);

/** Seconds until it rolls back; `seconds` when it does not. */
function run(of: FailuresGate, begin: Evidence, seed: number, seconds: number, ratesAt: (s: number) => Rates): number {
  const random = seeded(seed);
  let evidence = begin;
  for (let s = 1; s <= seconds; s++) {
    evidence = fold(of, evidence, second(random, s, ratesAt(s)), where, ALARM);
    if (mergeHarm([of], { failures: evidence }, promised).rollback) return s;
  }
  return seconds;
}

const well = () => ({ theta: 0.01, theta0: 0.01 });
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

test("the mark is lower than everybody's, and falls with the number of failures that are planned", () => {
  const mark = plannedMark(0.05, 1, ALARM, 1500);
  expect(Math.exp(mark)).toBeGreaterThan(60);
  expect(Math.exp(mark)).toBeLessThan(80);
  expect(plannedMark(0.05, 1, ALARM, 15)).toBeLessThan(mark);
});

test("a good canary is taken back within the promise, in the window and after it", () => {
  const of = gate();
  const begin = opened(of);
  const runs = 400;
  // 150 seconds of the window, and as many after it
  const taken = Array.from({ length: runs }, (_, i) => run(of, begin, i, 300, well) < 300).filter(Boolean).length;
  expect(taken / runs).toBeLessThanOrEqual(0.01 + 3 * Math.sqrt((0.01 * 0.99) / runs));
});

test("harm is found about as soon as where overshoot is given back instead, and still found after the window", () => {
  const harm = () => ({ theta: 0.02, theta0: 0.01 });
  const [planned, plain] = [gate(), gate({ planned: undefined })].map((of) => {
    const begin = opened(of);
    return mean(Array.from({ length: 120 }, (_, i) => run(of, begin, 10_000 + i, 400, harm)));
  });
  expect(planned / plain).toBeLessThan(1.15);
  expect(planned / plain).toBeGreaterThan(0.85);
  const of = gate({ planned: 300 });
  const late = run(of, opened(of), 7, 600, (s) => ({ theta: s < 200 ? 0.01 : 0.06, theta0: 0.01 }));
  expect(late).toBeGreaterThan(200);
  expect(late).toBeLessThan(240);
});

test("the verdict says where the window is, and when it is over", () => {
  const of = gate({ planned: 100 });
  const random = seeded(5);
  let evidence = opened(of);
  const reason = () => judge(of, evidence, promised, 1).reason;
  for (let s = 1; s <= 4; s++) evidence = fold(of, evidence, second(random, s, well()), where, ALARM);
  expect(reason()).toMatch(/\(planned window: \d+ of 100 failures\)$/);
  for (let s = 5; s <= 30; s++) evidence = fold(of, evidence, second(random, s, well()), where, ALARM);
  expect(reason()).toMatch(/the planned window of 100 failures is over: a twentieth of the budget/);
  expect(judge(of, evidence, promised, 1).numbers).toMatchObject({ planned: 100, plannedMark: expect.any(Number) });
});

test("another share ends the window, and units that come in another share take its advantage away", () => {
  const of = gate();
  let evidence = opened(of);
  evidence = fold(of, evidence, second(seeded(1), 1, well()), where, ALARM);
  const moved = enterStage(of, evidence, { ...where, stage: 1, stages: 2, share: 0.25 }, ALARM);
  expect(moved).toMatchObject({ planned: { over: true }, bonus: Math.log(1 - 0.95) });
  expect(evidence).toMatchObject({ planned: { over: false } });
  expect((evidence as Evidence & { bonus: number }).bonus).toBeGreaterThan(0.2);
  let skewed = evidence;
  for (let s = 2; s < 12; s++)
    skewed = fold(of, skewed, second(seeded(s), s, { ...well(), n: 200, n0: 800 }), where, ALARM);
  expect((skewed as Evidence & { bonus: number }).bonus).toBeCloseTo(Math.log(0.95));
});

test("a planned gate has its own part of the budget and none of the average's", () => {
  const gates = [gate({}, "planned"), gate({ planned: undefined }, "plain")];
  const near = { kind: "failures", ...(initialEvidence(gates[0]) as object) };
  // each says 120: no gate reaches its own 200, and the average of the one that is averaged is 60
  const logs = Array<number>(6).fill(Math.log(120));
  const planned = {
    ...near,
    harm: { logs, stages: 0.05, minutes: 0.175 },
    planned: { over: false },
  } as unknown as Evidence;
  const plain = { ...near, harm: { logs, stages: 0.05, minutes: 0.175 } } as unknown as Evidence;
  expect(mergeHarm(gates, { planned, plain }, promised).rollback).toBe(false);
  expect(mergeHarm(gates, { planned: plain, plain }, promised).rollback).toBe(true);
});

test("no window where none is planned, or where the share is not known", () => {
  const of = gate();
  const { share: _unknown, ...nowhere } = where;
  expect(enterStage(of, initialEvidence(of), nowhere, ALARM)).not.toHaveProperty("planned");
  expect(enterStage(of, initialEvidence(of), where, Infinity)).not.toHaveProperty("planned");
  expect(opened(gate({ margin: { points: 0.01 } }))).not.toHaveProperty("planned");
});
