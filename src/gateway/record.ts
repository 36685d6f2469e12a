/**
 * The recorder: counts what a worker serves, per second, plan and track, for the host to add up. The hot path is two
 * calls per request that touch typed arrays only. Memory is bounded by the number of requests under way and the
 * number of different units in one second, both with a ceiling; what does not fit is counted as lost, never guessed.
 *
 * In-flight requests: once a second the age of each is looked at, and it counts as slow for every boundary that
 * its age has crossed, long before it ends. When it ends, what was counted ahead is taken back, so that each request
 * crosses each boundary exactly once, in the second when that was first known.
 */
import { BUCKETS, bucketOf } from "../stats/histogram.ts";
import type { ArmName, Failure, Flight, Recorder, TrafficKind } from "./seam.ts";
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
  SOLO,
  SOLO_FAILED,
  tracks,
  type CellReport,
  type FlatHistogram,
  type SecondReport,
} from "./second.ts";
import { UnitTable } from "./units.ts";

/** Plans that requests under way may still belong to. Under older ones nobody asks for evidence any more. */
const CELLS = 4;
const MAX_FLIGHTS = 1 << 18;
const MAX_UNITS = 1 << 16;
const NO_FLIGHT = -1;
/** Longer stretches without a tick are a gap in the record rather than seconds in which nothing happened. */
const LIVED_THROUGH = 10;

const TRACK: Readonly<Record<TrafficKind, Readonly<Record<ArmName, number>>>> = {
  assigned: { stable: 0, canary: 1 },
  forced: { stable: 2, canary: 3 },
  mirrored: { stable: 4, canary: 5 },
};
/** By track: which group of flags a unit's answers and failures go to; -1 where units are not evidence. */
const GROUP = [ASSIGNED, ASSIGNED, -1, -1, ORIGINAL, COPY];
/** By track: flags that are set whatever the outcome. */
const MET = [0, CANARY, FORCED_STABLE, FORCED_CANARY, 0, 0];

/** A dense histogram of one track that is emptied every second. */
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

function sparse(dense: Int32Array, length: number): Int32Array {
  let filled = 0;
  for (let i = 0; i < length; i++) if (dense[i] !== 0) filled += 1;
  const pairs = new Int32Array(filled * 2);
  for (let i = 0, at = 0; i < length; i++) {
    if (dense[i] === 0) continue;
    pairs[at++] = i;
    pairs[at++] = dense[i];
  }
  return pairs;
}

/** What one plan saw in the current second. Kept and reused from second to second. */
class Cell {
  plan = -1;
  touched = false;
  readonly counts = new Uint32Array(tracks.length * COLUMNS);
  readonly requests = tracks.map(() => new Crossings());
  readonly units = tracks.map(() => new Crossings());
  readonly active = new UnitTable(MAX_UNITS);

  take(): CellReport {
    const report = {
      plan: this.plan,
      counts: this.counts.slice(),
      requests: this.requests.map((track) => track.take()),
      units: this.units.map((track) => track.take()),
      active: this.active.list(),
    };
    this.counts.fill(0);
    this.active.clear();
    this.touched = false;
    return report;
  }
}

/** Requests under way, a column per property; a flight is an index into all of them. */
class Flights {
  #size = 0;
  #started = new Float64Array(0);
  #hi = new Uint32Array(0);
  #lo = new Uint32Array(0);
  #plan = new Uint32Array(0);
  #track = new Int8Array(0);
  /** Bucket that its age had reached at the last sweep; -1 before the first. */
  #reached = new Int16Array(0);
  #sampled = new Uint8Array(0);
  #free = new Int32Array(0);
  #freed = 0;
  open = 0;

  get started() {
    return this.#started;
  }
  get hi() {
    return this.#hi;
  }
  get lo() {
    return this.#lo;
  }
  get plan() {
    return this.#plan;
  }
  /** -1 where the slot is free. */
  get track() {
    return this.#track;
  }
  get reached() {
    return this.#reached;
  }
  get sampled() {
    return this.#sampled;
  }
  /** Slots in use are below this. */
  get highest() {
    return this.#size;
  }

