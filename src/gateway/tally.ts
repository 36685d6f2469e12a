/**
 * The tally: what all workers recorded, added up second by second and kept for the last ten minutes. Pure: it is told
 * of time and reports, and answers queries. A second is final when every worker has delivered it; only final seconds
 * are answered, so that a window asked for twice gives the same numbers twice.
 *
 * Units are counted here and not in the workers, because one person's connections may end on several: in each second
 * a unit counts once however many workers met it, and it leaves the count for good with its first failure of the
 * asked kinds in the stage. So `n` is who was still at risk in that second, `bad` who failed then, and each unit is
 * bad at most once a stage, for every choice of kinds.
 */
import type { Counts, Histogram, Measurement, Tick, Window } from "../analysis/measurement.ts";
import { failureKinds, type FailureKind, type Query } from "../analysis/metric.ts";
import type { TrafficPlan } from "../rollout/traffic.ts";
import { SerinError } from "../errors.ts";
import { BUCKETS, lowerEdge } from "../stats/histogram.ts";
import {
  ABANDONED,
  ANSWERED,
  ASSIGNED,
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
  type Track,
} from "./second.ts";
import { Distinct, UnitTable } from "./units.ts";

/** How long seconds are kept. */
export const KEPT_SECONDS = 600;
/** A worker that is silent for so long no longer holds up the others. */
const PATIENCE_SECONDS = 3;
/** Plans whose failed units are remembered. */
const STAGES = 4;
const MAX_FAILED_UNITS = 1 << 20;
const KIND_MASK = 0b1111;

/** One arm's units in one second: how many had the prior failures `p` and met the failures `f`, at index p * 16 + f. */
type UnitCounts = Map<number, number>;

interface ArmCell {
  readonly counts: Float64Array;
  readonly requests: SparseSum;
  readonly units: SparseSum;
  readonly unitCounts: UnitCounts;
}

type Cell = readonly ArmCell[];

/** A sum of sparse histograms. */
class SparseSum {
  readonly done = new Map<number, number>();
  readonly carried = new Map<number, number>();

  add(histogram: FlatHistogram): void {
    addPairs(this.done, histogram.done);
    addPairs(this.carried, histogram.carried);
  }

  take(): Histogram {
    return { done: pairs(this.done), carried: pairs(this.carried) };
  }
}

function addPairs(into: Map<number, number>, flat: Int32Array): void {
  for (let i = 0; i < flat.length; i += 2) into.set(flat[i], (into.get(flat[i]) ?? 0) + flat[i + 1]);
}

function pairs(sums: ReadonlyMap<number, number>): [number, number][] {
  return [...sums].filter(([, count]) => count !== 0).toSorted(([a], [b]) => a - b);
}

function newCell(): Cell {
  return tracks.map(() => ({
    counts: new Float64Array(COLUMNS),
    requests: new SparseSum(),
    units: new SparseSum(),
    unitCounts: new Map(),
  }));
}

const trackIndex = (track: Track): number => tracks.indexOf(track);

/** Consecutive plans that split traffic alike are one stage: units that failed stay failed. */
interface Stage {
  readonly key: string;
  /** Kinds each unit has failed with, in the groups of `second.ts`. */
  readonly failed: UnitTable;
}

function stageKey({ salt, canaryWeight, mirrorWeight, unit }: TrafficPlan): string {
  return JSON.stringify([salt, canaryWeight, mirrorWeight, unit]);
}

/** Who met an arm in a release, as people where units are people. */
export interface Met {
  /** Different units assigned to the arm, and sent there by a forced match. */
  readonly units: number;
  readonly forced: number;
  /** Different assigned units that met a failure. */
  readonly failed: number;
  readonly requests: number;
  readonly failedRequests: number;
  /** False where there were so many that the units are estimated (standard error 0.8 %). */
  readonly exact: boolean;
}
export interface Exposure {
  readonly salt: string | null;
  /** Since when it is counted, epoch milliseconds. */
  readonly since: number;
  readonly stable: Met;
  readonly canary: Met;
}

class Ledger {
  readonly units = new Distinct();
  readonly forced = new Distinct();
  readonly failed = new Distinct();
  requests = 0;
  failedRequests = 0;

