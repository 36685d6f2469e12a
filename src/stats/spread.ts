/**
 * Amounts (tokens, scores, cost) as they are kept: how they are spread over a range that was set beforehand. The range is
 * cut by 65 points; a value between two of them is shared out between both, in 1,024ths, so that the mean stays what it was.
 *
 * For a wager that is all there is to know. The logarithm of what a bet wins is concave in the value, so shared out it
 * comes to no more than it was: evidence from a spread is a little less than from the values themselves, never more.
 */
import { SerinError } from "../errors.ts";
import { requireCount } from "./inputs.ts";

/** Pieces of the range; there is one point more. */
export const PIECES = 64;
/** A value's weight. A value is read to 1/65,536 of the range. */
export const WHOLE = 1024;

/** [point, weight], ascending; point 0 is the floor of the range and PIECES its cap. */
export type Spread = readonly (readonly [point: number, weight: number])[];

/** What a value below or above the range counts as. */
export interface Range {
  readonly floor: number;
  readonly cap: number;
}

/** Values are added one by one, each with as many as are like it. */
export class Spreading {
  readonly #range: Range;
  readonly #weights = new Float64Array(PIECES + 1);
  n = 0;
  /** How many lay outside of the range. */
  outside = 0;

  constructor(range: Range) {
    this.#range = range;
  }

  /** Throws STATISTICS_INPUT for what is no number. */
  add(value: number, count = 1): void {
    if (!Number.isFinite(value)) throw new SerinError("STATISTICS_INPUT", `a value must be a number, found ${value}`);
    requireCount(count, "count");
    const { floor, cap } = this.#range;
    if (value < floor || value > cap) this.outside += count;
    const part = (Math.min(Math.max(value, floor), cap) - floor) / (cap - floor);
    const at = Math.round(part * PIECES * WHOLE);
    const [point, rest] = [Math.floor(at / WHOLE), at % WHOLE];
    this.n += count;
    this.#weights[point] += (WHOLE - rest) * count;
    if (rest > 0) this.#weights[point + 1] += rest * count;
  }

  get spread(): Spread {
    return [...this.#weights.entries()].filter(([, weight]) => weight > 0);
  }
}

/** How many values, the sum of their parts of the range, and the sum of the squares of those. */
export interface Moments {
  readonly n: number;
  readonly sum: number;
  readonly squares: number;
}

/** Throws STATISTICS_INPUT for what is no spread of whole values. */
export function momentsOf(spread: Spread): Moments {
  let [weights, sum, squares] = [0, 0, 0];
  for (const [point, weight] of spread) {
    requireCount(point, "point");
    requireCount(weight, "weight");
    if (point > PIECES) throw new SerinError("STATISTICS_INPUT", `point must be at most ${PIECES}, found ${point}`);
    weights += weight;
    sum += weight * point;
    squares += weight * point * point;
  }
  if (weights % WHOLE !== 0)
    throw new SerinError("STATISTICS_INPUT", `weights must come to whole values of ${WHOLE}, found ${weights}`);
  return { n: weights / WHOLE, sum: sum / (WHOLE * PIECES), squares: squares / (WHOLE * PIECES * PIECES) };
}

/** Both together. */
export function joinedSpread(a: Spread, b: Spread): Spread {
  const weights = new Map(a);
  for (const [point, weight] of b) weights.set(point, (weights.get(point) ?? 0) + weight);
  return [...weights].toSorted(([p], [q]) => p - q);
}
