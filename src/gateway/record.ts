/**
 * The recorder: counts what a worker serves, per tick, plan and track, for the host to add up. The hot path is two
 * calls per request that touch typed arrays only. Memory is bounded by the number of requests under way and the
 * number of different units in one tick, both with a ceiling; what does not fit is counted as lost, never guessed.
 *
 * In-flight requests: at the end of each tick the age of each is looked at, and it counts as slow for every boundary
 * that its age has crossed, long before it ends. When it ends, what was counted ahead is taken back, so that each
 * request crosses each boundary exactly once, in the tick when that was first known.
 */
import { BUCKETS, bucketOf } from "../stats/histogram.ts";
import { Flights, NO_FLIGHT } from "./flights.ts";
import type { ArmName, Failure, Flight, Recorder, TrafficKind } from "./seam.ts";
import { SLICES } from "../analysis/strip.ts";
import { sparse } from "./sparse.ts";
import {
  ABANDONED,
  ANSWERED,
  ASSIGNED,
  BEGUN,
  CANARY,
  COLUMNS,
  COPY,
  FAILED,
  FORCED_CANARY,
  FORCED_STABLE,
  GAVE_UP,
  GROUP_BITS,
  ORIGINAL,
  REQUESTS,
  SLICE_COLUMNS,
  SOLO,
  SOLO_FAILED,
  TICK_MS,
  sliceOf,
  tickOf,
  tracks,
  type CellReport,
  type FlatHistogram,
  type TickReport,
} from "./tick.ts";
import { UnitTable } from "./units.ts";

/** Plans that requests under way may still belong to. Under older ones nobody asks for evidence any more. */
const CELLS = 4;
const MAX_UNITS = 1 << 16;
/** Ticks. When `tick` was not called for longer, that is a gap in the record rather than time in which nothing happened. */
const LIVED_THROUGH = 10_000 / TICK_MS;

const TRACK: Readonly<Record<TrafficKind, Readonly<Record<ArmName, number>>>> = {
  assigned: { stable: 0, canary: 1 },
  forced: { stable: 2, canary: 3 },
  mirrored: { stable: 4, canary: 5 },
};
/** By track: which group of flags a unit's answers and failures go to; -1 where units are not evidence. */
const GROUP = [ASSIGNED, ASSIGNED, -1, -1, ORIGINAL, COPY];
/** By track: flags that are set whatever the outcome. */
const MET = [0, CANARY, FORCED_STABLE, FORCED_CANARY, 0, 0];

/** A dense histogram of one track that is emptied every tick. */
class Crossings {
  readonly done = new Int32Array(BUCKETS);
  /** One longer, so that the end of a run of boundaries always has a place; what falls there is not reported. */
  readonly carried = new Int32Array(BUCKETS + 1);

  /** Counts the boundaries in (from, to] by `sign`. */
  carry(from: number, to: number, sign: 1 | -1): void {
    this.carried[from + 1] += sign;
    this.carried[to + 1] -= sign;
  }

  take(): FlatHistogram {
    const taken = { done: sparse(this.done, BUCKETS), carried: sparse(this.carried, BUCKETS) };
    this.done.fill(0);
    this.carried.fill(0);
    return taken;
  }
}

/** What one plan saw in the current tick. Kept and reused from tick to tick. */
class Cell {
  plan = -1;
  touched = false;
  readonly counts = new Uint32Array(tracks.length * COLUMNS);
  readonly requests = tracks.map(() => new Crossings());
  readonly units = tracks.map(() => new Crossings());
  readonly slices = new Int32Array(SLICES * SLICE_COLUMNS);
  readonly active = new UnitTable(MAX_UNITS);

  take(): CellReport {
    const report = {
      plan: this.plan,
      counts: this.counts.slice(),
      requests: this.requests.map((track) => track.take()),
      units: this.units.map((track) => track.take()),
      slices: this.slices.slice(),
      active: this.active.list(),
    };
    this.counts.fill(0);
    this.slices.fill(0);
    this.active.clear();
    this.touched = false;
    return report;
  }
}

/**
 * Counts requests and hands over each tick when it is over, in order, ticks without requests included. Time comes in
 * with every call (epoch milliseconds); `tick` must be called about once a tick so that quiet ones end too.
 */