  met(): Met {
    const { units, forced, failed, requests, failedRequests } = this;
    const exact = units.exact && forced.exact && failed.exact;
    return {
      units: units.count(),
      forced: forced.count(),
      failed: failed.count(),
      requests,
      failedRequests,
      exact,
    };
  }
}

interface Gap {
  readonly from: number;
  to: number;
  readonly reason: string;
}

export class Tally {
  /** Ring of final seconds: index second % KEPT_SECONDS. */
  readonly #seconds: (Map<number, Cell> | null)[] = Array.from({ length: KEPT_SECONDS }, () => null);
  /** First second that is known of, and first that is not final yet. */
  #from: number;
  #open: number;
  /** Last second delivered, by worker. */
  readonly #workers = new Map<number, number>();
  readonly #pending = new Map<number, SecondReport[]>();
  #gaps: Gap[] = [];
  readonly #stageOf = new Map<number, Stage>();
  #stages: Stage[] = [];
  readonly #active = new UnitTable(1 << 18);
  #salt: string | null = null;
  #since: number;
  #ledgers: readonly [stable: Ledger, canary: Ledger] = [new Ledger(), new Ledger()];

  constructor(nowMs: number) {
    this.#open = Math.floor(nowMs / 1000);
    this.#from = this.#open;
    this.#since = nowMs;
  }

