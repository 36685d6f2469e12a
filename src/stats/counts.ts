/**
 * Bad events of two arms: how many times worse is the tested arm? A grid of fixed answers is scored tick by tick;
 * each keeps the likelihood ratio of "r x the margin" against "exactly the margin", given the tick's total.
 *
 * Why it is exact: with independent units the expected factor of one tick is at most
 * exp(n theta (p/a - 1) + n0 theta0 ((1-p)/(1-a) - 1)), which is 1 at theta = margin x theta0 and less below. So each
 * product is a non-negative supermartingale for "never more than margin times worse", whatever theta0 does over
 * time, and by Ville's inequality it reaches 1/alpha with probability at most alpha, however often anyone looks.
 */
import { requireBlock, requireRatio, type Block } from "./inputs.ts";
import { logMean } from "./logs.ts";

/** How many times as often as the reference each bet says the tested arm goes wrong. */
export const RATIOS: readonly number[] = [1.5, 2, 3, 5, 9, 20];
/**
 * How a release's stake is shared over them: for the least mean number of requests, over the bound, of faults from 1.5 to
 * 20 times, spread evenly over the logarithm; any shares from these to equal ones are within 1 % of it. Most lies on twice to
 * nine times: with equal shares the four faults of `docs/benchmarks.md` take 2 % longer, and one of 1.5 times 7 % less.
 */
export const RATIO_WEIGHTS: readonly number[] = [3, 15, 9, 12, 14, 2].map((part) => part / 55);

/** Margins beyond this are meant as such: bets are then multiples of them. */
const WIDE = 1.5;
/** A bet must say more than the margin allows. */
const LEAST = 1.15;

/**
 * The bets beyond a margin, as multiples of it: RATIOS are about the reference, so that a doubling is as well provided
 * for at the usual margin of 1.25 (where multiples of the margin would need 10 % longer to see it) as at 1.
 */
export function ratiosBeyond(margin: number): readonly number[] {
  let ratios = beyond.get(margin);
  if (ratios === undefined) {
    if (beyond.size >= MOST_KEPT) beyond.clear();
    ratios = RATIOS.map((r) => Math.max(LEAST, r / Math.min(margin, WIDE)));
    beyond.set(margin, ratios);
  }
  return ratios;
}

/** Every block of a gate asks for the same ones. */
const beyond = new Map<number, readonly number[]>();
const MOST_KEPT = 64;

/**
 * Adds one block's log likelihood ratios to `logs[from + j]`, one for each of `ratios`, in place.
 * The share w of units is that of the block's own counts, never the configured weight: with odds o = w margin/(1-w)
 * the tested arm's share of bad events is a = o/(1+o) at the margin and p = o r/(1 + o r) for the bet.
 * A block that lacks an arm, or bad events, says nothing.
 */
export function scoreConditional(
  logs: number[],
  block: Block,
  margin: number,
  ratios: readonly number[] = RATIOS,
  from = 0,
): void {
  requireBlock(block);
  requireRatio(margin, "margin");
  const events = block.bad + block.bad0;
  if (block.n === 0 || block.n0 === 0 || events === 0) return;
  const odds = (block.n / block.n0) * margin;
  for (let j = 0; j < ratios.length; j++) {
    const r = ratios[j];
    logs[from + j] += block.bad * Math.log(r) - events * Math.log1p((odds * (r - 1)) / (1 + odds));
  }
}

/** ln of the averaged evidence of whole blocks, without restarts: each block is its own stratum. */
export function logConditionalEvidence(
  blocks: Iterable<Block>,
  margin = 1,
  ratios: readonly number[] = RATIOS,
): number {
  const logs = ratios.map(() => 0);
  for (const block of blocks) scoreConditional(logs, block, margin, ratios);
  return logMean(logs);
}