export class TickRecorder implements Recorder {
  readonly #deliver: (report: TickReport) => void;
  readonly #cells = Array.from({ length: CELLS }, () => new Cell());
  readonly #flights = new Flights();
  #current: Cell;
  #tick: number;
  /** When the current tick is over, epoch milliseconds: the one comparison that every call makes. */
  #over: number;
  #lost = 0;

  constructor(nowMs: number, deliver: (report: TickReport) => void) {
    this.#deliver = deliver;
    this.#current = this.#cells[0];
    this.#tick = tickOf(nowMs);
    this.#over = (this.#tick + 1) * TICK_MS;
  }

  begin(arm: ArmName, kind: TrafficKind, unitHi: number, unitLo: number, plan: number, nowMs: number): Flight {
    if (nowMs >= this.#over) this.tick(nowMs);
    const flights = this.#flights;
    const flight = flights.take();
    if (flight === NO_FLIGHT) {
      this.#lost += 1;
      return flight;
    }
    const track = TRACK[kind][arm];
    flights.started[flight] = nowMs;
    flights.hi[flight] = unitHi;
    flights.lo[flight] = unitLo;
    flights.plan[flight] = plan;
    flights.track[flight] = track;
    flights.reached[flight] = -1;
    flights.sampled[flight] = this.#firstOfUnit(track, unitHi, unitLo, plan) ? 1 : 0;
    return flight;
  }

  end(flight: Flight, status: number, failure: Failure | null, nowMs: number): void {
    if (flight === NO_FLIGHT) return;
    if (nowMs >= this.#over) this.tick(nowMs);
    const cell = this.#cell(this.#flights.plan[flight]);
    if (cell !== null) this.#count(cell, flight, failureColumn(status, failure), nowMs);
    this.#flights.release(flight);
  }

  /** What is known stays known: that it lasted so long. How long it would have lasted is not. */
  abandon(flight: Flight, nowMs: number): void {
    if (flight === NO_FLIGHT) return;
    if (nowMs >= this.#over) this.tick(nowMs);
    const flights = this.#flights;
    const cell = this.#cell(flights.plan[flight]);
    if (cell !== null) {
      cell.counts[flights.track[flight] * COLUMNS + ABANDONED] += 1;
      this.#age(cell, flight, nowMs);
      this.#giveUp(cell, flights.track[flight], flights.hi[flight], flights.lo[flight]);
    }
    flights.release(flight);
  }

  /** Ends every tick that is over by now. */
  tick(nowMs: number): void {
    const now = tickOf(nowMs);
    // The clock was set back: go on from where it stands now. The host sees the step and marks a gap.
    if (now < this.#tick - LIVED_THROUGH) this.#restart(now);
    while (this.#tick < now) {
      this.#finish();
      // After a long sleep (of the whole machine) the time in between was not lived through.
      if (now - this.#tick > LIVED_THROUGH) this.#restart(now);
    }
  }

  /** Hands over the unfinished tick too: the worker stops. */
  flush(nowMs: number): void {
    this.tick(nowMs);
    this.#finish();
  }

  get inFlight(): number {
    return this.#flights.open;
  }

  #restart(tick: number): void {
    this.#tick = tick;
    this.#over = (tick + 1) * TICK_MS;
  }

  #finish(): void {
    this.#sweep(this.#over);
    const cells = this.#cells.filter((cell) => cell.touched).map((cell) => cell.take());
    const report = { tick: this.#tick, cells, lost: this.#lost, inFlight: this.#flights.open };
    this.#lost = 0;
    this.#restart(this.#tick + 1);
    this.#deliver(report);
  }

  #sweep(nowMs: number): void {
    const flights = this.#flights;
    for (let flight = 0; flight < flights.highest; flight++) {
      if (flights.track[flight] < 0) continue;
      const cell = this.#cell(flights.plan[flight]);
      if (cell !== null) this.#age(cell, flight, nowMs);
    }
  }

  /** Counts the boundaries that its age crossed since the last look. */
  #age(cell: Cell, flight: Flight, nowMs: number): void {
    const flights = this.#flights;
    const bucket = bucketOf(Math.max(0, (nowMs - flights.started[flight]) * 1000));
    const reached = flights.reached[flight];
    if (bucket <= reached) return;
    const track = flights.track[flight];
    cell.requests[track].carry(reached, bucket, 1);
    if (flights.sampled[flight] === 1) cell.units[track].carry(reached, bucket, 1);
    flights.reached[flight] = bucket;
  }

  #count(cell: Cell, flight: Flight, failed: number, nowMs: number): void {
    const flights = this.#flights;
    const track = flights.track[flight];
    const reached = flights.reached[flight];
    const age = (nowMs - flights.started[flight]) * 1000;
    const bucket = Math.max(age > 0 ? bucketOf(age) : 0, reached);
    land(cell.requests[track], bucket, reached);
    if (flights.sampled[flight] === 1) land(cell.units[track], bucket, reached);
    const row = track * COLUMNS;
    cell.counts[row + REQUESTS] += 1;
    if (failed >= 0) cell.counts[row + FAILED + failed] += 1;
    this.#countUnit(cell, track, flights.hi[flight], flights.lo[flight], failed);
  }

  #countUnit(cell: Cell, track: number, hi: number, lo: number, failed: number): void {
    if (hi === 0 && lo === 0) {
      cell.counts[track * COLUMNS + SOLO] += 1;
      if (failed >= 0) cell.counts[track * COLUMNS + SOLO_FAILED + failed] += 1;
      return;
    }
    if (track === TRACK.assigned.stable) countSlice(cell.slices, lo, failed);
    const slot = cell.active.slot(hi, lo);
    if (slot < 0) {
      this.#lost += 1;
      return;
    }
    const group = GROUP[track];
    const outcome = group < 0 ? 0 : (ANSWERED | (failed < 0 ? 0 : 1 << failed)) << (group * GROUP_BITS);
    cell.active.raise(slot, MET[track] | outcome);
  }

