/**
 * Means of amounts (tokens, session depth, scores, cost) by betting, block by block. Values lie between 0 and 1 of a range
 * that was set beforehand, so that one wild value cannot decide; what is compared is the mean within the range.
 *
 * Where worse begins is a line: mean of the tested arm = slope x mean of the reference + offset. Each value of both arms
 * is a bet, of the tested arm that it lies above the line and of the reference that it lies below, around any `level`
 * that was known before the block:
 *
 *   factor = product of 1 + a (x - slope level - offset)  x  product of 1 - b (y - level),   b = a slope n/n0
 *
 * On the line, with the reference's mean m, ln of its expectation is n ln(1 + a slope (m - level)) + n0 ln(1 - b (m - level)):
 * concave in m, and of slope 0 at m = level. So it is never above 0, whatever the level really is; below the line even
 * less. That makes the product over blocks evidence at any time, as in Waudby-Smith & Ramdas, "Estimating means of bounded
 * random variables by betting" (2024); here with two arms, and with fixed bets.
 *
 * Pairing each tested value with the block's own mean of the reference, as is often advised, is not exact: that mean is
 * shared, and its noise is squared by as many tested values as meet it (`means.test.ts`).
 */
import { SerinError } from "../errors.ts";
import { requireInner } from "./inputs.ts";
import { momentsOf, POINTS, WHOLE, type Differences, type Moments, type Spread } from "./spread.ts";

/** Parts of the largest stake that cannot ruin; each is one bet. */
export const STAKED: readonly number[] = [0.02, 0.05, 0.1, 0.2, 0.4, 0.8];

/** Values of both arms in one block. */
export interface Amounts {
  readonly tested: Spread;
  readonly reference: Spread;
}

/** Where worse begins, in parts of the range. */
export interface Line {
  readonly slope: number;
  readonly offset: number;
}

/** Whether the bets are that the tested arm lies above the line, or below it. */
export type Side = 1 | -1;

/** A level this near to an end of the range leaves nothing to bet with. */
const NEAREST = 1e-3;

/**
 * Adds one block to `logs[at ...]` in place, one log for each of STAKED. `level` is the reference's mean as it was guessed
 * before the block. A block that lacks an arm says nothing. Throws STATISTICS_INPUT.
 */
export function scoreMeans(
  logs: number[],
  { tested, reference }: Amounts,
  line: Line,
  side: Side,
  level: number,
  at = 0,
) {
  const [{ n }, { n: n0 }] = [momentsOf(tested), momentsOf(reference)];
  if (n === 0 || n0 === 0) return;
  requireLine(line);
  const { most, pivot, guess, against } = stakesOf(line, side, level, n / n0);
  for (let j = 0; j < STAKED.length; j++) {
    const a = side * STAKED[j] * most;
    logs[at + j] += logWins(tested, a, pivot) + logWins(reference, -a * against, guess);
  }
}

/** The largest stake that no value can ruin, where each arm's bet is even, and how much the reference stakes for it. */
export function stakesOf({ slope, offset }: Line, side: Side, level: number, odds: number) {
  const guess = Math.min(Math.max(level, NEAREST), 1 - NEAREST);
  const pivot = slope * guess + offset;
  const against = slope * odds;
  const [risk, risk0] = side === 1 ? [pivot, 1 - guess] : [1 - pivot, guess];
  return { most: 1 / Math.max(risk, against * risk0, NEAREST), pivot, guess, against };
}

/** Sum over values of ln(1 + a (x - from)). */
function logWins(spread: Spread, a: number, from: number): number {
  let sum = 0;
  for (const [point, weight] of spread) sum += weight * Math.log1p(a * (POINTS[point] - from));
  return sum / WHOLE;
}

function requireLine({ slope, offset }: Line): void {
  if (slope >= 0 && slope < Infinity && Number.isFinite(offset)) return;
  throw new SerinError("STATISTICS_INPUT", `a line must have a slope of at least 0, found ${slope} and ${offset}`);
}

/**
 * Adds a block of paired differences (the same prompt on both versions, a request and its copy): what both of a pair share
 * cancels. Null: their mean is on the other side of `offset`, in parts of the range.
 */
export function scorePairs(logs: number[], { more, less }: Differences, offset: number, side: Side, at = 0): void {
  if (momentsOf(more).n + momentsOf(less).n === 0) return;
  const most = 1 / Math.max(1 + side * offset, NEAREST);
  for (let j = 0; j < STAKED.length; j++) {
    const a = side * STAKED[j] * most;
    logs[at + j] += logWins(more, a, offset) + logWins(less, -a, -offset);
  }
}

/**
 * What the interval of the difference rests on: sums over blocks from which lines "tested = reference + d" can be tried
 * afterwards, of bets above them and of bets below. Of values a (x - level - d) and b (y - level): their sum, and the sum of
 * their squares, as polynomials in d.
 */
