/** A whole release of invented traffic, folded and merged by the evidence as the engine does it. Seeded. */
import {
  alarms,
  enterStage,
  fold,
  initialEvidence,
  judge,
  mergeHarm,
  weightShares,
  type Evidence,
} from "../../src/analysis/evidence.ts";
import type { Circumstances } from "../../src/analysis/circumstances.ts";
import type { Histogram } from "../../src/analysis/measurement.ts";
import type { Gate } from "../../src/analysis/metric.ts";
import type { Promised } from "../../src/analysis/ruling.ts";
import { bucketOf } from "../../src/stats/histogram.ts";
import { binomial, poisson, seeded, type Random } from "../../src/stats/random.ts";
import { START } from "../analysis/made.ts";

/** What is true of a moment, in seconds since the start. */
export interface Nature {
  perSecond(t: number): number;
  /** Failure rate of stable. */
  theta0(t: number): number;
  /** The canary's failure rate, from stable's. */
  theta(theta0: number, t: number): number;
  /** Chances of the twelve latency levels, of stable and of the canary. */
  levels(t: number): readonly number[];
  canaryLevels(levels: readonly number[], t: number): readonly number[];
}

/** Latency levels, microseconds, each in a bucket of its own. */
const LEVELS = Array.from({ length: 12 }, (_, i) => 10_000 * 1.4 ** i);
const BUCKET = LEVELS.map(bucketOf);

function latencies(random: Random, n: number, chances: readonly number[]): Histogram {
  const done: [number, number][] = [];
  let [left, rest] = [n, 1];
  for (let i = 0; i < chances.length && left > 0; i++) {
    const count = i === chances.length - 1 ? left : binomial(random, left, Math.min(1, chances[i] / rest));
    if (count > 0) done.push([BUCKET[i], count]);
    left -= count;
    rest -= chances[i];
  }
  return { done, carried: [] };
}

export interface Plan {
  readonly gates: readonly Gate[];
  readonly promised: Promised;
  /** Share of the canary, and seconds, by stage. */
  readonly stages: readonly (readonly [share: number, seconds: number])[];
  readonly tickMs: number;
  /** Whether safety is looked at, too. */
  readonly promotes?: boolean;
}

export interface Ended {
  /** Seconds until the rollback; null when there was none. */
  readonly rolledBackAfter: number | null;
  readonly guilty: readonly string[];
  /** Stages in which every acting gate passed. */
  readonly passed: number;
}

/** Plays the stages in turn to their ends, or to a rollback. */
export function release(plan: Plan, nature: Nature, seed: number): Ended {
  const random = seeded(seed);
  const { gates, promised, stages, tickMs } = plan;
  const [marks, shares] = [alarms(gates, promised), weightShares(gates)];
  const evidence: Record<string, Evidence> = Object.fromEntries(
    gates.map((gate) => [gate.name, initialEvidence(gate)]),
  );
  const plannedMs = 1000 * stages.reduce((sum, [, seconds]) => sum + seconds, 0);
  let [at, passed] = [0, 0];
  for (const [stage, [share, seconds]] of stages.entries()) {
    const where: Circumstances = {
      stagePlan: stage + 1,
      stageAt: START + at,
      startedAt: START,
      plannedMs,
      stages: stages.length,
      stage,
    };
    for (const gate of gates) evidence[gate.name] = enterStage(gate, evidence[gate.name], where, marks[gate.name]);
    const shown = new Set<string>();
    for (const end = at + 1000 * seconds; at < end; at += tickMs) {
      const measured = tick(random, nature, at / 1000, share, tickMs / 1000);
      for (const gate of gates) {
        const { failures, latency } = measured;
        const arms = gate.kind === "latency" ? latency : failures;
        const one = { at: START + at, plan: stage + 1, ...arms };
        const window = { from: one.at, to: one.at + tickMs };
        const kind = gate.kind === "latency" ? "histogram" : "counts";
        evidence[gate.name] = fold(
          gate,
          evidence[gate.name],
          { kind, window, ticks: [one] } as never,
          where,
          marks[gate.name],
        );
        if (plan.promotes && judge(gate, evidence[gate.name], promised, shares[gate.name]).verdict === "pass")
          shown.add(gate.name);
      }
      const { rollback, guilty } = mergeHarm(gates, evidence, promised);
      if (rollback) return { rolledBackAfter: (at + tickMs) / 1000, guilty, passed };
    }
    if (gates.every((gate) => gate.dryRun || shown.has(gate.name))) passed++;
  }
  return { rolledBackAfter: null, guilty: [], passed };
}

function tick(random: Random, nature: Nature, t: number, share: number, seconds: number) {
  const n = poisson(random, nature.perSecond(t) * share * seconds);
  const n0 = poisson(random, nature.perSecond(t) * (1 - share) * seconds);
  const theta0 = nature.theta0(t);
  const levels = nature.levels(t);
  return {
    failures: {
      canary: { n, bad: binomial(random, n, nature.theta(theta0, t)) },
      stable: { n: n0, bad: binomial(random, n0, theta0) },
    },
    latency: {
      canary: latencies(random, n, nature.canaryLevels(levels, t)),
      stable: latencies(random, n0, levels),
    },
  };
}

/** Levels of a service at rest: most requests quick, one in a hundred a hundred times slower. */
const REST = [0.02, 0.08, 0.2, 0.25, 0.2, 0.12, 0.06, 0.03, 0.02, 0.01, 0.007, 0.003];

/** The same law moved up by a part of a level: a busy hour. */
export function shifted(levels: readonly number[], part: number): number[] {
  return levels.map(
    (p, i) => p * (1 - part) + (i > 0 ? levels[i - 1] * part : 0) + (i === levels.length - 1 ? p * part : 0),
  );
}

/**
 * Everything that happens to services and is no fault of the canary: the level of failures drifts to three times
 * itself, latencies swing, traffic comes and goes (to nearly nothing), and now and then a shock hits both arms.
 */
export function weather(perSecond: number, theta0: number): Nature {
  const shock = (t: number) => (Math.floor(t / 7) % 9 === 3 ? 12 : 1);
  return {
    perSecond: (t) => perSecond * (Math.floor(t / 20) % 5 === 4 ? 0.02 : 1 + 0.5 * Math.sin(t / 30)),
    theta0: (t) => Math.min(0.5, theta0 * (1 + t / 150) * shock(t)),
    theta: (rate) => rate,
    levels: (t) => shifted(shifted(REST, 0.5 + 0.5 * Math.sin(t / 40)), shock(t) > 1 ? 0.9 : 0),
    canaryLevels: (levels) => levels,
  };
}