  #giveUp(cell: Cell, track: number, hi: number, lo: number): void {
    if (hi === 0 && lo === 0) return;
    const slot = cell.active.slot(hi, lo);
    if (slot >= 0) cell.active.raise(slot, MET[track] | (GROUP[track] === ASSIGNED ? GAVE_UP : 0));
  }

  /** Whether this is the unit's first request of the tick on this track. Requests without a unit always are. */
  #firstOfUnit(track: number, hi: number, lo: number, plan: number): boolean {
    const cell = this.#cell(plan);
    if (cell === null) return false;
    if (hi === 0 && lo === 0) return true;
    const group = GROUP[track];
    if (group < 0) return false;
    const slot = cell.active.slot(hi, lo);
    if (slot < 0) return false;
    const begun = BEGUN << group;
    // the arm that it was assigned to is known from here on: who comes is counted before they are answered
    const met = group === ASSIGNED ? MET[track] : 0;
    return (cell.active.raise(slot, begun | met) & begun) === 0;
  }

  /** The plan's cell; the oldest plan makes room for a newer one; null for plans older than all that are kept. */
  #cell(plan: number): Cell | null {
    if (this.#current.plan === plan) {
      this.#current.touched = true;
      return this.#current;
    }
    let oldest = this.#cells[0];
    for (const cell of this.#cells) {
      if (cell.plan === plan) {
        cell.touched = true;
        return cell;
      }
      if (cell.plan < oldest.plan) oldest = cell;
    }
    return plan < oldest.plan ? null : this.#open(oldest, plan);
  }

  #open(cell: Cell, plan: number): Cell {
    if (cell.touched) {
      for (let row = 0; row < cell.counts.length; row += COLUMNS) this.#lost += cell.counts[row + REQUESTS];
      cell.take();
    }
    cell.plan = plan;
    cell.touched = true;
    this.#current = cell;
    return cell;
  }
}

/** A finished request: its bucket, less what was already counted of its age. */
function land(crossings: Crossings, bucket: number, reached: number): void {
  crossings.done[bucket] += 1;
  if (reached >= 0) crossings.carry(-1, reached, -1);
}

function countSlice(slices: Int32Array, lo: number, failed: number): void {
  const row = sliceOf(lo) * SLICE_COLUMNS;
  slices[row] += 1;
  if (failed >= 0) slices[row + FAILED + failed] += 1;
}

/** Index into `failureKinds`, or -1: a 5xx answer that was also cut short counts by what was cut. */
function failureColumn(status: number, failure: Failure | null): number {
  if (failure !== null) return failure === "connect" ? 1 : failure === "reset" ? 2 : 3;
  return status >= 500 ? 0 : status === 0 ? 2 : -1;
}
