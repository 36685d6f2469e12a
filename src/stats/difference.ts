/**
 * How many points worse, with an interval that may be read at any moment. For each difference d of a grid two wagers
 * run: against "the tested arm is at most d above the reference" and against "at least d above it". Each bets on what
 * past blocks showed, against the nearest point of its null, so that it is evidence for the whole null; d is outside the interval
 * when one of them has reached 2/alpha.
 */
import { logBlockRatio } from "./blocks.ts";
import { requireBlock, requireInner, type Block } from "./inputs.ts";
import { nearestPointsNull } from "./nulls.ts";

/** The grid's positive half, as shares; 0 and the negative half complete it. */
const STEPS: readonly number[] = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5];

/** Ascending, from -0.5 to 0.5. */
export const DIFFERENCES: readonly number[] = [...STEPS.toReversed().map((d) => -d), 0, ...STEPS];

/** ln of the wagers by difference: `above[i]` that the truth is above DIFFERENCES[i], `below[i]` that it is below. Plain JSON. */
export interface Differences {
  readonly above: number[];
  readonly below: number[];
}

/** Before the first block. */
export const startDifferences = (): Differences => ({
  above: DIFFERENCES.map(() => 0),
  below: DIFFERENCES.map(() => 0),
});

/** Rates that past blocks show, strictly inside 0..1: where the bets of the next block are placed. */
export interface Guess {
  readonly theta: number;
  readonly theta0: number;
}

/**
 * Adds one block in place. `guess` is of blocks *before* this one. A block that lacks an arm says nothing.
 * Throws STATISTICS_INPUT.
 */
export function scoreDifferences({ above, below }: Differences, block: Block, guess: Guess): void {
  requireBlock(block);
  requireInner(guess.theta, "guess.theta");
  requireInner(guess.theta0, "guess.theta0");
  if (block.n === 0 || block.n0 === 0) return;
  const difference = guess.theta - guess.theta0;
  for (let i = 0; i < DIFFERENCES.length; i++) {
    const d = DIFFERENCES[i];
    if (d === difference) continue;
    const side = d < difference ? above : below;
    side[i] += logBlockRatio(block, guess, nearest(guess, block, d));
  }
}

/** The nearest rates that differ by d; where d < 0 the arms change parts. */
function nearest({ theta, theta0 }: Guess, { n, n0 }: Block, d: number): Guess {
  const w = n / (n + n0);
  if (d === 0) {
    const pooled = w * theta + (1 - w) * theta0;
    return { theta: pooled, theta0: pooled };
  }
  if (d > 0) {
    const t = nearestPointsNull(theta, theta0, w, d);
    return { theta: t + d, theta0: t };
  }
  const t = nearestPointsNull(theta0, theta, 1 - w, -d);
  return { theta: t, theta0: t - d };
}

/** The difference's interval at level 1 - alpha, rounded outwards to the grid; -1 and 1 where nothing is excluded. */
export function differenceInterval({ above, below }: Differences, alpha: number): { low: number; high: number } {
  requireInner(alpha, "alpha");
  const needed = Math.log(2 / alpha);
  let low = -1;
  for (let i = 0; i < DIFFERENCES.length && above[i] >= needed; i++) low = DIFFERENCES[i];
  let high = 1;
  for (let i = DIFFERENCES.length - 1; i >= 0 && below[i] >= needed; i--) high = DIFFERENCES[i];
  return { low, high };
}
