/** What happened by name, second by second: how often, how much, and how often the value was 0 or 1. */
import type { Arm, Window } from "../../analysis/measurement.ts";

export interface Cell {
  n: number;
  sum: number;
  zeros: number;
  ones: number;
}

const SECOND_MS = 1000;

export class Tally {
  /** By second, then by plan and arm. */
  readonly #seconds = new Map<number, Map<string, Cell>>();

  add(at: number, plan: number, arm: Arm, value: number, count: number): void {
    const second = Math.floor(at / SECOND_MS);
    const cells = this.#seconds.get(second) ?? new Map<string, Cell>();
    this.#seconds.set(second, cells);
    const key = keyOf(plan, arm);
    const cell = cells.get(key) ?? { n: 0, sum: 0, zeros: 0, ones: 0 };
    cells.set(key, cell);
    cell.n += count;
    cell.sum += value * count;
    if (value === 0) cell.zeros += count;
    if (value === 1) cell.ones += count;
  }

  /** Both ends are whole seconds. */
  sumOf({ from, to }: Window, plan: number, arm: Arm): Readonly<Cell> {
    const sum: Cell = { n: 0, sum: 0, zeros: 0, ones: 0 };
    for (let second = from / SECOND_MS; second < to / SECOND_MS; second++) {
      const cell = this.#seconds.get(second)?.get(keyOf(plan, arm));
      if (cell === undefined) continue;
      sum.n += cell.n;
      sum.sum += cell.sum;
      sum.zeros += cell.zeros;
      sum.ones += cell.ones;
    }
    return sum;
  }

  forget(before: number): void {
    for (const second of this.#seconds.keys()) if ((second + 1) * SECOND_MS <= before) this.#seconds.delete(second);
  }
}

const keyOf = (plan: number, arm: Arm) => `${plan} ${arm}`;
