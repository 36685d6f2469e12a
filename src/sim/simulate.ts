/** Many invented releases of one document: how they end, how soon, and what they cost until then. */
import type { Outcome } from "../rollout/outcome.ts";
import type { Spec } from "../rollout/spec.ts";
import { truthOf, type Assumed } from "./assume.ts";
import { trial, type Trial } from "./trial.ts";

/** What is to be simulated. Plain JSON, for it crosses to worker threads. */
export interface Order {
  readonly spec: Spec;
  readonly assumed: Assumed;
  readonly horizonMs: number;
}

/** What the engine reads of a document, without what a thread need not be given. */
export function specOf(spec: Spec): Spec {
  const { name, stable, canary, assignment, matches, strategy, gates, hooks, promise } = spec;
  const { afterPromotion, whenUndecided } = spec;
  const arms = { stable, canary, assignment, matches };
  return { name, ...arms, strategy, gates, hooks, promise, afterPromotion, whenUndecided };
}

/** Trials of the seeds from `from` on. */
export function trials({ spec, assumed, horizonMs }: Order, from: number, count: number): Trial[] {
  const truth = truthOf(assumed);
  return Array.from({ length: count }, (_, i) => trial(spec, truth, from + i, horizonMs));
}

/** How a trial ended, or what it was doing when the time was up. */
export type Ending = Outcome | "waiting" | "underway";

export const endingOf = ({ outcome, waiting }: Trial): Ending => outcome ?? (waiting === null ? "underway" : "waiting");

/** Mean, median and what 19 of 20 stay below. */
export interface Spread {
  readonly mean: number;
  readonly median: number;
  readonly most: number;
}

/** All trials that ended in one way. */
export interface Group {
  readonly count: number;
  /** Share of all trials, and its 95 % interval (Wilson). */
  readonly share: number;
  readonly interval: readonly [low: number, high: number];
  /** Milliseconds from the start to the end; null for what has not ended. */
  readonly tookMs: Spread | null;
  /** Canary requests, and its failures above what stable's rate would have come to. */
  readonly requests: Spread;
  readonly extraFailures: Spread;
}

export interface Simulated {
  readonly trials: number;
  readonly horizonMs: number;
  readonly endings: Readonly<Partial<Record<Ending, Group>>>;
  /** How often each gate was (among) the guilty, of the rollbacks. */
  readonly guilty: Readonly<Record<string, number>>;
  /** Rollbacks by the step they happened in, from 0. */
  readonly steps: Readonly<Record<number, number>>;
}

export function summaryOf(all: readonly Trial[], { assumed, horizonMs }: Order): Simulated {
  const groups = Map.groupBy(all, endingOf);
  const of = (ones: readonly Trial[]): Group => ({
    count: ones.length,
    share: ones.length / all.length,
    interval: wilson(ones.length, all.length),
    tookMs: ones.every(({ tookMs }) => tookMs !== null) ? spread(ones.map(({ tookMs }) => tookMs ?? 0)) : null,
    requests: spread(ones.map(({ canary }) => canary.requests)),
    extraFailures: spread(ones.map(({ canary }) => canary.failures - assumed.stable.failures * canary.requests)),
  });
  const rolledBack = groups.get("rolledBack") ?? [];
  return {
    trials: all.length,
    horizonMs,
    endings: Object.fromEntries([...groups].map(([ending, ones]) => [ending, of(ones)])),
    guilty: countBy(rolledBack.flatMap(({ guilty }) => guilty)),
    steps: countBy(rolledBack.map(({ step }) => step)),
  };
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
  return { mean: values.reduce((a, b) => a + b, 0) / values.length, median: at(0.5), most: at(0.95) };
}

function countBy<Key extends string | number>(keys: readonly Key[]): Record<Key, number> {
  const counts = {} as Record<Key, number>;
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}

/** Where a share that was seen k times of n may lie, 95 % (Wilson, 1927). */
export function wilson(k: number, n: number): [low: number, high: number] {
  const [z, p] = [1.959964, k / n];
  const middle = p + (z * z) / (2 * n);
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return [Math.max(0, (middle - half) / scale), Math.min(1, (middle + half) / scale)];
}