  take(): number {
    if (this.#freed > 0) {
      this.open += 1;
      return this.#free[--this.#freed];
    }
    if (this.#size === MAX_FLIGHTS) return NO_FLIGHT;
    if (this.#size === this.#track.length) this.#grow();
    this.open += 1;
    return this.#size++;
  }

  release(flight: number): void {
    this.#track[flight] = -1;
    this.#free[this.#freed++] = flight;
    this.open -= 1;
  }

  #grow(): void {
    const length = Math.max(256, this.#track.length * 2);
    const grown = <T extends { set(from: T): void }>(into: T, from: T): T => {
      into.set(from);
      return into;
    };
    this.#started = grown(new Float64Array(length), this.#started);
    this.#hi = grown(new Uint32Array(length), this.#hi);
    this.#lo = grown(new Uint32Array(length), this.#lo);
    this.#plan = grown(new Uint32Array(length), this.#plan);
    this.#track = grown(new Int8Array(length).fill(-1), this.#track);
    this.#reached = grown(new Int16Array(length), this.#reached);
    this.#sampled = grown(new Uint8Array(length), this.#sampled);
    this.#free = grown(new Int32Array(length), this.#free);
  }
}

/**
 * Counts requests and hands over each second when it is over, in order, seconds without requests included. Time comes
 * in with every call (epoch milliseconds); `tick` must be called about once a second so that quiet seconds end too.
 */
export class SecondRecorder implements Recorder {
  readonly #deliver: (report: SecondReport) => void;
  readonly #cells = Array.from({ length: CELLS }, () => new Cell());
  readonly #flights = new Flights();
  #current: Cell;
  #second: number;
  /** When the current second is over, epoch milliseconds: the one comparison that every call makes. */
  #over: number;
  #lost = 0;

  constructor(nowMs: number, deliver: (report: SecondReport) => void) {
    this.#deliver = deliver;
    this.#current = this.#cells[0];
    this.#second = Math.floor(nowMs / 1000);
    this.#over = (this.#second + 1) * 1000;
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

  /** Ends every second that is over by now. */
  tick(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    // The clock was set back: go on from where it stands now. The host sees the step and marks a gap.
    if (second < this.#second - LIVED_THROUGH) this.#restart(second);
    while (this.#second < second) {
      this.#finish();
      // After a long sleep (of the whole machine) the seconds in between were not lived through.
      if (second - this.#second > LIVED_THROUGH) this.#restart(second);
    }
  }

  /** Hands over the unfinished second too: the worker stops. */
  flush(nowMs: number): void {
    this.tick(nowMs);
    this.#finish();
  }

  get inFlight(): number {
    return this.#flights.open;
  }

  #restart(second: number): void {
    this.#second = second;
    this.#over = (second + 1) * 1000;
  }

  #finish(): void {
    this.#sweep(this.#over);
    const cells = this.#cells.filter((cell) => cell.touched).map((cell) => cell.take());
    const report = { second: this.#second, cells, lost: this.#lost, inFlight: this.#flights.open };
    this.#lost = 0;
    this.#restart(this.#second + 1);
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

  /** Whether this is the unit's first request of the second on this track. Requests without a unit always are. */
  #firstOfUnit(track: number, hi: number, lo: number, plan: number): boolean {
    const cell = this.#cell(plan);
    if (cell === null) return false;
    if (hi === 0 && lo === 0) return true;
    const group = GROUP[track];
    if (group < 0) return false;
    const slot = cell.active.slot(hi, lo);
    if (slot < 0) return false;
    const begun = BEGUN << group;
    return (cell.active.raise(slot, begun) & begun) === 0;
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

/** Index into `failureKinds`, or -1: a 5xx answer that was also cut short counts by what was cut. */
function failureColumn(status: number, failure: Failure | null): number {
  if (failure !== null) return failure === "connect" ? 1 : failure === "reset" ? 2 : 3;
  return status >= 500 ? 0 : status === 0 ? 2 : -1;
}
