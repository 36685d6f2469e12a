/**
 * Means of amounts (tokens, scores, cost) by betting. Each tested value meets the mean of the reference values of the
 * same tick; both are capped at a bound set beforehand, so one wild value cannot decide. What is compared is the
 * capped mean; how often values pass the cap is a matter for a count gate.
 *
 *   z = (min(x, B) - mean of min(y, B) - margin) / (B + margin)  in [-1, 1]       E = mean over l of product of (1 + l z)
 *
 * Each factor is non-negative with mean at most 1 when the tested arm's mean is not above the reference's by more
 * than the margin, so E is evidence at any time (Waudby-Smith & Ramdas, "Estimating means of bounded random variables
 * by betting", 2024; here with fixed bets).
 */
import { SerinError } from "../errors.ts";
import { requireAmount, requirePositive } from "./inputs.ts";

/** Parts of the wealth that are put at stake; each is one bet, averaged with equal weights. */
export const STAKED: readonly number[] = [0.02, 0.05, 0.1, 0.2, 0.4, 0.8];

/** One tick's values of both arms. */
export interface Values {
  readonly tested: readonly number[];
  readonly reference: readonly number[];
}

/**
 * Adds one tick to `logs` in place, one log for each of STAKED. Values are not negative; `cap` and `margin` are in
 * their unit. A tick that lacks an arm says nothing.
 */
export function scoreMeans(logs: number[], values: Values, cap: number, margin = 0): void {
  requirePositive(cap, "cap");
  requireAmount(margin, "margin");
  for (const value of values.tested) requireAmount(value, "tested value");
  for (const value of values.reference) requireAmount(value, "reference value");
  if (values.tested.length === 0 || values.reference.length === 0) return;
  let level = 0;
  for (const y of values.reference) level += Math.min(y, cap) / values.reference.length;
  for (const x of values.tested) scoreDifference(logs, (Math.min(x, cap) - level - margin) / (cap + margin));
}

/**
 * One payoff z from -1 to 1 with mean at most 0 under the null: a paired difference (judge scores of the same prompt on
 * both versions), or a bounded guess which arm a value comes from. Throws STATISTICS_INPUT outside.
 */
export function scoreDifference(logs: number[], z: number): void {
  if (!(z >= -1 && z <= 1)) throw new SerinError("STATISTICS_INPUT", `z must be a difference from -1 to 1, found ${z}`);
  for (let j = 0; j < STAKED.length; j++) logs[j] += Math.log1p(STAKED[j] * z);
}
