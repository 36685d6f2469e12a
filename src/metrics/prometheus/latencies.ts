/**
 * Latencies of both arms from Prometheus' histograms: classic ones (series by `le`) and native ones (one series of whole
 * histograms). What lies in a bucket is placed where it says least for the finding that is at stake (`coarse.ts`).
 */
import { coarseHistogram } from "../../analysis/coarse.ts";
import { arms, type Arm, type Histogram, type Measurement } from "../../analysis/measurement.ts";
import { classicBuckets, type Buckets } from "../../stats/buckets.ts";
import { addSparse } from "../../stats/histogram.ts";
import { ofBoth, type Look } from "../questions.ts";
import type { Labels, Matrix, PrometheusApi } from "./api.ts";
import { minusNative, nativeBounds, nativeBucketsOf, natives } from "./native.ts";
import { targetsOf, type Rise } from "./rises.ts";
import { counters, minusCounter, samplesOf, wholeOf } from "./samples.ts";
import { place, requireScrapes, type Placed, type Span } from "./spans.ts";

export type Unit = "seconds" | "milliseconds";

/** Histograms of one process in one interval, bucket by bucket. */
interface Read {
  readonly byInterval: ReadonlyMap<number, readonly Buckets[]>;
  /** The edges that all of them have, microseconds. */
  readonly bounds: readonly number[];
  readonly gaps: readonly string[];
}

export async function latenciesFrom(
  api: PrometheusApi,
  selectors: Readonly<Record<Arm, string>>,
  { window, split, signal }: Look,
  { every, unit }: { readonly every: number; readonly unit: Unit },
): Promise<Measurement> {
  const span: Span = { window, every, since: split.since };
  const read = await ofBoth(async (arm) => {
    const matrix = await samplesOf(api, selectors[arm], span, signal);
    return matrix.length === 0 ? null : readOf(arm, matrix, span, unit);
  });
  const missing = arms.find((arm) => read[arm] === null);
  if (missing !== undefined)
    return { kind: "noData", window, reason: `no series of ${missing} match ${selectors[missing]}` };
  return ticksOf(read as Readonly<Record<Arm, Read>>, span, split.plan);
}

function readOf(arm: Arm, matrix: Matrix, span: Span, unit: Unit): Read {
  const isNative = matrix.some(({ histograms }) => histograms.length > 0);
  return isNative ? nativeRead(arm, matrix, span, unit) : classicRead(arm, matrix, span, unit);
}

function classicRead(arm: Arm, matrix: Matrix, span: Span, unit: Unit): Read {
  const targets = targetsOf(counters(matrix, ""), minusCounter);
  requireScrapes(targets, span.every);
  const { byInterval, gaps } = bucketed(place(arm, targets, span), (rise) => classicOf(rise, unit));
  const all = [...byInterval.values()].flat().map(({ bounds }) => bounds);
  return { byInterval, bounds: all.length === 0 ? [] : all.reduce(common), gaps };
}

function nativeRead(arm: Arm, matrix: Matrix, span: Span, unit: Unit): Read {
  const targets = targetsOf(natives(matrix), minusNative);
  requireScrapes(targets, span.every);
  const placed = place(arm, targets, span);
  const read = bucketed(placed, ({ of }) => of.map(({ rise }) => nativeBucketsOf(rise, scaleOf(unit))));
  const all = [...placed.byInterval.values()].flat().flatMap(({ of }) => of.map(({ rise }) => rise));
  return { ...read, bounds: nativeBounds(all, scaleOf(unit)) };
}

function bucketed<T>(placed: Placed<T>, of: (rise: Rise<T>) => readonly Buckets[]): Omit<Read, "bounds"> {
  const byInterval = [...placed.byInterval].map(([index, rises]) => [index, rises.flatMap(of)] as const);
  return { byInterval: new Map(byInterval), gaps: placed.gaps };
}

/** Where one has fewer edges, that is as fine as it gets. */
function common(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a === b) return a;
  const known = new Set(b);
  return a.filter((bound) => known.has(bound));
}

/** In seconds. */
const scaleOf = (unit: Unit) => (unit === "seconds" ? 1 : 1e-3);

/** Series that differ by `le` alone are one histogram. */
function classicOf({ of }: Rise<number>, unit: Unit): readonly Buckets[] {
  const groups = Map.groupBy(of, ({ labels }) => keyOf(labels));
  return [...groups.values()].map((series) => {
    const sorted = series.map(({ labels, rise }) => ({ le: boundOf(labels), rise })).toSorted((a, b) => a.le - b.le);
    return classicBuckets(
      sorted.map(({ le }) => le * scaleOf(unit)),
      sorted.map(({ rise }) => wholeOf(rise, "a bucket")),
    );
  });
}

const keyOf = ({ le: _le, ...rest }: Labels): string =>
  JSON.stringify(Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1)));
const boundOf = ({ le = "" }: Labels): number => (le === "+Inf" ? Infinity : le === "" ? NaN : Number(le));

function ticksOf(read: Readonly<Record<Arm, Read>>, { window, every }: Span, plan: number): Measurement {
  const indices = arms.flatMap((arm) => [...read[arm].byInterval.keys()]);
  const sorted = [...new Set(indices)].toSorted((a, b) => a - b);
  const ticks = sorted
    .map((index) => ({
      at: window.from + index * every,
      plan,
      stable: summed(read.stable.byInterval.get(index) ?? [], "stable"),
      canary: summed(read.canary.byInterval.get(index) ?? [], "canary"),
    }))
    .filter(({ stable, canary }) => stable.done.length > 0 || canary.done.length > 0);
  const gaps = arms.flatMap((arm) => read[arm].gaps);
  const gap = gaps.length === 0 ? {} : { gap: gaps.join("; ") };
  if (ticks.length === 0 && gaps.length === 0) return { kind: "noData", window, reason: "nothing was counted" };
  return { kind: "histogram", window, ticks, bounds: boundsOf(read), ...gap };
}

function summed(all: readonly Buckets[], arm: Arm): Histogram {
  const histograms = all.map((buckets) => coarseHistogram(buckets, arm));
  return {
    done: histograms.reduce<Histogram["done"]>((sum, { done }) => addSparse(sum, done), []),
    carried: [],
    doneForSafety: histograms.reduce<Histogram["done"]>(
      (sum, { doneForSafety = [] }) => addSparse(sum, doneForSafety),
      [],
    ),
  };
}

/** An arm without a request has no edges to tell of. */
function boundsOf({ stable, canary }: Readonly<Record<Arm, Read>>): readonly number[] {
  if (stable.bounds.length === 0) return canary.bounds;
  return canary.bounds.length === 0 ? stable.bounds : common(stable.bounds, canary.bounds);
}
