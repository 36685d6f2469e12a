/** What folding costs, in time and in room. Not deterministic: it is about this machine. */
import { alarms, fold, initialEvidence, type Evidence, type Measurement } from "../../src/analysis/evidence.ts";
import type { Histogram } from "../../src/analysis/measurement.ts";
import type { Gate } from "../../src/analysis/metric.ts";
import { bucketOf } from "../../src/stats/histogram.ts";
import { binomial, normal, poisson, seeded, type Random } from "../../src/stats/random.ts";

const base = { weight: 1, dryRun: false, source: { gateway: {} } };
const failures = (name: string): Gate => ({
  ...base,
  name,
  kind: "failures",
  failures: { of: ["5xx"], count: "units", margin: { ratio: 1.25 }, limit: { ratio: 2, points: 0.005 } },
});
const latency = (name: string): Gate => ({
  ...base,
  name,
  kind: "latency",
  latency: { count: "units", quantile: 0.99, ratio: 1.2, limit: 2 },
});
const threshold = (name: string): Gate => ({
  ...base,
  name,
  kind: "threshold",
  threshold: { value: "p99", arm: "canary", max: 500, everyMs: 60_000, failures: 5 },
});

function histogram(random: Random, n: number): Histogram {
  const done = new Map<number, number>();
  for (let i = 0; i < n; i++) {
    const bucket = bucketOf(40_000 * Math.exp(0.7 * normal(random)));
    done.set(bucket, (done.get(bucket) ?? 0) + 1);
  }
  return { done: [...done].toSorted(([a], [b]) => a - b), carried: [] };
}

const START = 1_800_000_000_000;
const MS = 250;
const where = { stagePlan: 1, stageAt: START, startedAt: START, plannedMs: 3_600_000, stages: 4, stage: 0 };

/** So few different ticks that they are as near at hand as what has just been counted is. */
const DRAWN = 64;

/** 1,000 requests a second, 5 % to the canary, ticks of a quarter of a second. */
function measurements(kind: Gate["kind"], many: number): Measurement[] {
  const random = seeded(5);
  const arm = (of: number) => ({ n: of, bad: binomial(random, of, 0.005) });
  const drawn = Array.from({ length: DRAWN }, () => {
    const [n, n0] = [poisson(random, 12.5), poisson(random, 237.5)];
    return kind === "latency"
      ? { stable: histogram(random, n0), canary: histogram(random, n) }
      : { stable: arm(n0), canary: arm(n) };
  });
  return Array.from({ length: many }, (_, k): Measurement => {
    const window = { from: START + k * MS, to: START + (k + 1) * MS };
    if (kind === "threshold") return { kind: "value", window, value: 300 };
    const ticks = [{ at: window.from, plan: 1, ...drawn[k % DRAWN] }];
    return { kind: kind === "latency" ? "histogram" : "counts", window, ticks } as Measurement;
  });
}

export interface Cost {
  readonly gate: string;
  readonly microseconds: number;
  readonly bytes: number;
}

/** The best of several passes: what others do on the machine only adds. */
function costOf(gate: Gate, many: number, passes: number): Cost {
  const all = measurements(gate.kind, many);
  const alarm = alarms([gate], { falseRollback: 0.01, falsePromotion: 0.01 })[gate.name];
  let [best, bytes] = [Infinity, 0];
  for (let pass = 0; pass < passes; pass++) {
    let evidence: Evidence = initialEvidence(gate);
    const before = performance.now();
    for (const measurement of all) evidence = fold(gate, evidence, measurement, where, alarm);
    best = Math.min(best, ((performance.now() - before) * 1000) / many);
    bytes = JSON.stringify(evidence).length;
  }
  return { gate: gate.kind, microseconds: best, bytes };
}

export const costs = (): Cost[] => [
  costOf(failures("failures"), 2000, 40),
  costOf(latency("latency"), 1000, 60),
  costOf(threshold("threshold"), 2000, 20),
];
