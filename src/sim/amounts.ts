/** Amounts of an invented world: log-normal, as tokens and baskets are, within whatever range a gate asks for. */
import type { Amounts } from "../analysis/measurement.ts";
import { normalQuantile } from "../stats/special.ts";
import { differencesOf, POINTS, Spreading, WHOLE, type Range } from "../stats/spread.ts";
import { multinomial, Table } from "../stats/table.ts";
import { normal, type Random, type Words } from "../stats/random.ts";

/** The law of an arm's amounts. */
export interface Amounting {
  /** In the metric's own unit; null: a fifth of the range above its floor, whatever the range is. */
  readonly mean: number | null;
  /** Times that. */
  readonly times: number;
  /** Standard deviation, as a part of the mean. */
  readonly spread: number;
}

export const usualAmounts: Amounting = { mean: null, times: 1, spread: 0.75 };

const USUAL_PART = 0.2;
/** Slices of equal probability that a law is taken from. */
const SLICES = 4096;

export const meanIn = ({ mean, times }: Amounting, { floor, cap }: Range): number =>
  times * (mean ?? floor + USUAL_PART * (cap - floor));

/** Probabilities of the points of the range; its mean is that of the amounts within the range. */
export function amountLaw(amounting: Amounting, range: Range): Float64Array {
  const mean = meanIn(amounting, range);
  const sigma = Math.sqrt(Math.log1p(amounting.spread ** 2));
  const spreading = new Spreading(range);
  for (let i = 0; i < SLICES; i++)
    spreading.add(mean * Math.exp(sigma * normalQuantile((i + 0.5) / SLICES) - sigma ** 2 / 2));
  const law = new Float64Array(POINTS.length);
  for (const [point, weight] of spreading.spread) law[point] = weight / (WHOLE * SLICES);
  return law;
}

const kept = new Map<string, Table>();

function tableOf(amounting: Amounting, { floor, cap }: Range): Table {
  const key = [amounting.mean, amounting.times, amounting.spread, floor, cap].join("/");
  let table = kept.get(key);
  if (table === undefined) kept.set(key, (table = new Table(amountLaw(amounting, { floor, cap }))));
  return table;
}

const counts = new Uint32Array(POINTS.length);

/** `n` amounts within the range. */
export function amountsDrawn(words: Words, n: number, amounting: Amounting, range: Range): Amounts {
  if (n === 0) return { spread: [], outside: 0 };
  multinomial(words, n, tableOf(amounting, range), counts);
  const spread = [...counts.entries()].flatMap(([point, count]) =>
    count > 0 ? [[point, WHOLE * count] as const] : [],
  );
  return { spread, outside: 0 };
}

/** The mean of `n` amounts, as a metric of somebody's own would show it. */
export function averageDrawn(
  random: Random,
  n: number,
  { mean, times, spread }: Amounting & { readonly mean: number },
) {
  return mean * times * Math.exp((spread / Math.sqrt(n)) * normal(random));
}

/** `n` pairs: amounts of both, and their differences on the range of differences. What pairs share is not invented. */
export function pairsDrawn(words: Words, n: number, [stable, canary]: readonly [Amounting, Amounting], range: Range) {
  const span = range.cap - range.floor;
  const [of, tried] = [new Spreading(range), new Spreading(range)];
  const differences: number[] = [];
  const at = (point: number) => range.floor + span * POINTS[point];
  for (let i = 0; i < n; i++) {
    const [y, x] = [at(tableOf(stable, range).draw(words)), at(tableOf(canary, range).draw(words))];
    of.add(y);
    tried.add(x);
    differences.push(x - y);
  }
  return {
    stable: { spread: of.spread, outside: 0 },
    canary: { spread: tried.spread, outside: 0 },
    pairs: differencesOf(differences, span),
  };
}