export interface DifferenceSums {
  readonly above: Tries;
  readonly below: Tries;
  /** Lines no further off than this can be tried: from there on a bet could ruin. */
  readonly most: number;
}

interface Tries {
  readonly linear: readonly [constant: number, d: number];
  readonly squares: readonly [constant: number, d: number, dd: number];
}

const noTries: Tries = { linear: [0, 0], squares: [0, 0, 0] };
export const noDifference: DifferenceSums = { above: noTries, below: noTries, most: 1 };

/** Adds one block. `level` as for `scoreMeans`. */
export function addDifference(sums: DifferenceSums, { tested, reference }: Amounts, level: number): DifferenceSums {
  const [x, y] = [momentsOf(tested), momentsOf(reference)];
  if (x.n === 0 || y.n === 0) return sums;
  const guess = Math.min(Math.max(level, NEAREST), 1 - NEAREST);
  const odds = x.n / y.n;
  // with lines no further than the level itself no value times its stake is below -1
  const scales = [1 / Math.max(2 * guess, odds * (1 - guess)), 1 / Math.max(1, odds * guess)];
  const [above, below] = scales.map((a) => triesOf(x, y, guess, a, a * odds));
  return {
    above: added(sums.above, above),
    below: added(sums.below, below),
    most: Math.min(sums.most, guess),
  };
}

function triesOf(x: Moments, y: Moments, level: number, a: number, b: number): Tries {
  const about = ({ n, sum, squares }: Moments) => squares - 2 * level * sum + n * level * level;
  const [high, low] = [x.sum - x.n * level, y.sum - y.n * level];
  return {
    linear: [a * high - b * low, -a * x.n],
    squares: [a * a * about(x) + b * b * about(y), -2 * a * a * high, a * a * x.n],
  };
}

/** Paired differences are tried up to half of what there can be. */
const MOST_OF_PAIRS = 0.5;

/** Adds paired differences, as for `scorePairs`. */
export function addPairs(sums: DifferenceSums, { more, less }: Differences): DifferenceSums {
  const [up, down] = [momentsOf(more), momentsOf(less)];
  const [n, z, zz] = [up.n + down.n, up.sum - down.sum, up.squares + down.squares];
  const a = 1 / (1 + MOST_OF_PAIRS);
  const tries: Tries = { linear: [a * z, -a * n], squares: [a * a * zz, -2 * a * a * z, a * a * n] };
  return { above: added(sums.above, tries), below: added(sums.below, tries), most: MOST_OF_PAIRS };
}

const added = (sums: Tries, { linear, squares }: Tries): Tries => ({
  linear: [sums.linear[0] + linear[0], sums.linear[1] + linear[1]],
  squares: [sums.squares[0] + squares[0], sums.squares[1] + squares[1], sums.squares[2] + squares[2]],
});

const TRIED: readonly number[] = [0.003, 0.01, 0.03, 0.08, 0.2, 0.4, 0.6, 0.8];
/** The price of a bet by ln(1 + l t) >= l t - PRICE t^2 for t >= -1 (Fan, Grama & Liu, 2015). */
const PRICES = TRIED.map((stake) => -Math.log1p(-stake) - stake);

/** ln of the evidence that the difference lies beyond d on that side; a lower bound of what bets would have won. */
function logBeyond({ linear, squares }: Tries, d: number, side: Side): number {
  const gain = side * (linear[0] + linear[1] * d);
  const cost = squares[0] + squares[1] * d + squares[2] * d * d;
  let sum = 0;
  for (let j = 0; j < TRIED.length; j++) sum += Math.exp(Math.min(700, TRIED[j] * gain - PRICES[j] * cost));
  return Math.log(sum / TRIED.length);
}

/**
 * The difference of the means, tested less reference, in parts of the range, with its interval at level 1 - alpha, each side
 * alpha/2. Holds at all times at once when the difference is constant. Null before the first block.
 */
export function differenceOf(
  { above, below, most }: DifferenceSums,
  alpha: number,
): { readonly low: number; readonly likeliest: number; readonly high: number } | null {
  requireInner(alpha, "alpha");
  if (below.linear[1] === 0) return null;
  const likeliest = -below.linear[0] / below.linear[1];
  const needed = Math.log(2 / alpha);
  const low =
    Math.min(likeliest, most) - reach((far) => logBeyond(above, Math.min(likeliest, most) - far, 1) >= needed);
  const high =
    Math.max(likeliest, -most) + reach((far) => logBeyond(below, Math.max(likeliest, -most) + far, -1) >= needed);
  return { low: Math.max(-1, low), likeliest, high: Math.min(1, high) };
}

/** How far the first excluded difference is: what lies beyond it is excluded all the more. */
function reach(excluded: (far: number) => boolean): number {
  let [low, high] = [0, 2 ** -14];
  while (!excluded(high)) {
    if (high >= 2) return 2;
    [low, high] = [high, high * 2];
  }
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2;
    if (excluded(middle)) high = middle;
    else low = middle;
  }
  return high;
}
