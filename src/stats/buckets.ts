/**
 * Histograms with buckets of somebody else's: Prometheus classic (any bounds) and native (exponential). What lies in a
 * bucket is known only to lie between its bounds, so it is placed into the fixed buckets of `histogram.ts` at one end
 * or the other: whichever speaks less for the finding that is at stake.
 */
import { SerinError } from "../errors.ts";
import { requireCount } from "./inputs.ts";
import { BUCKETS, bucketOf, lowerEdge, type SparseCounts } from "./histogram.ts";

/** counts[i] latencies in (bounds[i - 1], bounds[i]] microseconds, bounds ascending; the last of counts lies above all bounds. */
export interface Buckets {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

function refuse(what: string): never {
  throw new SerinError("STATISTICS_INPUT", what);
}

/** Throws STATISTICS_INPUT unless bounds ascend, counts are whole, and there is one more of them. */
export function requireBuckets({ bounds, counts }: Buckets): void {
  if (counts.length !== bounds.length + 1) refuse(`${bounds.length} bounds part ${counts.length} buckets`);
  for (const count of counts) requireCount(count, "count");
  bounds.forEach((bound, i) => {
    if (!(bound > (i === 0 ? 0 : bounds[i - 1]) && bound < Infinity))
      refuse(`bounds must be positive and ascend, found ${bound}`);
  });
}

/**
 * Prometheus classic: cumulative counts by `le`, in seconds, the last of them +Inf. Both are what was *counted* in a
 * window (differences of counters), never `rate` or `increase`, which are not whole.
 */
export function classicBuckets(le: readonly number[], cumulative: readonly number[]): Buckets {
  if (le.length !== cumulative.length) refuse(`${le.length} bounds for ${cumulative.length} cumulative counts`);
  if (le.at(-1) !== Infinity) refuse(`the last bound must be Infinity, found ${le.at(-1)}`);
  const counts = cumulative.map((count, i) => {
    requireCount(count, "cumulative count");
    const below = i === 0 ? 0 : cumulative[i - 1];
    return count >= below ? count - below : refuse(`cumulative counts must not fall, found ${count} after ${below}`);
  });
  const buckets = { bounds: le.slice(0, -1).map((seconds) => seconds * 1e6), counts };
  requireBuckets(buckets);
  return buckets;
}

/** A Prometheus native histogram: bucket i holds (g^(i-1), g^i] seconds with g = 2^(2^-schema). */
export interface Native {
  /** -4 (coarse) to 8 (fine). */
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: SparseCounts;
}

/** How wide a native bucket is: its upper bound over its lower; 1.09 for schema 3. */
export function nativeGrowth(schema: number): number {
  if (!(Number.isInteger(schema) && schema >= -4 && schema <= 8))
    refuse(`schema must be a whole number from -4 to 8, found ${schema}`);
  return 2 ** (2 ** -schema);
}

/** The same histogram in a coarser schema: arms are compared in the coarser of theirs. */
export function coarser(native: Native, schema: number): Native {
  nativeGrowth(schema);
  if (schema > native.schema) refuse(`schema ${schema} is finer than ${native.schema}`);
  const joined = 2 ** (native.schema - schema);
  const positive = new Map<number, number>();
  for (const [i, count] of native.positive) {
    const into = Math.ceil(i / joined);
    positive.set(into, (positive.get(into) ?? 0) + count);
  }
  return { ...native, schema, positive: [...positive].toSorted(([a], [b]) => a - b) };
}

/** A native histogram's buckets from the lowest that is not empty to the highest. */
export function nativeBuckets({ schema, zeroThreshold, zeroCount, positive }: Native): Buckets {
  const growth = nativeGrowth(schema);
  const sorted = positive.filter(([, count]) => count !== 0).toSorted(([a], [b]) => a - b);
  const first = sorted[0]?.[0] ?? 0;
  const last = sorted.at(-1)?.[0] ?? first - 1;
  const edges = Array.from({ length: last - first + 2 }, (_, i) => growth ** (first - 1 + i) * 1e6);
  const hasZero = zeroThreshold * 1e6 < edges[0] && zeroThreshold > 0;
  const counts = Array<number>(last - first + 1).fill(0);
  for (const [i, count] of sorted) counts[i - first] = count;
  const buckets = {
    bounds: hasZero ? [zeroThreshold * 1e6, ...edges] : edges,
    counts: hasZero ? [zeroCount, 0, ...counts, 0] : [zeroCount, ...counts, 0],
  };
  requireBuckets(buckets);
  return buckets;
}

/** Everything at the lower (`low`) or the upper end of its bucket, in the fixed buckets. */
export function placed({ bounds, counts }: Buckets, end: "low" | "high"): [bucket: number, count: number][] {
  const sums = new Map<number, number>();
  counts.forEach((count, i) => {
    if (count === 0) return;
    const bucket = end === "low" ? bucketOf(i === 0 ? 0 : bounds[i - 1]) : bucketOf(bounds[i] ?? Infinity);
    sums.set(bucket, (sums.get(bucket) ?? 0) + count);
  });
  return [...sums].toSorted(([a], [b]) => a - b);
}

/**
 * What a fixed boundary comes to with these bounds, microseconds: placed high, all above the highest bound below it
 * counts as over it; placed low, only what is above the lowest bound not below it. 0 and Infinity where there is none.
 */
export function effective(bounds: readonly number[], boundary: number, end: "low" | "high"): number {
  if (boundary < 1 || boundary >= BUCKETS) refuse(`boundary must be from 1 to ${BUCKETS - 1}, found ${boundary}`);
  if (end === "high") return bounds.findLast((bound) => bucketOf(bound) < boundary) ?? 0;
  return bounds.find((bound) => bound >= lowerEdge(boundary)) ?? Infinity;
}
