/**
 * The tally: what all workers recorded, added up tick by tick and kept for the last ten minutes. Pure: it is told of
 * time and reports, and answers queries. A tick is final when every worker has delivered it; only final ticks are
 * answered, so that a window asked for twice gives the same numbers twice.
 */
import type { Measurement, Window } from "../analysis/measurement.ts";
import type { Query } from "../analysis/metric.ts";
import type { TrafficPlan } from "../rollout/traffic.ts";
import { FULL_WEIGHT } from "../rollout/weight.ts";
import { mergeCells, trackIndex, type Cell } from "./cell.ts";
import { Exposed, type Counted } from "./exposure.ts";
import { Gaps } from "./gaps.ts";
import { answerQuery, type Found } from "./measure.ts";
import { Stages } from "./stages.ts";
import { ABANDONED, COLUMNS, REQUESTS, TICK_MS, tickOf, type CellReport, type TickReport } from "./tick.ts";

/** How many ticks are kept: ten minutes. */
export const KEPT_TICKS = 600_000 / TICK_MS;
/** A worker that is silent for so many ticks no longer holds up the others. */
const PATIENCE = 3000 / TICK_MS;
/** The time over which the live share is measured. */
const SHARE_TICKS = 10_000 / TICK_MS;

const ASSIGNED_STABLE = trackIndex("assigned.stable") * COLUMNS;
const ASSIGNED_CANARY = trackIndex("assigned.canary") * COLUMNS;
const noCells: readonly Cell[] = [];
const emptyRing = (): (readonly Cell[])[] => Array.from({ length: KEPT_TICKS }, () => noCells);

/** Which part of assigned traffic met the canary lately, basis points; null without traffic. */
export interface Share {
  readonly windowMs: number;
  readonly share: number | null;
}

export class Tally {
  /** Ring of final ticks: index tick % KEPT_TICKS. */
  #ticks = emptyRing();
  /** First tick that is known of, and first that is not final yet. */
  #from: number;
  #open: number;
  /** Last tick delivered, by worker. */
  readonly #workers = new Map<number, number>();
  readonly #pending = new Map<number, TickReport[]>();
  readonly #gaps = new Gaps();
  readonly #stages = new Stages();
  readonly #exposed: Exposed;
  /** The last tick in which there was traffic. */
  #traffic: number;
  readonly #meet = (a: number, b: number, flags: number): void => this.#exposed.meet(a, b, flags);

  constructor(nowMs: number) {
    this.#open = tickOf(nowMs);
    this.#from = this.#open;
    this.#traffic = this.#open;
    this.#exposed = new Exposed(nowMs);
  }

  /** Learns of a plan before requests are routed by it. A new salt is a new release: exposure begins anew. */
  plan(plan: TrafficPlan, nowMs: number): void {
    this.#stages.plan(plan);
    this.#exposed.plan(plan, nowMs);
  }

  /** A worker begins to serve: no tick from this one on is final without it. */
  join(worker: number, from: number): void {
    this.#workers.set(worker, from - 1);
  }

  /** A worker is gone. What it had not delivered is lost unless it left in order. */
  leave(worker: number, nowMs: number, inOrder: boolean): void {
    const last = this.#workers.get(worker);
    if (last === undefined) return;
    this.#workers.delete(worker);
    if (!inOrder) this.#gaps.add(last + 1, tickOf(nowMs) + 1, "a worker ended without delivering its counts");
    this.#settle();
  }

