/**
 * Is traffic split as it should be? Dirichlet-multinomial odds of "some other split" against the configured shares
 * (Lindon & Malek, "Anytime-valid inference for multinomial count data", 2022): an alarm for the plumbing, not for
 * the release. Whenever the shares change the counts begin anew and the evidence so far is kept as a factor.
 */
import { requireCount, requireInner, requirePositive } from "./inputs.ts";
import { logGamma } from "./special.ts";
import { SerinError } from "../errors.ts";

/** How firmly the prior believes in the configured shares: as much as this many units. */
const CONCENTRATION = 100;

/** ln of sum-to-one Dirichlet odds: ln B(k theta + counts) - ln B(k theta) - sum counts ln theta. */
export function logSplitOdds(
  counts: readonly number[],
  shares: readonly number[],
  concentration = CONCENTRATION,
): number {
  requireShares(counts, shares);
  requirePositive(concentration, "concentration");
  const total = counts.reduce((sum, n) => sum + n, 0);
  let log = logGamma(concentration) - logGamma(concentration + total);
  for (let i = 0; i < counts.length; i++) {
    const prior = concentration * shares[i];
    log += logGamma(prior + counts[i]) - logGamma(prior) - counts[i] * Math.log(shares[i]);
  }
  return log;
}

function requireShares(counts: readonly number[], shares: readonly number[]): void {
  for (const count of counts) requireCount(count, "count");
  for (const share of shares) requireInner(share, "share");
  const sum = shares.reduce((a, b) => a + b, 0);
  if (counts.length === shares.length && Math.abs(sum - 1) < 1e-9) return;
  throw new SerinError("STATISTICS_INPUT", `shares must be as many as counts and sum to 1, found ${shares.join(", ")}`);
}

/** Running evidence against the configured split. Plain JSON. */
export interface SplitEvidence {
  /** ln of the odds gathered under earlier shares. */
  readonly before: number;
  readonly shares: readonly number[];
  readonly counts: readonly number[];
}

/** Before the first unit. */
export const startSplit: SplitEvidence = { before: 0, shares: [], counts: [] };

/** Counts new units by arm under the shares that were configured for them. Shares of 0 and 1 leave nothing to test. */
export function countSplit(
  evidence: SplitEvidence,
  counts: readonly number[],
  shares: readonly number[],
): SplitEvidence {
  if (shares.some((share) => share === 0 || share === 1)) return evidence;
  requireShares(counts, shares);
  const same = shares.length === evidence.shares.length && shares.every((share, i) => share === evidence.shares[i]);
  if (same) return { ...evidence, counts: evidence.counts.map((n, i) => n + counts[i]) };
  return { before: logSplitEvidence(evidence), shares, counts };
}

/** ln of the evidence that the split is not as configured: alarm at ln(1/alpha), at any time. */
export function logSplitEvidence({ before, shares, counts }: SplitEvidence): number {
  return shares.length === 0 ? before : before + logSplitOdds(counts, shares);
}

/** A p-value that may be read at any moment, from the largest evidence so far. */
export const splitPValue = (log: number): number => Math.min(1, Math.exp(-log));
