/**
 * What one worker tells of one tick: the message from the recorder (in a worker) to the tally (in the host).
 * Typed arrays throughout: the host gets them by structured clone.
 *
 * A tick is how finely traffic is recorded, and so how soon a release that harms can be noticed. Ticks begin and end at
 * fixed moments: ends that depended on what was counted would break the statistics.
 */
import { failureKinds } from "../analysis/metric.ts";
import { SLICES } from "../analysis/strip.ts";

/** Length of a tick in milliseconds, an even part of a second. */
export const TICK_MS = 250;

/** The tick that a moment falls into, numbered from the epoch. It lasts from `n * TICK_MS` to `(n + 1) * TICK_MS`. */
export const tickOf = (ms: number): number => Math.floor(ms / TICK_MS);

/** Streams of traffic that are recorded apart. `original` is what `copy` is a copy of. */
export const tracks = [
  "assigned.stable",
  "assigned.canary",
  "forced.stable",
  "forced.canary",
  "original",
  "copy",
] as const;
export type Track = (typeof tracks)[number];

/** Columns of a track's counts. `requests` got an answer or failed for good; `abandoned` were given up by the client. */
export const REQUESTS = 0;
/** The four failure kinds follow in the order of `failureKinds`: a request has at most one. */
export const FAILED = 1;
export const ABANDONED = 5;
/** Requests that belong to no unit, and their failures: each is a unit of its own. */
export const SOLO = 6;
export const SOLO_FAILED = 7;
export const COLUMNS = 11;

/**
 * Stable's assigned requests are counted once more by slice, for the A/A strip (`analysis/strip.ts`). Slices are cut by
 * low bits of the unit's name, which neither chose its arm nor whether it is copied.
 */
export const SLICE_COLUMNS = 1 + 4;
export const sliceOf = (unitLo: number): number => ((unitLo & 0xffff) * SLICES) >>> 16;

/**
 * Flags of a unit in one tick. Three groups of five bits (assigned, original, copy): one bit for each failure kind
 * and one that says the unit got an answer. An assigned unit has one arm under a plan: `CANARY` says which.
 */
export const GROUP_BITS = 5;
export const ASSIGNED = 0;
export const ORIGINAL = 1;
export const COPY = 2;
export const KIND_MASK = 0b1111;
export const ANSWERED = 0b10000;
/** A first attempt found nobody to connect to. */
export const CONNECT_FAILED = 1 << failureKinds.indexOf("connect");
export const CANARY = 1 << 16;
/** Met an arm by a forced match. */
export const FORCED_STABLE = 1 << 17;
export const FORCED_CANARY = 1 << 18;
/** A request of it began in this tick: further ones do not enter the latency of units. */
export const BEGUN = 1 << 19;
/** Met the arm without getting an answer: the client gave up. */
export const GAVE_UP = 1 << 22;

/** Sparse [bucket, count, ...] and [boundary, delta, ...], see Histogram in `analysis/measurement.ts`. */
export interface FlatHistogram {
  readonly done: Int32Array;
  readonly carried: Int32Array;
}

/** One plan in one tick. */
export interface CellReport {
  readonly plan: number;
  /** tracks x COLUMNS. */
  readonly counts: Uint32Array;
  /** By track: all requests, and at most one per unit and tick. */
  readonly requests: readonly FlatHistogram[];
  readonly units: readonly FlatHistogram[];
  /** SLICES x SLICE_COLUMNS: requests of units of stable, and their failures by kind. */
  readonly slices: Int32Array;
  /** [hash, hash, flags, ...] of the units that were active. */
  readonly active: Uint32Array;
}

export interface TickReport {
  readonly tick: number;
  readonly cells: readonly CellReport[];
  /** Requests that found no room to be recorded in. */
  readonly lost: number;
  /** Requests under way at its end. */
  readonly inFlight: number;
}
