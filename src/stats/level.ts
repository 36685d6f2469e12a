/**
 * One arm alone, against a level that was fixed beforehand: where nothing is left to compare with. Exact for
 * "never more than the level", whatever the rate does below it, since each factor is the likelihood ratio of a larger
 * Bernoulli rate against the level and its mean grows with the rate. That the level itself stays what it was is
 * nobody's promise: a shock that would have hit both arms looks like harm.
 */
import { requireBadOf, requireInner } from "./inputs.ts";
import { RATIOS } from "./counts.ts";
import { gammaQuantile } from "./special.ts";

/** A level so high that hardly anything is above it is no level. */
const HIGHEST = 0.95;

/**
 * Adds ln of the likelihood ratios of `bad` of `n` to `logs`, in place: for each of `ratios`, odds so many times those
 * of `level` against `level`. `phi` tempers (see `dispersion.ts`). Throws STATISTICS_INPUT.
 */
export function scoreLevel(
  logs: number[],
  { n, bad }: { readonly n: number; readonly bad: number },
  level: number,
  ratios: readonly number[] = RATIOS,
  phi = 1,
): void {
  requireBadOf({ n, bad });
  requireInner(level, "level");
  for (let j = 0; j < ratios.length; j++) {
    const grown = Math.log1p(level * (ratios[j] - 1));
    logs[j] += (bad * Math.log(ratios[j]) - n * grown) / phi;
  }
}

/**
 * The largest rate that `bad` of `n` leave open at `confidence`, one-sided: the Poisson limit (Garwood, "Fiducial limits
 * for the Poisson distribution", 1936), which is a little above the binomial one. Throws STATISTICS_INPUT.
 */
export function highestRate({ n, bad }: { readonly n: number; readonly bad: number }, confidence = 0.95): number {
  requireBadOf({ n, bad });
  requireInner(confidence, "confidence");
  if (n === 0) return HIGHEST;
  return Math.min(HIGHEST, gammaQuantile(confidence, bad + 1) / n);
}
