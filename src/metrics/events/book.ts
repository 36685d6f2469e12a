/**
 * What applications report: that something happened, to whom, and how it went. Kept in memory for as long as gates may
 * ask for it, within bounds; what comes too late, twice, or when there is no room is counted and left out.
 *
 * A unit's arm is computed, not asked for: by the same function and salt that the gateway assigns it with. So a service
 * far behind the gateway can report an order by the customer's id.
 */
import type { Arm, Counts, Window } from "../../analysis/measurement.ts";
import { placeOf, saltSeed } from "../../gateway/assign.ts";
import { murmurString, type Lanes } from "../../gateway/hash.ts";
import { Firsts, type Followed } from "./firsts.ts";
import { Pairs, type Pair } from "./pairs.ts";
import { Room } from "./room.ts";
import { Tally, type Cell, type Values } from "./tally.ts";

export interface ApplicationEvent {
  readonly name: string;
  /** Null: by the unit. */
  readonly arm: Arm | null;
  readonly unit: string | null;
  /** Of each of them. */
  readonly value: number;
  readonly count: number;
  /** Where `value` is the mean of `count` that differ: values of the same sum that differ as much as they may. */
  readonly values?: readonly Values[] | null;
  /** What belongs together, on both arms. */
  readonly pair?: string | null;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Tells a repetition from another event; null: there is no telling. */
  readonly id: string | null;
}

/** The split that is live; null when none is, or nothing is being released. */
export interface LiveSplit {
  readonly plan: number;
  readonly since: number;
  readonly salt: string;
  /** Basis points. */
  readonly canaryWeight: number;
  /** False where each request is assigned alone: nobody can say which arm somebody met. */
  readonly knowsUnits: boolean;
}

/**
 * `late`: of a split that is no more, or of a span that has been judged. `idle`: nothing is being released. `unassigned`:
 * a unit, where units have no arm. `full`: more names or people than are kept.
 */
export const fates = ["taken", "late", "duplicate", "idle", "unassigned", "full"] as const;
export type Fate = (typeof fates)[number];

/** Who reports is believed about the time within this of now. */
const AHEAD_MS = 60_000;
/** Gates wait an hour at most for what follows on something. */
const KEPT_MS = 75 * 60_000;
/** Values that have been judged are kept so long for gates that wait longer. */
const JUDGED_MS = 10 * 60_000;
const ROLLOUTS = 200;
const NAMES = 200;
const UNITS = 200_000;
const IDS = 200_000;
/** Values that differ, within a second, of one arm. */
const VALUES = 500_000;
const AMOUNTS = 500_000;
const PAIRS = 200_000;
const SWEEP_MS = 60_000;

const NOT_KEPT = "more was reported than is kept";

/** What is known of one rollout. */
class Page {
  readonly tallies = new Map<string, Tally>();
  readonly values = new Room(VALUES);
  readonly amounts = new Room(AMOUNTS);
  readonly halves = new Room(PAIRS);
  readonly firsts = new Firsts(new Room(UNITS), this.amounts);
  readonly pairs = new Pairs(this.halves);
  /** By name: everything before has been judged. */
  readonly settled = new Map<string, number>();
  ids = { now: new Set<string>(), before: new Set<string>() };
  fullAt = -Infinity;

  /** Whether the id was there; the oldest half is forgotten when there is no room. */
  knows(id: string): boolean {
    if (this.ids.now.has(id) || this.ids.before.has(id)) return true;
    if (this.ids.now.size >= IDS / 2) this.ids = { now: new Set(), before: this.ids.now };
    this.ids.now.add(id);
    return false;
  }
}

export class EventBook {
  readonly #now: () => number;
  /** Nothing is known of what was before. */
  readonly begunAt: number;
  readonly #pages = new Map<string, Page>();
  #sweptAt: number;

  constructor(now: () => number) {
    this.#now = now;
    this.begunAt = now();
    this.#sweptAt = this.begunAt;
  }

  take(rollout: string, split: LiveSplit | null, event: ApplicationEvent): Fate {
    this.#sweep();
    const now = this.#now();
    if (split === null) return "idle";
    const page = this.#pageOf(rollout);
    if (page === null) return "full";
    if (event.at < split.since || event.at < now - KEPT_MS || event.at > now + AHEAD_MS) return "late";
    if (event.at < (page.settled.get(event.name) ?? 0)) return "late";
    if (event.id !== null && page.knows(event.id)) return "duplicate";
    const arm = event.arm ?? armOf(event.unit, split);
    if (arm === null) return "unassigned";
    return keep(page, split, event, arm, now);
  }

  /** How often, how much: of one arm in a span of one plan. From now on nothing of it is taken any more. */
  tallied(rollout: string, name: string, window: Window, plan: number): Readonly<Record<Arm, Readonly<Cell>>> {
    const tally = this.#tallyOf(rollout, name, window);
    return { stable: tally.sumOf(window, plan, "stable"), canary: tally.sumOf(window, plan, "canary") };
  }

