/**
 * One plan in one tick, the counts of all workers together. Sparse and flat: 2400 ticks of them are kept.
 *
 * Units are counted here and not in the workers, because one person's connections may end on several: in each tick a
 * unit counts once however many workers met it, and it leaves the count for good with its first failure of the asked
 * kinds in the stage. So `n` is who was still at risk in that tick, `bad` who failed then, and each unit is bad at most
 * once a stage, for every choice of kinds.
 */
import { failureKinds } from "../analysis/metric.ts";
import { SLICES } from "../analysis/strip.ts";
import { BUCKETS } from "../stats/histogram.ts";
import { sparse, sumSparse } from "./sparse.ts";
import type { Stage } from "./stages.ts";
import {
  ANSWERED,
  ASSIGNED,
  CANARY,
  COLUMNS,
  COPY,
  GROUP_BITS,
  KIND_MASK,
  ORIGINAL,
  SLICE_COLUMNS,
  SOLO,
  SOLO_FAILED,
  sliceOf,
  tracks,
  type CellReport,
  type FlatHistogram,
  type Track,
} from "./tick.ts";
import { UnitTable } from "./units.ts";

export interface Cell {
  readonly plan: number;
  /** tracks x COLUMNS. */
  readonly counts: Uint32Array;
  /** By track. */
  readonly requests: readonly FlatHistogram[];
  readonly units: readonly FlatHistogram[];
  /** By track, sparse: how many units had failed by the kinds `p` before and by the kinds `f` now, at p * 16 + f. */
  readonly outcomes: readonly Int32Array[];
  /** SLICES x SLICE_COLUMNS, sparse. */
  readonly slices: Int32Array;
  /** The outcomes of stable's units by slice, sparse: at slice * 256 + p * 16 + f. */
  readonly slicedOutcomes: Int32Array;
}

export const trackIndex = (track: Track): number => tracks.indexOf(track);

const STABLE = trackIndex("assigned.stable");
const ON_CANARY = trackIndex("assigned.canary");
const ORIGINALS = trackIndex("original");
const COPIES = trackIndex("copy");
const OUTCOMES = 256;

const buckets = new Int32Array(BUCKETS);
const outcomes = tracks.map(() => new Int32Array(OUTCOMES));
const sliced = new Int32Array(SLICES * OUTCOMES);
const together = new UnitTable(1 << 18);

/** Called for each unit that was active, once, with its flags of all workers. */
export type Meet = (a: number, b: number, flags: number) => void;

/** Adds up what the workers say of one plan in one tick. What failed is noted in the plan's stage. */
export function mergeCells(plan: number, reports: readonly CellReport[], stage: Stage | undefined, meet: Meet): Cell {
  const counts = sumCounts(reports);
  const histograms = (of: "requests" | "units") => tracks.map((_, track) => sumHistograms(reports, of, track));
  for (const [track, into] of outcomes.entries()) countSolo(counts, track, into);
  countUnits(reports.length === 1 ? reports[0].active : distinct(reports), stage?.failed, meet);
  const cell = { plan, counts, requests: histograms("requests"), units: histograms("units") };
  const slices = sumSlices(reports);
  return { ...cell, outcomes: outcomes.map(takeOutcomes), slices, slicedOutcomes: takeOutcomes(sliced) };
}

function sumSlices(reports: readonly CellReport[]): Int32Array {
  const sum = new Int32Array(SLICES * SLICE_COLUMNS);
  for (const { slices } of reports) for (let i = 0; i < sum.length; i++) sum[i] += slices[i];
  return sparse(sum, sum.length);
}

function sumCounts(reports: readonly CellReport[]): Uint32Array {
  const sum = new Uint32Array(tracks.length * COLUMNS);
  for (const { counts } of reports) for (let i = 0; i < sum.length; i++) sum[i] += counts[i];
  return sum;
}

function sumHistograms(reports: readonly CellReport[], of: "requests" | "units", track: number): FlatHistogram {
  const flat = reports.map((report) => report[of][track]);
  const sum = (part: "done" | "carried") =>
    sumSparse(
      flat.map((histogram) => histogram[part]),
      buckets,
    );
  return { done: sum("done"), carried: sum("carried") };
}

function takeOutcomes(dense: Int32Array): Int32Array {
  const taken = sparse(dense, dense.length);
  if (taken.length > 0) dense.fill(0);
  return taken;
}

/** Requests without a unit: each is one, never met before. */
function countSolo(counts: Uint32Array, track: number, into: Int32Array): void {
  const row = track * COLUMNS;
  let good = counts[row + SOLO];
  if (good === 0) return;
  for (let kind = 0; kind < failureKinds.length; kind++) {
    const failed = counts[row + SOLO_FAILED + kind];
    into[1 << kind] += failed;
    good -= failed;
  }
  into[0] += good;
}

function countUnits(active: Uint32Array, failed: UnitTable | undefined, meet: Meet): void {
  for (let i = 0; i < active.length; i += 3) {
    const [a, b, flags] = [active[i], active[i + 1], active[i + 2]];
    const prior = failed === undefined || failed.size === 0 ? 0 : failed.find(a, b);
    let now = countUnit(outcomes[flags & CANARY ? ON_CANARY : STABLE], ASSIGNED, flags, prior);
    if ((flags & CANARY) === 0) countUnit(sliced, ASSIGNED, flags, prior, sliceOf(b) * OUTCOMES);
    now |= countUnit(outcomes[ORIGINALS], ORIGINAL, flags, prior);
    now |= countUnit(outcomes[COPIES], COPY, flags, prior);
    if (now !== 0 && failed !== undefined) {
      const slot = failed.slot(a, b);
      if (slot >= 0) failed.raise(slot, now);
    }
    meet(a, b, flags);
  }
}

/** Counts a unit in one of its groups; the failures of this tick, in place. */
function countUnit(into: Int32Array, group: number, flags: number, prior: number, from = 0): number {
  const shift = group * GROUP_BITS;
  if (((flags >>> shift) & ANSWERED) === 0) return 0;
  const now = (flags >>> shift) & KIND_MASK;
  into[from + ((((prior >>> shift) & KIND_MASK) << 4) | now)] += 1;
  return now << shift;
}

/** The units of several workers, each once. */
function distinct(reports: readonly CellReport[]): Uint32Array {
  together.clear();
  for (const { active } of reports) {
    for (let i = 0; i < active.length; i += 3) {
      const slot = together.slot(active[i], active[i + 1]);
      if (slot >= 0) together.raise(slot, active[i + 2]);
    }
  }
  return together.list();
}
