/** Requests in bursts, through the gate itself: what the promise is worth with tempering, and that units need none. */
import { expect, test } from "vitest";
import { binomial, geometric, poisson, seeded, type Random } from "../stats/random.ts";
import { alarms, enterStage, fold, initialEvidence, judge, mergeHarm, type Evidence } from "./evidence.ts";
import type { Measurement } from "./measurement.ts";
import type { FailuresGate } from "./metric.ts";
import { tempered } from "./temper.ts";

const promised = { falseRollback: 0.05, falsePromotion: 0.01 };
const gate = (count: "units" | "requests"): FailuresGate => ({
  name: "failures",
  kind: "failures",
  weight: 1,
  dryRun: false,
  source: { gateway: {} },
  failures: { of: ["5xx"], count, margin: { ratio: 1 }, limit: { ratio: 2 } },
});
const where = { stagePlan: 1, stageAt: 0, startedAt: 0, plannedMs: 900_000, stages: 1, stage: 0 };
const ALARM = alarms([gate("requests")], promised)["failures"];

/** Failures of clients that fail in bursts of mean 3. */
function clustered(random: Random, mean: number): number {
  let sum = 0;
  for (let client = poisson(random, mean / 3); client > 0; client--) sum += geometric(random, 1 / 3);
  return sum;
}

type Draw = (random: Random, mean: number, n: number) => number;
const bursts: Draw = (random, mean, n) => Math.min(n, clustered(random, mean));
const singly: Draw = (random, mean, n) => binomial(random, n, mean / n);

function second(random: Random, s: number, draw: Draw, times = 1): Measurement {
  const canary = { n: 50, bad: draw(random, 0.25 * times, 50) };
  const stable = { n: 950, bad: draw(random, 4.75, 950) };
  const at = 1_000_000 + 1000 * s;
  return { kind: "counts", window: { from: at, to: at + 1000 }, ticks: [{ at, plan: 1, stable, canary }] };
}

/** The evidence after so many seconds, and when it took the release back. */
function played(of: FailuresGate, seed: number, seconds: number, draw: Draw, timesAt = (_second: number) => 1) {
  const random = seeded(seed);
  let evidence: Evidence = enterStage(of, initialEvidence(of), where, ALARM);
  for (let s = 0; s < seconds; s++) {
    evidence = fold(of, evidence, second(random, s, draw, timesAt(s)), where, ALARM);
    if (mergeHarm([of], { failures: evidence }, promised).rollback) return { evidence, taken: s };
  }
  return { evidence, taken: null };
}

test("requests that fail in bursts: the rate of false rollbacks is within the promise", () => {
  const runs = 120;
  const taken = Array.from({ length: runs }, (_, i) => played(gate("requests"), i, 600, bursts).taken !== null);
  expect(taken.filter(Boolean).length / runs).toBeLessThan(0.05 + 2 * Math.sqrt((0.05 * 0.95) / runs));
  // the same counts taken for those of single people: what tempering is for
  const untempered = Array.from({ length: 40 }, (_, i) => played(gate("units"), i, 600, bursts).taken !== null);
  expect(untempered.filter(Boolean).length / 40).toBeGreaterThan(0.2);
});

test("harm is still found, and the verdict says what a request counts", () => {
  const { evidence, taken } = played(gate("requests"), 3, 600, bursts, (s) => (s < 60 ? 1 : 8));
  expect(taken).toBeGreaterThan(59);
  const { reason, numbers } = judge(gate("requests"), evidence, promised, 1);
  expect(reason).toMatch(/\(requests fail in bursts: each counts as 0\.\d+\)$/);
  expect(numbers["countsAs"]).toBeCloseTo(1 / numbers["bursts"]);
  expect(numbers["bursts"]).toBeGreaterThan(3);
});

test("requests that fail one by one count in full after a while, and nothing is said of bursts", () => {
  const { evidence } = played(gate("requests"), 4, 600, singly);
  const { reason, numbers } = judge(gate("requests"), evidence, promised, 1);
  expect(reason).not.toMatch(/bursts/);
  expect(numbers["countsAs"]).toBeGreaterThan(0.85);
});

test("requests that are assigned alone are taken apart by that, and not tempered", () => {
  const of = gate("requests");
  const { evidence } = played({ ...of, failures: { ...of.failures, alone: true } }, 6, 30, bursts);
  expect(evidence).not.toHaveProperty("bursts");
});

test("units are not tempered", () => {
  const { evidence } = played(gate("units"), 5, 60, singly);
  expect(evidence).not.toHaveProperty("bursts");
  expect(judge(gate("units"), evidence, promised, 1).numbers).not.toHaveProperty("countsAs");
});

test("what was added counts its part, what was there stays", () => {
  const logs = [1, 2];
  tempered(logs, 4, () => {
    logs[0] += 4;
    logs[1] -= 8;
  });
  expect(logs).toEqual([2, 0]);
  tempered(logs, 1, () => (logs[0] += 1));
  expect(logs).toEqual([3, 0]);
});
