/**
 * How many failures a revision has cost beyond what the other would have, with an interval. If it fails `ratio` times as
 * often, `bad` failures would have been bad / ratio: so the interval of the ratio (`interval.ts`), which may be read at
 * any moment, gives one for the excess.
 */
import { requireAmount, requireCount } from "./inputs.ts";

/** Failures above expectation: the likeliest number and its interval; below 0 where the revision failed less. */
export interface Excess {
  readonly likeliest: number;
  /** -Infinity where nothing is known on that side. */
  readonly low: number;
  readonly high: number;
}

/** From `bad` failures of the tested arm and the ratio's interval, `low <= likeliest <= high`. Throws STATISTICS_INPUT. */
export function excessFailures(
  bad: number,
  ratio: { readonly low: number; readonly likeliest: number; readonly high: number },
): Excess {
  requireCount(bad, "bad");
  requireAmount(ratio.low, "ratio.low");
  const beyond = (r: number) => (r === 0 ? (bad === 0 ? 0 : -Infinity) : bad - bad / r);
  return { likeliest: beyond(ratio.likeliest), low: beyond(ratio.low), high: beyond(ratio.high) };
}
