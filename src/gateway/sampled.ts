/**
 * People who are looked at, in bounded memory: everybody until there are too many, then every second one, every fourth, ...
 * by their hash, each standing for as many (adaptive sampling; Flajolet 1990). The hash bits that sample chose no arm.
 */
import type { UnitTable } from "./units.ts";

/** As many as are known exactly. */
export const MOST = 65_536;

export class Sampled {
  readonly known: UnitTable;
  readonly #tables: readonly UnitTable[];
  #depth = 0;

  /** `more` are other tables of the same people: they are thinned alike. */
  constructor(known: UnitTable, ...more: readonly UnitTable[]) {
    this.known = known;
    this.#tables = [known, ...more];
  }

  /** How many people each one stands for. */
  get each(): number {
    return 2 ** this.#depth;
  }

  /** Their place in `known`; -1 for those who are not looked at. */
  slot(a: number, b: number): number {
    while (this.#isSampled(a)) {
      const slot = this.known.slot(a, b);
      if (slot >= 0 || !this.known.full) return slot;
      this.#thin();
    }
    return -1;
  }

  #isSampled(a: number): boolean {
    return (a & (this.each - 1)) === 0;
  }

  #thin(): void {
    this.#depth += 1;
    for (const table of this.#tables) {
      const listed = table.list();
      table.clear();
      for (let i = 0; i < listed.length; i += 3) {
        if (!this.#isSampled(listed[i])) continue;
        const slot = table.slot(listed[i], listed[i + 1]);
        if (slot >= 0) table.put(slot, listed[i + 2]);
      }
    }
  }
}
