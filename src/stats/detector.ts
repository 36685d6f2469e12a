/**
 * Watching without an end, after a promotion. A promise "at most 1 in 100, ever" would make the watch ever slower; what
 * is promised instead is how long it runs on average until a false alarm (Shin, Ramdas & Rinaldo, "E-detectors: a
 * nonparametric framework for sequential change detection", 2024). A new bet begins with every block of time:
 *
 *   S_j <- (S_j + 1) x factor_j        alarm when the weighted sum of S_j reaches N
 *
 * Under the null the sum minus the number of blocks begun is a supermartingale, so at least N blocks have begun, on
 * average, when a false alarm comes; and within any m blocks one comes with probability at most m/N. That holds
 * whatever the level does, and whenever within a block anyone looks. A fault is found about ln(N)/information after it
 * began, however long all was well.
 */
import { requirePositive } from "./inputs.ts";
import { BLOCK_MS, type Mixture } from "./onset.ts";

/** `size` bets with the first block's stake. Later ones are put in by `stakeMinutes`, by the time since the watch began. */
export const startDetector = (size: number): Mixture => ({
  logs: Array<number>(size).fill(0),
  stages: 0,
  minutes: 0,
  blocks: 1,
});

/**
 * ln of the sum at which to alarm, for a mean run of at least `meanMs` until a false alarm: the block that is under way
 * counts as begun and not as time. Throws STATISTICS_INPUT.
 */
export function detectorAlarm(meanMs: number): number {
  requirePositive(meanMs, "meanMs");
  return Math.log(meanMs / BLOCK_MS + 1);
}

/** At most how probable a false alarm is within `ms` of such a watch. */
export const falseWithin = (ms: number, meanMs: number): number =>
  Math.min(1, (Math.floor(ms / BLOCK_MS) + 1) / (meanMs / BLOCK_MS + 1));
