/**
 * Evidence that the tested arm is *not* worse than a limit: the same bets facing the other way. The null to be
 * rejected is "worse than every limit that is set": at least `ratio` times the reference and at least `points` above
 * it. Each limit's bets are e-values for its half-plane, hence for the intersection, and so is their average.
 */
import { logRatioAt } from "./blocks.ts";
import { requireBlock, requireInner, requireRatio, type Block } from "./inputs.ts";
import { logWeightedSum } from "./logs.ts";
import { nearestPointsNull, nearestRatioNull } from "./nulls.ts";

/** At least one is set: below `ratio` x reference, or below reference + `points`, is safe. */
export interface Limit {
  readonly ratio?: number | undefined;
  readonly points?: number | undefined;
}

/** Weights of the bets "half the reference", "the same", "midway to the limit". */
const BETS: readonly number[] = [0.15, 0.6, 0.25];

/** How many logs a limit needs. */
export function safetySize(limit: Limit): number {
  return BETS.length * (Number(limit.ratio !== undefined) + Number(limit.points !== undefined));
}

/**
 * ln of the e-factor of one bet: `alternative` against the nearest point of the limit's edge.
 * Example (a vector): 48 of 5,000 against 960 of 95,000, ratio 2, alternative 1 % and 1 %: 16.15.
 */
export function logRatioSafety(block: Block, theta: number, theta0: number, ratio: number): number {
  const t = nearestRatioNull(theta, theta0, block.n / (block.n + block.n0), ratio);
  return logRatioAt(block, theta, theta0, ratio * t, t);
}

/** The same against the edge "reference + points". */
export function logPointsSafety(block: Block, theta: number, theta0: number, points: number): number {
  const t = nearestPointsNull(theta, theta0, block.n / (block.n + block.n0), points);
  return logRatioAt(block, theta, theta0, t + points, t);
}

/**
 * Adds one block to the safety logs in place: the ratio's three bets first, then the points'.
 * `guess` is the reference rate as the blocks *before* this one show it. A block that lacks an arm says nothing.
 */
export function scoreSafety(logs: number[], block: Block, guess: number, limit: Limit): void {
  requireBlock(block);
  requireInner(guess, "guess");
  if (block.n === 0 || block.n0 === 0) return;
  let at = 0;
  if (limit.ratio !== undefined) {
    requireRatio(limit.ratio, "limit.ratio");
    const middle = Math.min((guess * (1 + limit.ratio)) / 2, (1 + guess) / 2);
    logs[at++] += logRatioSafety(block, guess / 2, guess, limit.ratio);
    logs[at++] += logRatioSafety(block, guess, guess, limit.ratio);
    logs[at++] += logRatioSafety(block, middle, guess, limit.ratio);
  }
  if (limit.points !== undefined) {
    requireInner(limit.points, "limit.points");
    const middle = guess + Math.min(limit.points, 1 - guess) / 2;
    logs[at++] += logPointsSafety(block, guess / 2, guess, limit.points);
    logs[at++] += logPointsSafety(block, guess, guess, limit.points);
    logs[at++] += logPointsSafety(block, middle, guess, limit.points);
  }
}

/** By the number of limits: the weight of every bet. */
const WEIGHTS = [1, 2].map((limits) =>
  Array.from({ length: limits * BETS.length }, (_, i) => BETS[i % BETS.length] / limits),
);

/** ln E for safety: the limits' bets averaged. 0 before any data. */
export const logSafetyEvidence = (logs: readonly number[]): number =>
  logWeightedSum(logs, WEIGHTS[logs.length / BETS.length - 1]);
