/**
 * Visits: how people came in the present release, and whether anybody met both arms. Numbers are exact up to 65,536 people, and
 * within about 1 % above: then some stand for others (`sampled.ts`).
 *
 * Whoever is assigned has one place in a release and meets the canary while its weight is above that place. So somebody
 * who met stable under a weight w and the canary under a weight v is explained as long as w < v, in whatever order that
 * was learned (a slow request of an earlier plan ends late). Anything else is a flip: assignment has disagreed with itself.
 */
import type { Moves } from "../rollout/exposure.ts";
import { MOST, Sampled } from "./sampled.ts";
import type { ArmName } from "./seam.ts";
import { UnitTable } from "./units.ts";

/** Who comes back after such a pause begins another session, as web analytics count them. */
export const SESSION_MS = 1_800_000;

/**
 * What is known of a person, in one word: the largest weight under which they met stable, plus one; the smallest under
 * which they met the canary; and four flags.
 */
const WEIGHT_BITS = 14;
const WEIGHT_MASK = (1 << WEIGHT_BITS) - 1;
const FELL_BACK = 1 << 28;
const MOVED_BACK = 1 << 29;
const FORCED: Readonly<Record<ArmName, number>> = { stable: 1 << 30, canary: 1 << 31 };

/** The split of a plan: the canary's weight, and whether the release had a greater one before. */
export interface Under {
  readonly weight: number;
  readonly lowered: boolean;
}

export class Visits {
  readonly #since: number;
  readonly #people: Sampled;
  /** When they were seen last on an arm: seconds since the beginning, plus one. */
  readonly #seen: Readonly<Record<ArmName, UnitTable>>;
  readonly #sessions: Record<ArmName, number> = { stable: 0, canary: 0 };

  constructor(since: number, most = MOST) {
    this.#since = since;
    this.#seen = { stable: new UnitTable(most), canary: new UnitTable(most) };
    this.#people = new Sampled(new UnitTable(most), this.#seen.stable, this.#seen.canary);
  }

  get exact(): boolean {
    return this.#people.each === 1;
  }

  /** Somebody who is assigned met an arm in the tick that began at `at`. */
  meet(a: number, b: number, arm: ArmName, under: Under, at: number): void {
    const slot = this.#people.slot(a, b);
    if (slot < 0) return;
    this.#people.known.put(slot, after(this.#people.known.flags(slot), arm, under));
    this.#visit(a, b, arm, at);
  }

  /** No backend of the canary's could be reached for somebody, so that stable was asked. */
  fellBack(a: number, b: number): void {
    const slot = this.#people.slot(a, b);
    if (slot >= 0) this.#people.known.raise(slot, FELL_BACK);
  }

  /** A forced match sent somebody to an arm. */
  forced(a: number, b: number, arm: ArmName): void {
    const slot = this.#people.slot(a, b);
    if (slot >= 0) this.#people.known.raise(slot, FORCED[arm]);
  }

  sessions(arm: ArmName): number {
    return this.#sessions[arm];
  }

  moves(): Moves {
    const moves = { cameOver: 0, movedBack: 0, fellBack: 0, forced: 0, flipped: 0 };
    const { each, known } = this.#people;
    const listed = known.list();
    for (let i = 2; i < listed.length; i += 3) {
      const word = listed[i];
      const [stable, canary] = [stableOf(word), canaryOf(word)];
      if (word & FELL_BACK) moves.fellBack += each;
      if ((word & FORCED.canary && stable > 0) || (word & FORCED.stable && canary > 0)) moves.forced += each;
      if (stable === 0 || canary === 0) continue;
      if (stable > canary) moves.flipped += each;
      else if (word & MOVED_BACK) moves.movedBack += each;
      else moves.cameOver += each;
    }
    return moves;
  }

  #visit(a: number, b: number, arm: ArmName, at: number): void {
    const seen = this.#seen[arm];
    const slot = seen.slot(a, b);
    if (slot < 0) return;
    const [before, now] = [seen.flags(slot), Math.max(0, Math.floor((at - this.#since) / 1000)) + 1];
    if (before === 0 || (now - before) * 1000 > SESSION_MS) this.#sessions[arm] += this.#people.each;
    seen.put(slot, Math.max(before, now));
  }
}

/** 0: never met stable. */
const stableOf = (word: number): number => word & WEIGHT_MASK;
/** 0: never met the canary, which nobody does under the weight 0. */
const canaryOf = (word: number): number => (word >>> WEIGHT_BITS) & WEIGHT_MASK;

function after(word: number, arm: ArmName, { weight, lowered }: Under): number {
  const [stable, canary] = [stableOf(word), canaryOf(word)];
  if (arm === "canary") {
    const least = canary === 0 ? weight : Math.min(canary, weight);
    return (word & ~(WEIGHT_MASK << WEIGHT_BITS)) | (least << WEIGHT_BITS);
  }
  const back = lowered && canary > 0 ? MOVED_BACK : 0;
  return (word & ~WEIGHT_MASK) | Math.max(stable, weight + 1) | back;
}
