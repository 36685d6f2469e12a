/**
 * Is traffic split as it should be, where people keep their arm? Somebody who comes for the first time in a release draws
 * their arm by hash, with the weight's probability; whoever comes again draws nothing. So newcomers are counted, each once,
 * when their first request *begins*: counted when it ends, a canary that is slow would look like one that is missed.
 */
import type { Draws } from "../rollout/exposure.ts";
import { FULL_WEIGHT } from "../rollout/weight.ts";
import { countSplit, logSplitEvidence, startSplit, type SplitEvidence } from "../stats/sample-ratio.ts";
import { MOST, Sampled } from "./sampled.ts";
import type { ArmName } from "./seam.ts";
import { UnitTable } from "./units.ts";

/** The one flag of whoever is known: they have come before. */
const CAME = 1;

export class Newcomers {
  readonly #people: Sampled;
  #split: SplitEvidence = startSplit;
  #newcomers = 0;

  constructor(most = MOST) {
    this.#people = new Sampled(new UnitTable(most));
  }

  /** A request of somebody who is assigned began, under a plan of this weight. */
  come(a: number, b: number, arm: ArmName, weight: number): void {
    const slot = this.#people.slot(a, b);
    if (slot >= 0 && this.#people.known.raise(slot, CAME) === 0) this.#draw(arm, weight);
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
}
