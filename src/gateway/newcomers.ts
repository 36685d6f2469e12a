/**
 * Is traffic split as it should be, where people keep their arm? Somebody who comes for the first time in a release draws
 * their arm by hash, with the weight's probability; whoever comes again draws nothing. So newcomers are counted, each once,
 * when their first request *begins*: counted when it ends, a canary that is slow would look like one that is missed.
 *
 * Bounded like `Visits`: when there are too many, every second person is left out, by hash bits that chose no arm.
 */
import type { Draws } from "../rollout/exposure.ts";
import { FULL_WEIGHT } from "../rollout/weight.ts";
import { countSplit, logSplitEvidence, startSplit, type SplitEvidence } from "../stats/sample-ratio.ts";
import type { ArmName } from "./seam.ts";
import { UnitTable } from "./units.ts";

const MOST = 65_536;

export class Newcomers {
  readonly #known: UnitTable;
  #split: SplitEvidence = startSplit;
  #newcomers = 0;
  /** Every 2^depth-th person is looked at. */
  #depth = 0;

  constructor(most = MOST) {
    this.#known = new UnitTable(most);
  }

  /** A request of somebody who is assigned began, under a plan of this weight. */
  come(a: number, b: number, arm: ArmName, weight: number): void {
    while ((a & (2 ** this.#depth - 1)) === 0) {
      const size = this.#known.size;
      if (this.#known.slot(a, b) >= 0) return this.#known.size > size ? this.#draw(arm, weight) : undefined;
      if (!this.#known.full) return;
      this.#thin();
    }
  }

  /** Null before anybody drew: under weights of 0 and 100 % nobody does. */
  get draws(): Draws | null {
    return this.#newcomers === 0 ? null : { newcomers: this.#newcomers, log: logSplitEvidence(this.#split) };
  }

  #draw(arm: ArmName, weight: number): void {
    if (weight <= 0 || weight >= FULL_WEIGHT) return;
    const share = weight / FULL_WEIGHT;
    this.#newcomers += 1;
    this.#split = countSplit(this.#split, arm === "canary" ? [0, 1] : [1, 0], [1 - share, share]);
  }

  #thin(): void {
    this.#depth += 1;
    const listed = this.#known.list();
    this.#known.clear();
    for (let i = 0; i < listed.length; i += 3)
      if ((listed[i] & (2 ** this.#depth - 1)) === 0) this.#known.slot(listed[i], listed[i + 1]);
  }
}
