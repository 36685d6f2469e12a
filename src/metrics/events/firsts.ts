/**
 * When each unit first did what, by name and plan: to tell who, of those that came, also did something. Units are kept
 * as 64 bits of their hash, and no more of them than there is room for.
 */
import type { Arm, Counts, Window } from "../../analysis/measurement.ts";

interface First {
  readonly at: number;
  readonly arm: Arm;
}

/** Whom a question is about: those who first did `of` in the window, and whether they did `to` within so long. */
export interface Followed {
  readonly of: string;
  readonly to: string;
  readonly withinMs: number;
}

export class Firsts {
  readonly #room: number;
  /** By plan and name, then by unit. */
  readonly #all = new Map<string, Map<string, First>>();
  #size = 0;

  constructor(room: number) {
    this.#room = room;
  }

  /** False when there was no room. */
  add(name: string, plan: number, unit: string, first: First): boolean {
    const key = keyOf(plan, name);
    const units = this.#all.get(key) ?? new Map<string, First>();
    this.#all.set(key, units);
    const known = units.get(unit);
    if (known !== undefined) {
      if (first.at < known.at) units.set(unit, first);
      return true;
    }
    if (this.#size >= this.#room) return false;
    this.#size += 1;
    units.set(unit, first);
    return true;
  }

  /** `bad` are those who did not. */
  countsOf({ of, to, withinMs }: Followed, window: Window, plan: number): Readonly<Record<Arm, Counts>> {
    const counts = { stable: { n: 0, bad: 0 }, canary: { n: 0, bad: 0 } };
    const followers = this.#all.get(keyOf(plan, to));
    for (const [unit, { at, arm }] of this.#all.get(keyOf(plan, of)) ?? []) {
      if (at < window.from || at >= window.to) continue;
      const followed = followers?.get(unit);
      counts[arm].n += 1;
      if (followed === undefined || followed.at > at + withinMs) counts[arm].bad += 1;
    }
    return counts;
  }

  forget(before: number): void {
    for (const [key, units] of this.#all) {
      for (const [unit, { at }] of units) if (at < before && units.delete(unit)) this.#size -= 1;
      if (units.size === 0) this.#all.delete(key);
    }
  }
}

const keyOf = (plan: number, name: string) => `${plan} ${name}`;
