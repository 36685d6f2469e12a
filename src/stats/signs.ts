/**
 * Bets on the sign of one difference after another: that more than half of them are positive. Each factor 1 + l or 1 - l has
 * a mean of at most 1 while a difference is positive at most half of the time given what was before, whatever its size.
 * `signEvidence` of `series.ts` is the same with every l at once; a few are what can be kept and begun anew (`onset.ts`).
 */

/** 65, 80 and 95 of 100 positive are what they are best for. */
export const SIGN_BETS: readonly number[] = [0.3, 0.6, 0.9];

/** Adds one sign to `logs[at ...]` in place, one log for each of SIGN_BETS. */
export function scoreSign(logs: number[], isPositive: boolean, at = 0): void {
  for (let j = 0; j < SIGN_BETS.length; j++) logs[at + j] += Math.log1p(isPositive ? SIGN_BETS[j] : -SIGN_BETS[j]);
}
