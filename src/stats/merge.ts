/**
 * Many pieces of evidence, one decision. A weighted average of e-values is an e-value whatever their dependence
 * (Vovk & Wang, "E-values: calibration, combination and applications", 2021), so the average over all gates keeps the
 * false-rollback rate of the rollout, and is never later than testing each at its own share.
 */
import { requireAmount, requireInner } from "./inputs.ts";
import { logWeightedSum } from "./logs.ts";

/** Weights scaled to sum 1. Throws STATISTICS_INPUT for a negative weight; all zero or none gives zeros. */
export function normalised(weights: readonly number[]): number[] {
  for (const weight of weights) requireAmount(weight, "weight");
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => (sum > 0 ? weight / sum : 0));
}

/** ln of the weighted average of e-values given as logs; 0 (E = 1) when nothing has weight. */
export function logAverage(logs: readonly number[], weights: readonly number[]): number {
  const shares = normalised(weights);
  return shares.some((share) => share > 0) ? logWeightedSum(logs, shares) : 0;
}

/** Whether one member alone reaches its share of alpha: ln E >= -ln(alpha x share). */
export function reachesAlone(log: number, share: number, alpha: number): boolean {
  requireInner(alpha, "alpha");
  return share > 0 && log >= -Math.log(alpha * share);
}

/**
 * e-BH (Wang & Ramdas, 2022): the indices rejected at false-discovery rate alpha, valid under any dependence:
 * the k largest, k the greatest with k e_(k)/K >= 1/alpha. Largest first.
 */
export function discoveries(logs: readonly number[], alpha: number): number[] {
  requireInner(alpha, "alpha");
  const order = logs.map((_, i) => i).toSorted((a, b) => logs[b] - logs[a]);
  const reaches = (k: number) => logs[order[k - 1]] >= Math.log(logs.length / (k * alpha));
  let k = order.length;
  while (k > 0 && !reaches(k)) k--;
  return order.slice(0, k);
}