  deliver(worker: number, report: TickReport): void {
    const last = this.#workers.get(worker);
    if (last === undefined) return;
    const { tick, lost } = report;
    if (tick < this.#open) return this.#late(worker, report);
    if (lost > 0) this.#gaps.add(tick, tick + 1, `${lost} requests found no room`);
    if (tick > last + 1) this.#gaps.add(last + 1, tick, "the machine slept or its clock was changed");
    const waiting = this.#pending.get(tick);
    if (waiting === undefined) this.#pending.set(tick, [report]);
    else waiting.push(report);
    this.#workers.set(worker, Math.max(last, tick));
    this.#settle();
  }

  /** Once a tick: without workers, or with one that is silent, time passes all the same and leaves a gap. */
  tick(nowMs: number): void {
    const now = tickOf(nowMs);
    if (now < this.#open - PATIENCE) this.#startOver(now);
    const due = now - PATIENCE;
    if (due <= this.#open) return;
    const reason = this.#workers.size === 0 ? "no worker was running" : "a worker did not answer in time";
    this.#gaps.add(this.#open, due, reason);
    this.#settleTo(due);
  }

  /** Workers whose last delivered tick lies further back than so many milliseconds. */
  silent(nowMs: number, ms: number): readonly number[] {
    const since = tickOf(nowMs - ms);
    return [...this.#workers].filter(([, last]) => last < since).map(([worker]) => worker);
  }

  /**
   * What was recorded in [from, to), cut to whole ticks (both ends rounded down, so that adjacent windows neither
   * overlap nor leave anything out) and to what is final; `window` in the answer says what that was.
   */
  measure(query: Query, window: Window): Measurement {
    const first = tickOf(window.from);
    const end = Math.max(first, Math.min(tickOf(window.to), this.#open));
    const covered = { from: first * TICK_MS, to: end * TICK_MS };
    if (end === first) return { kind: "noData", window: covered, reason: "no part of the window is final yet" };
    const measured = answerQuery(query, this.#found(first, end), covered);
    const gap = this.#gaps.within(first, end, this.#from);
    return gap === null || measured.kind === "noData" || measured.kind === "error" ? measured : { ...measured, gap };
  }

  exposure(): Counted {
    return this.#exposed.report();
  }

  /** Measured over the last ten seconds, or since the present stage began where that is less long ago. */
  share(): Share {
    const stage = this.#stages.current;
    let [stable, canary, first] = [0, 0, this.#open];
    for (const { at, cell } of this.#found(this.#open - SHARE_TICKS, this.#open)) {
      if (this.#stages.of(cell.plan) !== stage) continue;
      const { counts } = cell;
      stable += counts[ASSIGNED_STABLE + REQUESTS] + counts[ASSIGNED_STABLE + ABANDONED];
      canary += counts[ASSIGNED_CANARY + REQUESTS] + counts[ASSIGNED_CANARY + ABANDONED];
      first = Math.min(first, tickOf(at));
    }
    const share = stable + canary === 0 ? null : (canary / (stable + canary)) * FULL_WEIGHT;
    return { windowMs: (this.#open - first) * TICK_MS, share };
  }

  /** The end of the last final tick, epoch milliseconds. */
  get finalTo(): number {
    return this.#open * TICK_MS;
  }

  /** When there was traffic last, epoch milliseconds; the beginning when there was none. */
  get trafficAt(): number {
    return this.#traffic * TICK_MS;
  }

  #late(worker: number, { tick, cells }: TickReport): void {
    this.#workers.set(worker, Math.max(this.#workers.get(worker) ?? 0, tick));
    if (cells.length > 0) this.#gaps.add(tick, tick + 1, "a worker delivered too late");
  }

  /** The clock was set back: every report would be late for as long. */
  #startOver(tick: number): void {
    this.#ticks = emptyRing();
    this.#pending.clear();
    this.#from = tick;
    this.#open = tick;
    this.#gaps.clear();
    this.#gaps.add(tick, tick + 1, "the clock was set back");
    for (const worker of this.#workers.keys()) this.#workers.set(worker, tick - 1);
  }

  #settle(): void {
    if (this.#workers.size > 0) this.#settleTo(Math.min(...this.#workers.values()) + 1);
  }

  /** Makes all ticks before `end` final. */
  #settleTo(end: number): void {
    // Only the kept ticks are worth walking through after a long silence.
    if (end - this.#open > KEPT_TICKS) this.#open = end - KEPT_TICKS;
    for (; this.#open < end; this.#open++) {
      this.#ticks[this.#open % KEPT_TICKS] = this.#merge(this.#pending.get(this.#open) ?? []);
      this.#pending.delete(this.#open);
    }
    for (const tick of this.#pending.keys()) if (tick < this.#open) this.#pending.delete(tick);
    this.#from = Math.max(this.#from, this.#open - KEPT_TICKS);
    this.#gaps.forget(this.#from);
  }

  #merge(reports: readonly TickReport[]): readonly Cell[] {
    const cells = reports.flatMap((report) => report.cells);
    if (cells.length === 0) return noCells;
    this.#traffic = this.#open;
    const byPlan = [...Map.groupBy(cells, ({ plan }) => plan)].toSorted(([a], [b]) => a - b);
    return byPlan.map(([plan, some]) => this.#mergePlan(plan, some));
  }

  #mergePlan(plan: number, reports: readonly CellReport[]): Cell {
    const stage = this.#stages.of(plan);
    this.#exposed.at(stage, this.#open * TICK_MS);
    const cell = mergeCells(plan, reports, stage, this.#meet);
    this.#exposed.count(cell.counts);
    return cell;
  }

  #found(first: number, end: number): readonly Found[] {
    const found: Found[] = [];
    for (let tick = Math.max(first, this.#from); tick < end; tick++) {
      for (const cell of this.#ticks[tick % KEPT_TICKS]) found.push({ at: tick * TICK_MS, cell });
    }
    return found;
  }
}
