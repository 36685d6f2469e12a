/** What happened by name, second by second: how often, how much, how often the value was 0 or 1, and which values there were. */
import type { Arm, Window } from "../../analysis/measurement.ts";
import type { Room } from "./room.ts";

export interface Cell {
  n: number;
  sum: number;
  zeros: number;
  ones: number;
}

/** What was reported at once: `count` times `value`, unless `values` says of what a mean was made. */
export interface Amount {
  readonly value: number;
  readonly count: number;
  readonly values: readonly Values[] | null;
}

/** So many values alike. */
export type Values = readonly [value: number, count: number];

interface Kept extends Cell {
  /** How often there was each value. */
  readonly values: Map<number, number>;
  /** The largest of those values that are not themselves known, only how many there were between bounds. */
  rough: number;
}

const SECOND_MS = 1000;

export class Tally {
  /** By second, then by plan and arm. */
  readonly #seconds = new Map<number, Map<string, Kept>>();
  readonly #room: Room;

  constructor(room: Room) {
    this.#room = room;
  }

  add(at: number, plan: number, arm: Arm, { value, count, values }: Amount): void {
    const second = Math.floor(at / SECOND_MS);
    const cells = this.#seconds.get(second) ?? new Map<string, Kept>();
    this.#seconds.set(second, cells);
    const key = keyOf(plan, arm);
    const cell: Kept = cells.get(key) ?? { n: 0, sum: 0, zeros: 0, ones: 0, values: new Map(), rough: -Infinity };
    cells.set(key, cell);
    cell.n += count;
    cell.sum += value * count;
    if (value === 0) cell.zeros += count;
    if (value === 1) cell.ones += count;
    for (const [one, times] of values ?? [[value, count]]) this.#keep(cell, at, one, times);
    if (values !== null) cell.rough = Math.max(cell.rough, ...values.map(([one]) => one));
  }

  #keep({ values }: Kept, at: number, value: number, count: number): void {
    const known = values.get(value);
    if (known === undefined && !this.#room.take(at)) return;
    values.set(value, (known ?? 0) + count);
  }

  /** Both ends are whole seconds. */
  sumOf(window: Window, plan: number, arm: Arm): Readonly<Cell> {
    const sum: Cell = { n: 0, sum: 0, zeros: 0, ones: 0 };
    for (const cell of this.#cells(window, plan, arm)) {
      sum.n += cell.n;
      sum.sum += cell.sum;
      sum.zeros += cell.zeros;
      sum.ones += cell.ones;
    }
    return sum;
  }

  /** Every value, and the largest of those that are known roughly only. Both ends are whole seconds. */
  valuesOf(window: Window, plan: number, arm: Arm): { readonly values: readonly Values[]; readonly rough: number } {
    const cells = [...this.#cells(window, plan, arm)];
    return {
      values: cells.flatMap(({ values }) => [...values]),
      rough: Math.max(-Infinity, ...cells.map(({ rough }) => rough)),
    };
  }

  *#cells({ from, to }: Window, plan: number, arm: Arm): Generator<Kept> {
    for (let second = from / SECOND_MS; second < to / SECOND_MS; second++) {
      const cell = this.#seconds.get(second)?.get(keyOf(plan, arm));
      if (cell !== undefined) yield cell;
    }
  }

  /** Lets go of values one by one, which take much room, and keeps their sums. */
  letGo(before: number): void {
    for (const [second, cells] of this.#seconds) {
      if ((second + 1) * SECOND_MS > before) continue;
      for (const cell of cells.values()) {
        this.#room.give(cell.values.size);
        cell.values.clear();
      }
    }
  }

  forget(before: number): void {
    for (const [second, cells] of this.#seconds) {
      if ((second + 1) * SECOND_MS > before) continue;
      this.#seconds.delete(second);
      this.#room.give([...cells.values()].reduce((sum, { values }) => sum + values.size, 0));
    }
  }
}

const keyOf = (plan: number, arm: Arm) => `${plan} ${arm}`;
