/** Gates, circumstances and measurements made for tests of the evidence. */
import type { Circumstances } from "../../src/analysis/circumstances.ts";
import type { Counts, Histogram, Measurement } from "../../src/analysis/measurement.ts";
import type { FailuresGate, LatencyGate, MeanGate, SeriesGate, ThresholdGate } from "../../src/analysis/metric.ts";
import type { Promised } from "../../src/analysis/ruling.ts";
import { bucketOf } from "../../src/stats/histogram.ts";
import { normal, type Random } from "../../src/stats/random.ts";
import { differencesOf, Spreading } from "../../src/stats/spread.ts";

export const promised: Promised = { falseRollback: 0.01, falsePromotion: 0.01 };
/** ln of the evidence at which a gate with the whole budget rolls back. */
export const ALARM = -Math.log(promised.falseRollback);

const base = { weight: 1, dryRun: false, source: { gateway: {} } };

export function failuresGate(
  failures: Partial<FailuresGate["failures"]> = {},
  rest: Partial<FailuresGate> = {},
): FailuresGate {
  return {
    name: "failures",
    ...base,
    kind: "failures",
    failures: { of: ["5xx"], count: "units", margin: { ratio: 1.25 }, limit: { ratio: 2, points: 0.005 }, ...failures },
    ...rest,
  };
}

export function latencyGate(
  latency: Partial<LatencyGate["latency"]> = {},
  rest: Partial<LatencyGate> = {},
): LatencyGate {
  return {
    name: "latency",
    ...base,
    kind: "latency",
    latency: { count: "units", quantile: 0.99, ratio: 1.2, limit: 2, ...latency },
    ...rest,
  };
}

export function meanGate(mean: Partial<MeanGate["mean"]> = {}, rest: Partial<MeanGate> = {}): MeanGate {
  return {
    name: "tokens",
    ...base,
    kind: "mean",
    mean: {
      worse: "higher",
      floor: 0,
      cap: 2000,
      margin: { ratio: 1.1 },
      limit: { ratio: 1.2 },
      pairs: false,
      unit: "tokens",
      ...mean,
    },
    ...rest,
  };
}

export function seriesGate(series: Partial<SeriesGate["series"]> = {}, rest: Partial<SeriesGate> = {}): SeriesGate {
  return {
    name: "load",
    ...base,
    kind: "series",
    series: {
      value: "load",
      worse: "higher",
      everyMs: 60_000,
      margin: { ratio: 1.1 },
      limit: { ratio: 1.2 },
      block: 3,
      history: { points: 60, correlation: 0 },
      unit: "",
      ...series,
    },
    ...rest,
  };
}

export function thresholdGate(
  threshold: Partial<ThresholdGate["threshold"]> = {},
  rest: Partial<ThresholdGate> = {},
): ThresholdGate {
  return {
    name: "limit",
    ...base,
    kind: "threshold",
    threshold: { value: "p99", arm: "canary", max: 500, everyMs: 60_000, failures: 3, ...threshold },
    ...rest,
  };
}

export const START = 1_800_000_000_000;

/** One stage that is planned to take an hour. */
export const where: Circumstances = {
  stagePlan: 1,
  stageAt: START,
  startedAt: START,
  plannedMs: 3_600_000,
  stages: 1,
  stage: 0,
};

export interface Counted {
  readonly stable: Counts;
  readonly canary: Counts;
  readonly plan?: number;
}

/** Ticks of `ms`, from the k-th on. */
export function counts(ticks: readonly Counted[], ms = 1000, from = 0): Measurement & { readonly kind: "counts" } {
  return {
    kind: "counts",
    window: { from: START + from * ms, to: START + (from + ticks.length) * ms },
    ticks: ticks.map(({ stable, canary, plan = 1 }, k) => ({ at: START + (from + k) * ms, plan, stable, canary })),
  };
}

export interface Seen {
  readonly stable: Histogram;
  readonly canary: Histogram;
  readonly plan?: number;
}

export function histograms(ticks: readonly Seen[], ms = 1000, from = 0): Measurement & { readonly kind: "histogram" } {
  return {
    kind: "histogram",
    window: { from: START + from * ms, to: START + (from + ticks.length) * ms },
    ticks: ticks.map(({ stable, canary, plan = 1 }, k) => ({ at: START + (from + k) * ms, plan, stable, canary })),
  };
}

export interface Amounted {
  readonly stable: readonly number[];
  readonly canary: readonly number[];
  /** [stable, canary] of what belongs together. */
  readonly pairs?: readonly (readonly [number, number])[];
  readonly plan?: number;
}

/** Amounts of ticks as a source of the gate would give them. */
export function amounts(
  { mean: { floor, cap } }: MeanGate,
  ticks: readonly Amounted[],
  ms = 1000,
  from = 0,
): Measurement & { readonly kind: "mean" } {
  const of = (values: readonly number[], range = { floor, cap }) => {
    const spreading = new Spreading(range);
    for (const each of values) spreading.add(each);
    return { spread: spreading.spread, outside: spreading.outside };
  };
  return {
    kind: "mean",
    window: { from: START + from * ms, to: START + (from + ticks.length) * ms },
    ticks: ticks.map(({ stable, canary, pairs, plan = 1 }, k) => ({
      at: START + (from + k) * ms,
      plan,
      stable: of(stable),
      canary: of(canary),
      ...(pairs && {
        pairs: differencesOf(
          pairs.map(([y, x]) => x - y),
          cap - floor,
        ),
      }),
    })),
    floor,
    cap,
    each: "value",
  };
}

/** One interval of a series. */
export function interval(
  gate: SeriesGate,
  stable: number | null,
  canary: number | null,
  from = 0,
): Measurement & { readonly kind: "values" } {
  const { everyMs } = gate.series;
  return {
    kind: "values",
    window: { from: START + from * everyMs, to: START + (from + 1) * everyMs },
    stable: { [gate.name]: stable },
    canary: { [gate.name]: canary },
  };
}

/** Latencies in microseconds as a histogram. */
export function histogramOf(us: readonly number[]): Histogram {
  const done = new Map<number, number>();
  for (const at of us) done.set(bucketOf(at), (done.get(bucketOf(at)) ?? 0) + 1);
  return { done: [...done].toSorted(([a], [b]) => a - b), carried: [] };
}

/** n lognormal latencies with a median of 40 ms. */
export const lognormal = (random: Random, n: number, factor = 1, sigma = 0.7): number[] =>
  Array.from({ length: n }, () => 40_000 * factor * Math.exp(sigma * normal(random)));

export const noData = (from = 0, reason = "there were no requests"): Measurement => ({
  kind: "noData",
  window: { from: START + from * 1000, to: START + (from + 1) * 1000 },
  reason,
});
export const failed = (from = 0, reason = "connection refused"): Measurement => ({
  kind: "error",
  window: noData(from).window,
  reason,
});
export const value = (x: number, from = 0): Measurement => ({
  kind: "value",
  window: { from: START + from * 60_000, to: START + (from + 1) * 60_000 },
  value: x,
});
