/**
 * Overshoot removal (Fischer & Ramdas, "Improving the (approximate) sequential probability ratio test by avoiding
 * overshoot", 2024). With 5 % of traffic one bad event multiplies the evidence by up to ten, so the threshold is
 * overshot and a third of alpha stays unspent. What lies above the threshold cannot help, so it is given back as a
 * bonus factor on all outcomes. The boosted number is evidence *for the one threshold chosen beforehand* only, and
 * only up to it; what people are shown is the plain one.
 */
import { chanceOf, climbBy, distanceAt, isFar, type Climb } from "./climb.ts";
import { requireBlock, requireInner, requireRatio, type Block } from "./inputs.ts";
import { logMean } from "./logs.ts";
import { RATIOS } from "./counts.ts";

/** Bets on one block: ln of what stands on each, their weights, and what is not staked (it counts 1). */
export interface Stakes {
  readonly logs: readonly number[];
  readonly weights: readonly number[];
  readonly rest: number;
  readonly ratios: readonly number[];
}

/** A block gets a bonus only while at most this part of its units (and one more) went wrong. */
export const RARE = 0.05;
/** With a wide margin the tested arm's rate is a multiple of that, and the part shrinks. */
const RARE_TESTED = 0.1;
/** Blocks with more bad events decide without help, and their products would leave a double's range. */
const MOST_EVENTS = 64;

/** ln of a part of the threshold so small that nothing is to be gained by caring. */
const LEAST = -400;
/** What has reached the mark stands this far above it, lest rounding leave it below. */
const ABOVE = 1e-9;

/**
 * ln of what the deciding evidence gains on the bets' sum in one block, to be kept from then on.
 *
 * What the deciding evidence is worth, as a part of the threshold, is the chance that the bets' sum would reach a lower
 * mark under the null (`climb.ts`): so what jumps overshoot there is given back from the beginning, and the mark is where
 * all of alpha is spent, at 63 instead of 100 for bets on five times. The published rule gives it back only just
 * below the threshold, to those that linger there.
 *
 * The worth is a guess, and any guess will do, since each block is paid for. With y the bad events of the tested arm, of
 * the block's total, what is kept after each outcome is scaled by the b that solves
 *
 *   sum over y of P(y) min(b worth(y), threshold) = evidence before
 *
 * with P Fisher's noncentral hypergeometric law, the law of y given the total, at the odds ratio that a rate of
 * `rare` in the reference arm has at the margin. For any lower rate y is smaller in distribution and what is kept grows in
 * y, so the expectation is at most the evidence before, whatever the rate. For a higher rate such thin blocks are
 * improbable, and what the plain form gives away there outweighs them; that is checked by enumeration in
 * `boost.test.ts`. (The binomial law, the limit for rare events, would be off by up to 1 % in a block at a rate of 5 %.)
 *
 * `threshold` and the result are logarithms; `logBonus` is what was gained so far. 0 where nothing can be gained.
 */
export function logBlockBonus(
  stakes: Stakes,
  logBonus: number,
  block: Block,
  margin: number,
  threshold: number,
  rare = Math.min(RARE, RARE_TESTED / margin),
): number {
  requireBlock(block);
  requireRatio(margin, "margin");
  const { n, n0 } = block;
  const events = block.bad + block.bad0;
  if (n === 0 || n0 === 0 || events === 0 || events > Math.min(MOST_EVENTS, 1 + rare * (n + n0))) return 0;
  const { before, jump } = bets(stakes, block, margin);
  const log = Math.log(before) + logBonus - threshold;
  if (!(log < 0 && log > LEAST && Math.log(before) > LEAST)) return 0;
  const odds = (margin * (1 - rare)) / (1 - margin * rare);
  const outcomes = playOut(block, odds, stakes);
  const climb = climbBy(jump);
  const gap = distanceAt(climb, log) - Math.log(evidences[outcomes - 1] / before);
  // far below the mark what overshoots is yet to come: the worth is in proportion to the evidence
  if (isFar(climb, gap)) return Math.log(before / meanOf(evidences, outcomes));
  const y = block.bad - Math.max(0, events - n0);
  const kept = pay(outcomes, climb, log, before)[y];
  return Math.log(kept) + (kept < 1 ? 0 : ABOVE) + threshold - logBonus - Math.log(evidences[y]);
}

/** Over the outcomes' chances. */
function meanOf(of: Float64Array, outcomes: number): number {
  let mean = 0;
  for (let i = 0; i < outcomes; i++) mean += chances[i] * of[i];
  return mean;
}

/**
 * Fills in the outcomes of a block with its total of bad events: chances, and the evidence after each. Says how many they
 * are. `after` is used up.
 */
