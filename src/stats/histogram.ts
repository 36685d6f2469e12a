/**
 * The fixed latency boundaries that the gateway counts into and the gates compare at. Microseconds; 16 linear
 * sub-buckets per octave (a bucket is 3 to 6 % wide) from 64 us to 134 s, with one bucket below and one above.
 * Fixed boundaries make counts above a boundary additive over ticks, workers and machines, which no adaptive
 * sketch offers. The index is read from the exponent and the first four fraction bits of a double.
 */
import { SerinError } from "../errors.ts";
import { requireCount, requireInner } from "./inputs.ts";

const SUB = 16;
const FIRST_OCTAVE = 6; // 2^6 = 64 us
const OCTAVES = 21; // up to 2^27 us = 134.2 s

/** Bucket 0 is below 64 us, bucket BUCKETS - 1 from 134.2 s on. */
export const BUCKETS = OCTAVES * SUB + 2;
const OVERFLOW = BUCKETS - 1;

const LOWEST = 2 ** FIRST_OCTAVE;
const HIGHEST = 2 ** (FIRST_OCTAVE + OCTAVES);
/** Exponent and four fraction bits of 64 as they stand in a double. */
const BASE = (1023 + FIRST_OCTAVE) * SUB;

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);
double[0] = 1;
/** Which half carries the exponent depends on the machine's byte order. */
const HIGH_HALF = halves[1] === 0 ? 0 : 1;

/** The bucket of a latency in microseconds: bucketOf(64) = 1, bucketOf(1000) = 64. Throws STATISTICS_INPUT below 0 and for NaN. */
export function bucketOf(us: number): number {
  if (us >= LOWEST && us < HIGHEST) {
    double[0] = us;
    return (halves[HIGH_HALF] >>> 16) - BASE + 1;
  }
  if (us >= HIGHEST) return OVERFLOW;
  if (us >= 0) return 0;
  throw new SerinError("STATISTICS_INPUT", `us must be a latency of at least 0 microseconds, found ${us}`);
}

const edges = Float64Array.from({ length: BUCKETS + 1 }, (_, i) => {
  if (i === 0) return 0;
  if (i > OVERFLOW) return Infinity;
  return 2 ** (FIRST_OCTAVE + Math.floor((i - 1) / SUB)) * (1 + ((i - 1) % SUB) / SUB);
});

/** Where bucket i begins, microseconds; also "boundary i": a latency has crossed boundary i when its bucket is i or higher. */
export function lowerEdge(i: number): number {
  requireBucket(i);
  return edges[i];
}

/** Where bucket i ends (exclusive), microseconds; Infinity for the last. */
export function upperEdge(i: number): number {
  requireBucket(i);
  return edges[i + 1];
}

const isBucket = (i: number) => i >= 0 && i < BUCKETS && (i | 0) === i;

function requireBucket(i: number): void {
  if (isBucket(i)) return;
  throw new SerinError("STATISTICS_INPUT", `bucket must be a whole number from 0 to ${BUCKETS - 1}, found ${i}`);
}

/** The first boundary at or above a latency in microseconds, or null when there is none below infinity. */
export function boundaryAtOrAbove(us: number): number | null {
  const bucket = bucketOf(us);
  if (edges[bucket] === us) return bucket;
  return bucket === OVERFLOW ? null : bucket + 1;
}

/** Sparse counts: [bucket, count] pairs. */
export type SparseCounts = readonly (readonly [bucket: number, count: number])[];

/** Finished requests by bucket, and a difference array over boundaries for those still in flight (see Measurement). */
export interface SparseHistogram {
  readonly done: SparseCounts;
  readonly carried: SparseCounts;
}

/** How many were newly seen to last at least lowerEdge(boundary): done above it, or in flight and older. */
export function crossed(histogram: SparseHistogram, boundary: number): number {
  requireBucket(boundary);
  let sum = carriedTo(histogram.carried, boundary);
  for (const [bucket, count] of histogram.done) if (bucket >= boundary) sum += count;
  return sum;
}

/** How many were newly seen to be on one side of the boundary: done below it, or crossed it. */
export function resolved(histogram: SparseHistogram, boundary: number): number {
  requireBucket(boundary);
  let sum = carriedTo(histogram.carried, boundary);
  for (const [, count] of histogram.done) sum += count;
  return sum;
}

function carriedTo(carried: SparseCounts, boundary: number): number {
  let sum = 0;
  for (const [at, delta] of carried) if (at <= boundary) sum += delta;
  return sum;
}

/** Throws STATISTICS_INPUT unless the bucket exists and the count is whole and not negative. */
export function requireEntry(bucket: number, count: number): void {
  if (isBucket(bucket) && count >= 0 && Number.isSafeInteger(count)) return;
  requireBucket(bucket);
  requireCount(count, "done");
}

/** Throws STATISTICS_INPUT unless every boundary exists and differences are whole. */
export function requireCarried(carried: SparseCounts): void {
  for (let i = 0; i < carried.length; i++) {
    const entry = carried[i];
    if (isBucket(entry[0]) && Number.isSafeInteger(entry[1])) continue;
    requireBucket(entry[0]);
    requireCount(Math.abs(entry[1]), "carried");
  }
}

/** Throws STATISTICS_INPUT unless both are as above. */
export function requireHistogram({ done, carried }: SparseHistogram): void {
  for (let i = 0; i < done.length; i++) requireEntry(done[i][0], done[i][1]);
  requireCarried(carried);
}

/**
 * The q-quantile of sparse counts in microseconds, interpolated inside its bucket; null when there are none.
 * For display: a value in the last bucket is reported as that bucket's lower edge.
 */
export function quantile(counts: SparseCounts, q: number): number | null {
  requireInner(q, "q");
  const sorted = counts.toSorted((a, b) => a[0] - b[0]);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  if (total <= 0) return null;
  let below = 0;
  for (const [bucket, count] of sorted) {
    if (count > 0 && below + count >= q * total) {
      const width = bucket === OVERFLOW ? 0 : upperEdge(bucket) - lowerEdge(bucket);
      return lowerEdge(bucket) + (width * (q * total - below)) / count;
    }
    below += count;
  }
  return null;
}

/** Two sparse difference or count lists as one, sorted, zeros left out. */
export function addSparse(a: SparseCounts, b: SparseCounts): [bucket: number, count: number][] {
  const sums = new Map<number, number>();
  for (const [bucket, count] of [...a, ...b]) sums.set(bucket, (sums.get(bucket) ?? 0) + count);
  return [...sums].filter(([, count]) => count !== 0).toSorted(([i], [j]) => i - j);
}
