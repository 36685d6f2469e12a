/**
 * Watching without an end, after a promotion. A promise "at most 1 in 100, ever" would make the watch ever slower; what
 * is promised instead is how long it runs on average until a false alarm (Shin, Ramdas & Rinaldo, "E-detectors: a
 * nonparametric framework for sequential change detection", 2024). A new bet begins with every block:
 *
 *   S_j <- (S_j + 1) x factor_j        alarm when the weighted sum of S_j reaches `blocks`
 *
 * Under the null the sum minus the number of blocks is a supermartingale, so the mean run to a false alarm is at least
 * `blocks` blocks, whatever the level does. A fault is found about ln(blocks)/information after it began, however
 * long all was well.
 */
import { requirePositive } from "./inputs.ts";
import { addLogs, logWeightedSum } from "./logs.ts";

/** ln S of each bet; -Infinity (nothing yet) is kept as null, for it is JSON. */
export type Detector = readonly (number | null)[];

/** Before the first block, for so many bets. */
export const startDetector = (size: number): Detector => Array<number | null>(size).fill(null);

/** The detector after one block whose bets score `increments` (ln factor of each, as `scoreConditional` gives them from 0). */
export function watch(detector: Detector, increments: readonly number[]): Detector {
  return detector.map((log, j) => addLogs(log ?? -Infinity, 0) + increments[j]);
}

/** ln of the weighted sum; -Infinity before the first block. `weights` sum to 1. */
export const logWatched = (detector: Detector, weights: readonly number[]): number =>
  logWeightedSum(
    detector.map((log) => log ?? -Infinity),
    weights,
  );

/** Whether to alarm, with a mean run of at least `blocks` between false alarms. Throws STATISTICS_INPUT. */
export function alarms(detector: Detector, weights: readonly number[], blocks: number): boolean {
  requirePositive(blocks, "blocks");
  return logWatched(detector, weights) >= Math.log(blocks);
}
