/**
 * Amounts (tokens, scores, cost) as they are kept: how they are spread over a range that was set beforehand. The range is
 * cut by 65 points, evenly from a fortieth of it on and by thirds of an octave below; a value between two of them is shared
 * out between both, in 1,024ths, so that the mean stays what it was.
 *
 * For a wager that is all there is to know. The logarithm of what a bet wins is concave in the value, so shared out it
 * comes to no more than it was: evidence from a spread is a little less than from the values themselves, never more.
 */
import { SerinError } from "../errors.ts";
import { requireCount } from "./inputs.ts";

const EVEN = 40;
const FINE = 24;

/** The points, as parts of the range: 0, then 1/10,240 to 1/40 by thirds of an octave, then every fortieth. */
export const POINTS: readonly number[] = [
  0,
  ...Array.from({ length: FINE }, (_, i) => 2 ** ((i - FINE) / 3) / EVEN),
  ...Array.from({ length: EVEN }, (_, i) => (i + 1) / EVEN),
];
const LAST = POINTS.length - 1;
/** A value's weight. */
export const WHOLE = 1024;

/** [point, weight], ascending; point 0 is the floor of the range and the last its cap. */
export type Spread = readonly (readonly [point: number, weight: number])[];

/** The last point at or below a part of the range. */
function pointBelow(part: number): number {
  let [low, high] = [0, LAST];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (POINTS[middle] <= part) low = middle;
    else high = middle;
  }
  return POINTS[high] <= part ? high : low;
}

/** What a value below or above the range counts as. */
export interface Range {
  readonly floor: number;
  readonly cap: number;
}

/** Values are added one by one, each with as many as are like it. */
export class Spreading {
  readonly #range: Range;
  readonly #weights = new Float64Array(POINTS.length);
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
    const point = pointBelow(part);
    const rest =
      point === LAST ? 0 : Math.round((WHOLE * (part - POINTS[point])) / (POINTS[point + 1] - POINTS[point]));
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
    if (point > LAST) throw new SerinError("STATISTICS_INPUT", `point must be at most ${LAST}, found ${point}`);
    const part = POINTS[point];
    weights += weight;
    sum += weight * part;
    squares += weight * part * part;
  }
  if (weights % WHOLE !== 0)
    throw new SerinError("STATISTICS_INPUT", `weights must come to whole values of ${WHOLE}, found ${weights}`);
  return { n: weights / WHOLE, sum: sum / WHOLE, squares: squares / WHOLE };
}

/** Both together. */
export function joinedSpread(a: Spread, b: Spread): Spread {
  const weights = new Map(a);
  for (const [point, weight] of b) weights.set(point, (weights.get(point) ?? 0) + weight);
  return [...weights].toSorted(([p], [q]) => p - q);
}

/** Differences within pairs, in parts of the range: those where the tested one is more, and those where it is less. */
export interface Differences {
  readonly more: Spread;
  readonly less: Spread;
}

export const noPairs: Differences = { more: [], less: [] };

/** Differences tested less reference, of values within a range of that length. Throws STATISTICS_INPUT. */
export function differencesOf(differences: readonly number[], span: number): Differences {
  const range = { floor: 0, cap: span };
  const [more, less] = [new Spreading(range), new Spreading(range)];
  for (const one of differences) (one >= 0 ? more : less).add(Math.abs(one));
  return { more: more.spread, less: less.spread };
}