  /** Learns of a plan before requests are routed by it. A new salt is a new release: exposure begins anew. */
  plan(plan: TrafficPlan, nowMs: number): void {
    const key = stageKey(plan);
    const last = this.#stages.at(-1);
    const stage = last?.key === key ? last : { key, failed: new UnitTable(MAX_FAILED_UNITS) };
    if (stage !== last) this.#stages = [...this.#stages, stage].slice(-STAGES);
    this.#stageOf.set(plan.version, stage);
    for (const [version, old] of this.#stageOf) if (!this.#stages.includes(old)) this.#stageOf.delete(version);
    if (plan.salt === this.#salt) return;
    this.#salt = plan.salt;
    this.#since = nowMs;
    this.#ledgers = [new Ledger(), new Ledger()];
  }

  /** A worker begins to serve: from this second on, no second is final without it. */
  join(worker: number, nowMs: number): void {
    this.#workers.set(worker, Math.floor(nowMs / 1000) - 1);
  }

  /** A worker is gone. What it had not delivered is lost unless it `left in order`. */
  leave(worker: number, nowMs: number, inOrder: boolean): void {
    const last = this.#workers.get(worker);
    if (last === undefined) return;
    this.#workers.delete(worker);
    if (!inOrder) this.#gap(last + 1, Math.floor(nowMs / 1000) + 1, "a worker ended without delivering its counts");
    this.#settle();
  }

  deliver(worker: number, report: SecondReport): void {
    const last = this.#workers.get(worker);
    if (last === undefined) return;
    if (report.second < this.#open) return this.#late(worker, report);
    if (report.lost > 0) this.#gap(report.second, report.second + 1, `${report.lost} requests found no room`);
    if (report.second > last + 1) this.#gap(last + 1, report.second, "the machine slept or its clock was changed");
    const waiting = this.#pending.get(report.second);
    if (waiting === undefined) this.#pending.set(report.second, [report]);
    else waiting.push(report);
    this.#workers.set(worker, Math.max(last, report.second));
    this.#settle();
  }

  /** Once a second: without workers, or with one that is silent, time passes all the same and leaves a gap. */
  tick(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    if (second < this.#open - PATIENCE_SECONDS) this.#startOver(second);
    const due = second - PATIENCE_SECONDS;
    if (due <= this.#open) return;
    const reason = this.#workers.size === 0 ? "no worker was running" : "a worker did not answer in time";
    this.#gap(this.#open, due, reason);
    this.#settleTo(due);
  }

  /** Workers that have been silent for so many seconds. */
  silent(nowMs: number, seconds: number): readonly number[] {
    const since = Math.floor(nowMs / 1000) - seconds;
    return [...this.#workers].filter(([, last]) => last < since).map(([worker]) => worker);
  }

  /**
   * What was recorded in [from, to), cut to whole seconds (both ends rounded down, so that adjacent windows neither
   * overlap nor leave anything out) and to what is final; `window` in the answer says what that was.
   */
  measure(query: Query, window: Window): Measurement {
    const first = Math.floor(window.from / 1000);
    const end = Math.max(first, Math.min(Math.floor(window.to / 1000), this.#open));
    const covered = { from: first * 1000, to: end * 1000 };
    if (end === first) return { kind: "noData", window: covered, reason: "no second of the window is over yet" };
    const found = this.#found(first, end);
    const gap = this.#gapIn(first, end);
    const measured = answer(query, found, covered);
    return gap === null || measured.kind === "noData" || measured.kind === "error" ? measured : { ...measured, gap };
  }

  exposure(): Exposure {
    const [stable, canary] = this.#ledgers;
    return { salt: this.#salt, since: this.#since, stable: stable.met(), canary: canary.met() };
  }

  /** The end of the last final second, epoch milliseconds. */
  get finalTo(): number {
    return this.#open * 1000;
  }

  #late(worker: number, report: SecondReport): void {
    this.#workers.set(worker, Math.max(this.#workers.get(worker) ?? 0, report.second));
    if (report.cells.length > 0) this.#gap(report.second, report.second + 1, "a worker delivered too late");
  }

  /** The clock was set back: every report would be late for as long. */
  #startOver(second: number): void {
    this.#seconds.fill(null);
    this.#pending.clear();
    this.#from = second;
    this.#open = second;
    this.#gaps = [{ from: second, to: second + 1, reason: "the clock was set back" }];
    for (const worker of this.#workers.keys()) this.#workers.set(worker, second - 1);
  }

  #settle(): void {
    if (this.#workers.size > 0) this.#settleTo(Math.min(...this.#workers.values()) + 1);
  }

  /** Makes all seconds before `end` final. */
  #settleTo(end: number): void {
    // Only the kept seconds are worth walking through after a long silence.
    if (end - this.#open > KEPT_SECONDS) this.#open = end - KEPT_SECONDS;
    for (; this.#open < end; this.#open++) {
      this.#seconds[this.#open % KEPT_SECONDS] = this.#merge(this.#pending.get(this.#open) ?? []);
      this.#pending.delete(this.#open);
    }
    for (const second of this.#pending.keys()) if (second < this.#open) this.#pending.delete(second);
    this.#from = Math.max(this.#from, this.#open - KEPT_SECONDS);
    this.#gaps = this.#gaps.filter((gap) => gap.to > this.#from);
  }

  #merge(reports: readonly SecondReport[]): Map<number, Cell> {
    const byPlan = Map.groupBy(
      reports.flatMap((report) => report.cells),
      (cell) => cell.plan,
    );
    const merged = new Map<number, Cell>();
    for (const [plan, cells] of [...byPlan].toSorted(([a], [b]) => a - b))
      merged.set(plan, this.#mergePlan(plan, cells));
    return merged;
  }

  #mergePlan(plan: number, reports: readonly CellReport[]): Cell {
    const cell = newCell();
    for (const report of reports) {
      for (const [track, into] of cell.entries()) {
        for (let column = 0; column < COLUMNS; column++) into.counts[column] += report.counts[track * COLUMNS + column];
        into.requests.add(report.requests[track]);
        into.units.add(report.units[track]);
      }
    }
    this.#countUnits(plan, reports, cell);
    this.#expose(cell);
    return cell;
  }

  #countUnits(plan: number, reports: readonly CellReport[], cell: Cell): void {
    for (const arm of cell) countSolo(arm);
    const active = reports.length === 1 ? reports[0].active : this.#distinct(reports);
    const failed = this.#stageOf.get(plan)?.failed;
    for (let i = 0; i < active.length; i += 3) {
      const [a, b, flags] = [active[i], active[i + 1], active[i + 2]];
      const prior = failed === undefined || failed.size === 0 ? 0 : failed.find(a, b);
      const assigned = flags & CANARY ? "assigned.canary" : "assigned.stable";
      let now = countUnit(cell[trackIndex(assigned)], ASSIGNED, flags, prior);
      now |= countUnit(cell[trackIndex("original")], ORIGINAL, flags, prior);
      now |= countUnit(cell[trackIndex("copy")], COPY, flags, prior);
      if (now !== 0 && failed !== undefined) {
        const slot = failed.slot(a, b);
        if (slot >= 0) failed.raise(slot, now);
      }
      this.#meet(a, b, flags);
    }
  }

  #meet(a: number, b: number, flags: number): void {
    const [stable, canary] = this.#ledgers;
    if (flags & FORCED_STABLE) stable.forced.add(a, b);
    if (flags & FORCED_CANARY) canary.forced.add(a, b);
    if ((flags & (ANSWERED | GAVE_UP)) === 0) return;
    const ledger = flags & CANARY ? canary : stable;
    ledger.units.add(a, b);
    if (flags & KIND_MASK) ledger.failed.add(a, b);
  }

  #expose(cell: Cell): void {
    for (const [arm, ledger] of this.#ledgers.entries()) {
      const { counts } = cell[arm];
      ledger.requests += counts[REQUESTS] + counts[ABANDONED];
      for (let kind = 0; kind < failureKinds.length; kind++) ledger.failedRequests += counts[FAILED + kind];
    }
  }

  /** The units of several workers, each once. */
  #distinct(reports: readonly CellReport[]): Uint32Array {
    this.#active.clear();
    for (const { active } of reports) {
      for (let i = 0; i < active.length; i += 3) {
        const slot = this.#active.slot(active[i], active[i + 1]);
        if (slot >= 0) this.#active.raise(slot, active[i + 2]);
      }
    }
    return this.#active.list();
  }

  #found(first: number, end: number): readonly Found[] {
    const found: Found[] = [];
    for (let second = Math.max(first, this.#from); second < end; second++) {
      for (const [plan, cell] of this.#seconds[second % KEPT_SECONDS] ?? [])
        found.push({ at: second * 1000, plan, cell });
    }
    return found;
  }

  #gap(from: number, to: number, reason: string): void {
    const last = this.#gaps.at(-1);
    if (last?.reason === reason && from <= last.to) last.to = Math.max(last.to, to);
    else this.#gaps.push({ from, to, reason });
    if (this.#gaps.length > KEPT_SECONDS) this.#gaps.shift();
  }

  #gapIn(first: number, end: number): string | null {
    const gaps = this.#gaps.filter((gap) => gap.from < end && gap.to > first);
    if (first < this.#from)
      gaps.unshift({ from: first, to: Math.min(end, this.#from), reason: "no longer or not yet kept" });
    if (gaps.length === 0) return null;
    return gaps
      .map((gap) => {
        const [from, to] = [Math.max(gap.from, first), Math.min(gap.to, end)];
        return `${to - from} s from ${new Date(from * 1000).toISOString()}: ${gap.reason}`;
      })
      .join("; ");
  }
}

/** One plan's cell of one second. */
interface Found {
  readonly at: number;
  readonly plan: number;
  readonly cell: Cell;
}

/** Requests without a unit: each is one, never met before. */
function countSolo(arm: ArmCell): void {
  const failures = failureKinds.map((_, kind) => arm.counts[SOLO_FAILED + kind]);
  const good = arm.counts[SOLO] - failures.reduce((sum, count) => sum + count, 0);
  if (good > 0) add(arm.unitCounts, 0, good);
  for (const [kind, count] of failures.entries()) if (count > 0) add(arm.unitCounts, 1 << kind, count);
}

/** Counts a unit in one of its groups; the failures of this second, in place. */
function countUnit(arm: ArmCell, group: number, flags: number, prior: number): number {
  const shift = group * GROUP_BITS;
  if (((flags >>> shift) & ANSWERED) === 0) return 0;
  const now = (flags >>> shift) & KIND_MASK;
  add(arm.unitCounts, (((prior >>> shift) & KIND_MASK) << 4) | now, 1);
  return now << shift;
}

function add(counts: UnitCounts, key: number, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function answer(query: Query, found: readonly Found[], window: Window): Measurement {
  if (query.ask === "value") return value(query.value, query.arm, found, window);
  const [stable, canary] =
    query.traffic === "live"
      ? [trackIndex("assigned.stable"), trackIndex("assigned.canary")]
      : [trackIndex("original"), trackIndex("copy")];
  if (query.ask === "counts") {
    const mask = kindMask(query.failures);
    const count = (arm: ArmCell) => (query.count === "units" ? unitsAtRisk(arm, mask) : requestCounts(arm, mask));
    const ticks = ticksOf(
      found,
      (cell) => [count(cell[stable]), count(cell[canary])] as const,
      ({ n }) => n === 0,
    );
    return ticks.length > 0 ? { kind: "counts", window, ticks } : nothing(window);
  }
  const take = (arm: ArmCell) => (query.count === "units" ? arm.units : arm.requests).take();
  const empty = ({ done, carried }: Histogram) => done.length === 0 && carried.length === 0;
  const ticks = ticksOf(found, (cell) => [take(cell[stable]), take(cell[canary])] as const, empty);
  return ticks.length > 0 ? { kind: "histogram", window, ticks } : nothing(window);
}

function nothing(window: Window): Measurement {
  return { kind: "noData", window, reason: "there were no requests" };
}

function ticksOf<S>(
  found: readonly Found[],
  read: (cell: Cell) => readonly [stable: S, canary: S],
  empty: (sample: S) => boolean,
): Tick<S>[] {
  return found.flatMap(({ at, plan, cell }) => {
    const [stable, canary] = read(cell);
    return empty(stable) && empty(canary) ? [] : [{ at, plan, stable, canary }];
  });
}

function kindMask(failures: readonly FailureKind[]): number {
  return failures.reduce((mask, kind) => mask | (1 << failureKinds.indexOf(kind)), 0);
}

function requestCounts(arm: ArmCell, mask: number): Counts {
  const bad = failureKinds.reduce((sum, _, kind) => sum + (mask & (1 << kind) ? arm.counts[FAILED + kind] : 0), 0);
  return { n: arm.counts[REQUESTS], bad };
}

/** Units that had not failed by the asked kinds before, and those of them that did now. */
function unitsAtRisk(arm: ArmCell, mask: number): Counts {
  let [n, bad] = [0, 0];
  for (const [key, count] of arm.unitCounts) {
    if ((key >>> 4) & mask) continue;
    n += count;
    if (key & mask) bad += count;
  }
  return { n, bad };
}

const quantiles: Readonly<Record<string, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 };

/** A scalar over the whole window: rates from 0 to 1, requests per second, latencies in milliseconds. */
function value(name: string, arm: "stable" | "canary", found: readonly Found[], window: Window): Measurement {
  const cells = found.map(({ cell }) => cell[trackIndex(`assigned.${arm}`)]);
  const counts = cells.map((cell) => requestCounts(cell, KIND_MASK));
  const n = counts.reduce((sum, count) => sum + count.n, 0);
  const bad = counts.reduce((sum, count) => sum + count.bad, 0);
  const is = (number: number): Measurement => ({ kind: "value", window, value: number });
  if (Object.hasOwn(quantiles, name)) {
    const us = slowness(cells, quantiles[name]);
    return us === null ? nothing(window) : is(us / 1000);
  }
  if (name === "requestRate") return is((n * 1000) / (window.to - window.from));
  if (n === 0) return { kind: "noData", window, reason: `${arm} had no requests` };
  if (name === "failureRate") return is(bad / n);
  if (name === "successRate") return is((n - bad) / n);
  throw new SerinError("USAGE", `the gateway has no value named ${name}`);
}

/**
 * The q-quantile of latency in microseconds, requests under way included: the first boundary that at most 1 - q of
 * the requests known to be on one side of it have crossed, interpolated from the boundary before. Null without requests.
 */
function slowness(cells: readonly ArmCell[], q: number): number | null {
  const done = new Float64Array(BUCKETS);
  const carried = new Float64Array(BUCKETS);
  for (const { requests } of cells) {
    for (const [bucket, count] of requests.done) done[bucket] += count;
    for (const [boundary, delta] of requests.carried) carried[boundary] += delta;
  }
  let above = done.reduce((sum, count) => sum + count, 0);
  const total = above;
  let ahead = carried[0];
  if (total + ahead <= 0) return null;
  let [share, last] = [1, 0];
  for (let boundary = 1; boundary < BUCKETS; boundary++) {
    above -= done[boundary - 1];
    ahead += carried[boundary];
    const crossed = above + ahead;
    const here = crossed <= 0 ? 0 : crossed / (total + ahead);
    if (here <= 1 - q) {
      const part = share > here ? Math.min(1, (share - (1 - q)) / (share - here)) : 1;
      return lowerEdge(last) + part * (lowerEdge(boundary) - lowerEdge(last));
    }
    [share, last] = [here, boundary];
  }
  return lowerEdge(BUCKETS - 1);
}
