/**
 * When each unit first did what, by name and plan: to tell who, of those that came, also did something, and how much of it.
 * Units are kept as 64 bits of their hash, and no more of them than there is room for.
 */
import type { Arm, Counts, Window } from "../../analysis/measurement.ts";
import type { Room } from "./room.ts";

interface First {
  readonly at: number;
  readonly arm: Arm;
}

interface Known extends First {
  /** When it did it, and how much each time. */
  readonly amounts: (readonly [at: number, amount: number])[];
}

/** Whom a question is about: those who first did `of` in the window, and whether they did `to` within so long. */
export interface Followed {
  readonly of: string;
  readonly to: string;
  readonly withinMs: number;
}

export class Firsts {
  readonly #room: Room;
  readonly #amounts: Room;
  /** By plan and name, then by unit. */
  readonly #all = new Map<string, Map<string, Known>>();

  /** Room for units, and for the amounts of all of them. */
  constructor(room: Room, amounts: Room) {
    this.#room = room;
    this.#amounts = amounts;
  }

  /** False when there was no room for the unit. */
  add(name: string, plan: number, unit: string, first: First, amount: number): boolean {
    const key = keyOf(plan, name);
    const units = this.#all.get(key) ?? new Map<string, Known>();
    this.#all.set(key, units);
    const known = units.get(unit);
    if (known === undefined && !this.#room.take(first.at)) return false;
    const amounts = known?.amounts ?? [];
    if (this.#amounts.take(first.at)) amounts.push([first.at, amount]);
    if (known === undefined || first.at < known.at) units.set(unit, { ...first, amounts });
    return true;
  }

  /** `bad` are those who did not. */
  countsOf(followed: Followed, window: Window, plan: number): Readonly<Record<Arm, Counts>> {
    const counts = { stable: { n: 0, bad: 0 }, canary: { n: 0, bad: 0 } };
    for (const { at, arm, follower } of this.#comers(followed, window, plan)) {
      counts[arm].n += 1;
      if (follower === undefined || follower.at > at + followed.withinMs) counts[arm].bad += 1;
    }
    return counts;
  }

  /** How much of `to` each of them did within that time, 0 who did none; or how much on average, of those who did some. */
  amountsOf(
    followed: Followed,
    window: Window,
    plan: number,
    of: "sum" | "mean",
  ): Readonly<Record<Arm, readonly number[]>> {
    const found = { stable: [] as number[], canary: [] as number[] };
    for (const { at, arm, follower } of this.#comers(followed, window, plan)) {
      const own = follower?.amounts.filter(([when]) => when >= at && when <= at + followed.withinMs) ?? [];
      if (of === "mean" && own.length === 0) continue;
      const sum = own.reduce((all, [, amount]) => all + amount, 0);
      found[arm].push(of === "mean" ? sum / own.length : sum);
    }
    return found;
  }

  /** Those who first did `of` in the window, with what is known of their `to`. */
  *#comers(
    { of, to }: Followed,
    window: Window,
    plan: number,
  ): Generator<First & { readonly follower: Known | undefined }> {
    const followers = this.#all.get(keyOf(plan, to));
    for (const [unit, { at, arm }] of this.#all.get(keyOf(plan, of)) ?? [])
      if (at >= window.from && at < window.to) yield { at, arm, follower: followers?.get(unit) };
  }

  forget(before: number): void {
    for (const [key, units] of this.#all) {
      for (const [unit, { at, amounts }] of units) {
        if (at >= before) continue;
        units.delete(unit);
        this.#room.give(1);
        this.#amounts.give(amounts.length);
      }
      if (units.size === 0) this.#all.delete(key);
    }
  }
}

const keyOf = (plan: number, name: string) => `${plan} ${name}`;
