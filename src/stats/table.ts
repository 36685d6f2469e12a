/**
 * Draws from a law that is drawn from again and again: prepared once, each draw costs one word of chance whatever the
 * law (Walker's alias method in Vose's form, "A linear algorithm for generating random numbers with a given
 * distribution", 1991). Probabilities are kept to one part in 2^32.
 */
import { SerinError } from "../errors.ts";
import { requireAmount, requireCount } from "./inputs.ts";
import { binomial, fromWords, type Words } from "./random.ts";
import { logGamma } from "./special.ts";

/** A law over 0 .. size - 1. */
export class Table {
  readonly probabilities: Float64Array;
  /** Columns are a power of two: the high bits of a word choose one, the other `shift` bits a place in it. */
  readonly #shift: number;
  /** Up to which place a column is its own, and whose the rest is. */
  readonly #own: Uint32Array;
  readonly #other: Int32Array;

  /** `weights` are not negative and not all 0; they need not sum to 1. Throws STATISTICS_INPUT. */
  constructor(weights: ArrayLike<number>) {
    const sum = total(weights);
    this.probabilities = Float64Array.from(weights, (weight) => weight / sum);
    const bits = Math.max(1, Math.ceil(Math.log2(weights.length)));
    const { own, other } = columnsOf(this.probabilities, 2 ** bits);
    this.#shift = 32 - bits;
    this.#own = Uint32Array.from(own, (part) => Math.round(Math.min(1, part) * 2 ** this.#shift));
    this.#other = other;
  }

  draw(words: Words): number {
    const word = words();
    const column = word >>> this.#shift;
    return (word & ((1 << this.#shift) - 1)) < this.#own[column] ? column : this.#other[column];
  }

  /** `n` draws at once, added to `counts`, which is as long as the law. */
  count(words: Words, n: number, counts: Uint32Array): void {
    const [shift, own, other] = [this.#shift, this.#own, this.#other];
    const places = (1 << shift) - 1;
    for (let i = 0; i < n; i++) {
      const word = words();
      const column = word >>> shift;
      counts[(word & places) < own[column] ? column : other[column]]++;
    }
  }
}

/** What a column of height 1 lacks is taken from one that has too much. */
function columnsOf(probabilities: Float64Array, columns: number): { own: Float64Array; other: Int32Array } {
  const own = Float64Array.from({ length: columns }, (_, i) => (probabilities[i] ?? 0) * columns);
  const likeliest = probabilities.indexOf(Math.max(...probabilities));
  const other = new Int32Array(columns).fill(likeliest);
  const small: number[] = [];
  const large: number[] = [];
  for (let i = 0; i < columns; i++) (own[i] < 1 ? small : large).push(i);
  while (small.length > 0 && large.length > 0) {
    const [s, l] = [small.pop() as number, large[large.length - 1]];
    other[s] = l;
    own[l] -= 1 - own[s];
    if (own[l] < 1) small.push(large.pop() as number);
  }
  return { own, other };
}

function total(weights: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    requireAmount(weights[i], "weight");
    sum += weights[i];
  }
  if (sum > 0) return sum;
  throw new SerinError("STATISTICS_INPUT", "weights must not all be 0");
}

/** Standard deviations beyond which less lies than a table holds. */
const TAIL = 9;

/** The Poisson law as a table: the number is `from` + what is drawn. */
export function poissonTable(mean: number): { readonly from: number; readonly table: Table } {
  requireAmount(mean, "mean");
  const spread = TAIL * Math.sqrt(mean) + 30;
  const from = Math.max(0, Math.floor(mean - spread));
  const weights = Array.from({ length: Math.ceil(mean + spread) - from + 1 }, (_, i) => {
    const k = from + i;
    return mean === 0 ? Number(k === 0) : Math.exp(k * Math.log(mean) - mean - logGamma(k + 1));
  });
  return { from, table: new Table(weights) };
}

/** With more draws than this for each cell it is quicker to draw cell by cell. */
const MANY = 12;

/** `n` draws at once, counted into `counts`, which is as long as the law and is overwritten. */
export function multinomial(words: Words, n: number, law: Table, counts: Uint32Array): void {
  requireCount(n, "n");
  counts.fill(0);
  if (n < MANY * law.probabilities.length) law.count(words, n, counts);
  else cellByCell(words, n, law.probabilities, counts);
}

/** Each cell's share of what is left, by a binomial draw. */
function cellByCell(words: Words, n: number, probabilities: Float64Array, counts: Uint32Array): void {
  const random = fromWords(words);
  let [left, mass] = [n, 1];
  for (let i = 0; i < probabilities.length && left > 0; i++) {
    const p = probabilities[i];
    if (p === 0) continue;
    counts[i] = binomial(random, left, Math.min(1, p / mass));
    left -= counts[i];
    mass -= p;
  }
  // what rounding has left over is the last cell's
  if (left > 0) counts[probabilities.findLastIndex((p) => p > 0)] += left;
}