function playOut({ n, n0, bad, bad0 }: Block, odds: number, { ratios, rest }: Stakes): number {
  const events = bad + bad0;
  const least = Math.max(0, events - n0);
  const outcomes = Math.min(n, events) - least + 1;
  if (least > 0) for (let j = 0; j < ratios.length; j++) after[j] *= ratios[j] ** least;
  let chance = 1;
  let all = 0;
  for (let i = 0; i < outcomes; i++) {
    const y = least + i;
    let evidence = rest;
    for (let j = 0; j < ratios.length; j++) {
      evidence += after[j];
      after[j] *= ratios[j];
    }
    chances[i] = chance;
    evidences[i] = evidence;
    all += chance;
    chance *= (odds * (n - y) * (events - y)) / ((y + 1) * (n0 - events + y + 1));
  }
  for (let i = 0; i < outcomes; i++) chances[i] /= all;
  return outcomes;
}

/** Room for the outcomes of one block, used again by each. */
const chances = new Float64Array(MOST_EVENTS + 1);
const evidences = new Float64Array(MOST_EVENTS + 1);
const worths = new Float64Array(MOST_EVENTS + 1);
const after: number[] = [];

/** What stands on the bets before the block, all told; and on each after it, in `after`, if no event were the tested arm's. */
function bets({ logs, weights, ratios, rest }: Stakes, block: Block, margin: number): { before: number; jump: number } {
  const odds = (block.n / block.n0) * margin;
  const events = block.bad + block.bad0;
  const a = odds / (1 + odds);
  let before = rest;
  let up = rest;
  for (let j = 0; j < logs.length; j++) {
    const stands = weights[j] * Math.exp(logs[j]);
    const cost = 1 + a * (ratios[j] - 1);
    before += stands;
    up += (stands * ratios[j]) / cost;
    after[j] = events === 1 ? stands / cost : stands * cost ** -events;
  }
  return { before, jump: Math.log(up / before) };
}

/** What is kept after each outcome, as a part of the threshold; `log` is ln of what there was before. */
function pay(outcomes: number, climb: Climb, log: number, before: number): Float64Array {
  const distance = distanceAt(climb, log);
  let sure = 0;
  let unsure = 0;
  let last = -1;
  for (let i = 0; i < outcomes; i++) {
    worths[i] = chanceOf(climb, distance - Math.log(evidences[i] / before));
    if (worths[i] >= 1) {
      sure += chances[i];
      continue;
    }
    unsure += chances[i] * worths[i];
    last = i;
  }
  const wealth = Math.exp(log);
  // what reaches the mark has it whole, unless such outcomes are more likely than is paid for
  const b = wealth < sure ? wealth / (sure + unsure) : solve(last, wealth - sure, unsure);
  const end = wealth < sure ? outcomes : last + 1;
  for (let i = 0; i < end; i++) worths[i] = Math.min(1, b * worths[i]);
  return worths;
}

/** b with sum of chances min(b worths, 1) = wanted, up to outcome `last`: the worth grows with the outcome, so the last ones are cut. */
function solve(last: number, wanted: number, unsure: number): number {
  let uncut = unsure;
  let left = wanted;
  for (let i = last; i >= 0; i--) {
    const b = left / uncut;
    if (b * worths[i] <= 1) return b;
    uncut -= chances[i] * worths[i];
    left -= chances[i];
  }
  return 1;
}

/** Bets on events that come one by one, equally weighted: ln of each bet's product, and ln of the bonus factor. */
export interface Boosted {
  readonly logs: readonly number[];
  readonly logBonus: number;
}

/** Before the first event. */
export const startBoosted = (ratios: readonly number[] = RATIOS): Boosted => ({
  logs: ratios.map(() => 0),
  logBonus: 0,
});

/** ln of the plain evidence. */
export const logPlain = ({ logs }: Boosted): number => logMean(logs);

/** ln of the boosted evidence. */
export const logBoosted = (boosted: Boosted): number => logMean(boosted.logs) + boosted.logBonus;

/**
 * One bad event. `a` is the null share of bad events on the tested arm: w without a margin, w rho/(w rho + 1 - w) with one.
 * Where the event on the tested arm would overshoot, the reference outcome gets what is cut off there, so that the
 * expectation under the null stays the present evidence: B <- (B E - a/alpha) / ((1 - a) E after).
 */
export function boostEvent(
  state: Boosted,
  onTested: boolean,
  a: number,
  alpha: number,
  ratios: readonly number[] = RATIOS,
): Boosted {
  requireInner(a, "a");
  requireInner(alpha, "alpha");
  const threshold = -Math.log(alpha);
  const after = (bad: 0 | 1) =>
    state.logs.map((log, j) => log + bad * Math.log(ratios[j]) - Math.log1p(a * (ratios[j] - 1)));
  const up = after(1);
  if (onTested) return { ...state, logs: up };
  const down = after(0);
  if (logMean(up) + state.logBonus <= threshold) return { ...state, logs: down };
  // the difference is taken in logarithms, for both sides may be large
  const current = logBoosted(state);
  const rest = Math.log1p(-Math.exp(Math.log(a) + threshold - current));
  if (Number.isNaN(rest) || rest === -Infinity) return { ...state, logs: down };
  return { logs: down, logBonus: current + rest - Math.log1p(-a) - logMean(down) };
}
