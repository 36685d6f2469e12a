/**
 * Native histograms, as the API writes them: the buckets that are not empty, each with its own edges. A process may
 * halve its resolution or widen its zero bucket at any moment; then the old buckets lie inside the new ones.
 */
import type { Buckets } from "../../stats/buckets.ts";
import type { Matrix } from "./api.ts";
import type { Minus, Series } from "./rises.ts";
import { wholeOf } from "./samples.ts";

export interface NativeBucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

export type Native = readonly NativeBucket[];

export function natives(matrix: Matrix): readonly Series<Native>[] {
  return matrix
    .filter(({ histograms }) => histograms.length > 0)
    .map(({ metric, histograms }) => ({
      labels: metric,
      role: "",
      samples: histograms.map(([seconds, { buckets }]) => [Math.round(seconds * 1000), buckets.map(bucketOf)] as const),
    }));
}

/** Nothing takes less than no time: what the zero bucket reaches below it is empty. */
const bucketOf = ([, lower, upper, count]: readonly [number, string, string, string]): NativeBucket => ({
  lower: Math.max(0, Number(lower)),
  upper: Number(upper),
  count: Number(count),
});

/** Bucket by bucket; null when any would be negative, or an old bucket fits into no new one. */
export const minusNative: Minus<Native> = (now, before) => {
  const rise = now.map((bucket) => ({ ...bucket }));
  for (const old of before) {
    const into = rise.find(({ lower, upper }) => lower <= old.lower && old.upper <= upper);
    if (into === undefined) {
      if (old.count > 0) return null;
      continue;
    }
    into.count -= old.count;
    if (into.count < -1e-6) return null;
  }
  return rise;
};

/** As buckets in microseconds; `scale` is how many seconds the histogram's own unit has. */
export function nativeBucketsOf(native: Native, scale: number): Buckets {
  const [bounds, counts]: [number[], number[]] = [[], []];
  let above = 0;
  for (const { lower, upper, count } of native.toSorted((a, b) => a.upper - b.upper)) {
    if (upper <= 0) continue;
    const [from, to] = [lower * scale * 1e6, upper * scale * 1e6];
    if (from > (bounds.at(-1) ?? 0)) {
      bounds.push(from);
      counts.push(0);
    }
    if (upper === Infinity) above = wholeOf(count, "a bucket");
    else {
      bounds.push(to);
      counts.push(wholeOf(count, "a bucket"));
    }
  }
  return { bounds, counts: [...counts, above] };
}

/** Finer than this is finer than what Serin counts in. */
const FINEST = 4;
/** 64 us to 134 s, as octaves of a second. */
const OCTAVES = { from: -14, to: 7 } as const;

/** The edges that a native histogram has where latencies lie, microseconds: by the ratio of two neighbours of its coarsest. */
export function nativeBounds(natives: readonly Native[], scale: number): readonly number[] {
  const schema = Math.min(FINEST, ...natives.map(schemaOf));
  const most = (OCTAVES.to - OCTAVES.from) * 2 ** schema;
  return Array.from(
    { length: Math.max(1, Math.floor(most) + 1) },
    (_, i) => 2 ** (OCTAVES.from + i * 2 ** -schema) * scale * 1e6,
  );
}

/** Buckets grow by 2^(2^-schema); the zero bucket says nothing. */
function schemaOf(native: Native): number {
  const bucket = native.find(({ lower, upper }) => lower > 0 && upper < Infinity);
  return bucket === undefined ? FINEST : Math.round(-Math.log2(Math.log2(bucket.upper / bucket.lower)));
}