  /** Every value in a span of one plan, as for `tallied`. */
  valued(rollout: string, name: string, window: Window, plan: number) {
    const tally = this.#tallyOf(rollout, name, window);
    return { stable: tally.valuesOf(window, plan, "stable"), canary: tally.valuesOf(window, plan, "canary") };
  }

  #tallyOf(rollout: string, name: string, window: Window): Tally {
    return this.#settle(rollout, [name], window.to)?.tallies.get(name) ?? new Tally(new Room(0));
  }

  /** What belongs together and became whole in a span of one plan. */
  paired(rollout: string, name: string, window: Window, plan: number): readonly Pair[] {
    return this.#settle(rollout, [name], window.to)?.pairs.of(name, window, plan) ?? [];
  }

  /** Of those who first did something in a span, how many did not do the other thing. */
  followed(rollout: string, followed: Followed, window: Window, plan: number): Readonly<Record<Arm, Counts>> {
    return this.#firstsOf(rollout, followed, window).countsOf(followed, window, plan);
  }

  /** Of those who first did something in a span, how much of the other thing each of them did, or how much on average. */
  amounts(
    rollout: string,
    followed: Followed,
    window: Window,
    plan: number,
    of: "sum" | "mean",
  ): Readonly<Record<Arm, readonly number[]>> {
    return this.#firstsOf(rollout, followed, window).amountsOf(followed, window, plan, of);
  }

  #firstsOf(rollout: string, { of, to }: Followed, window: Window): Firsts {
    const page = this.#settle(rollout, [of, to], window.to);
    return page?.firsts ?? new Firsts(new Room(0), new Room(0));
  }

  /** Why a span is not known in full; null when it is. */
  gapIn(rollout: string, window: Window): string | null {
    if (window.from < this.begunAt) return "what was reported before this process began is not known";
    const fullAt = this.#pages.get(rollout)?.fullAt ?? -Infinity;
    return fullAt >= window.from ? NOT_KEPT : null;
  }

  /** The same for values by themselves, of which fewer are kept than of their sums. */
  valuesGapIn(rollout: string, window: Window): string | null {
    const page = this.#pages.get(rollout);
    const isFull = [page?.values, page?.amounts, page?.halves].some((room) => room?.wasFull(window.from));
    return this.gapIn(rollout, window) ?? (isFull ? NOT_KEPT : null);
  }

  forget(rollout: string): void {
    this.#pages.delete(rollout);
  }

  #settle(rollout: string, names: readonly string[], to: number): Page | null {
    const page = this.#pageOf(rollout);
    for (const name of names) page?.settled.set(name, Math.max(to, page.settled.get(name) ?? 0));
    return page;
  }

  #pageOf(rollout: string): Page | null {
    const known = this.#pages.get(rollout);
    if (known !== undefined || this.#pages.size >= ROLLOUTS) return known ?? null;
    const page = new Page();
    this.#pages.set(rollout, page);
    return page;
  }

  #sweep(): void {
    const now = this.#now();
    if (now < this.#sweptAt + SWEEP_MS) return;
    this.#sweptAt = now;
    for (const { tallies, firsts, pairs, settled } of this.#pages.values()) {
      for (const [name, tally] of tallies) {
        tally.letGo((settled.get(name) ?? -Infinity) - JUDGED_MS);
        tally.forget(now - KEPT_MS);
      }
      firsts.forget(now - KEPT_MS);
      pairs.forget(now - KEPT_MS);
    }
  }
}

function keep(page: Page, { plan, salt }: LiveSplit, event: ApplicationEvent, arm: Arm, now: number): Fate {
  const { name, unit, at, value, count, values = null, pair } = event;
  const tally = page.tallies.get(name) ?? (page.tallies.size < NAMES ? new Tally(page.values) : null);
  const first = { at, arm };
  const isKept =
    tally !== null && (unit === null || page.firsts.add(name, plan, printOf(unit, salt), first, value * count));
  if (!isKept) {
    page.fullAt = Math.max(page.fullAt, now);
    return "full";
  }
  page.tallies.set(name, tally);
  tally.add(at, plan, arm, { value, count, values });
  if (pair != null) page.pairs.add(name, plan, pair, { at, arm, value });
  return "taken";
}

/** Heads are read byte by byte as Latin-1, and so are the units in them. */
const asSent = (unit: string) => Buffer.from(unit, "utf8").toString("latin1");

function armOf(unit: string | null, { salt, canaryWeight, knowsUnits }: LiveSplit): Arm | null {
  if (unit === null || !knowsUnits) return null;
  return placeOf(asSent(unit), saltSeed(salt)) < canaryWeight ? "canary" : "stable";
}

const lanes: Lanes = { h1: 0, h2: 0, h3: 0, h4: 0 };

/** 64 bits that stand for a unit; by those of its hash that did not choose its arm. */
function printOf(unit: string, salt: string): string {
  murmurString(asSent(unit), saltSeed(salt), lanes);
  return `${lanes.h3}.${lanes.h4}`;
}
