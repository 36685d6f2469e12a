/** Amounts of both arms, put together for a `mean` gate from whatever a source has: single values, or so many alike. */
import type { Amounts, Arm, Measurement, Window } from "../analysis/measurement.ts";
import type { Query } from "../analysis/metric.ts";
import { SerinError } from "../errors.ts";
import { Spreading } from "../stats/spread.ts";
import type { Values } from "./events/tally.ts";

export type MeanQuery = Query & { readonly ask: "mean" };

export type { Values } from "./events/tally.ts";

export function amountsOf(values: readonly Values[], range: Pick<MeanQuery, "floor" | "cap">): Amounts {
  const spreading = new Spreading(range);
  for (const [value, count] of values) spreading.add(value, count);
  return { spread: spreading.spread, outside: spreading.outside };
}

/** One interval of both arms. */
export function tickedAmounts(
  { stable, canary }: Readonly<Record<Arm, Amounts>>,
  { floor, cap }: MeanQuery,
  window: Window,
  plan: number,
): Measurement {
  if (stable.spread.length + canary.spread.length === 0)
    return { kind: "noData", window, reason: "nothing was reported" };
  return { kind: "mean", window, ticks: [{ at: window.from, plan, stable, canary }], floor, cap, each: "value" };
}

/** Values that are known roughly, from a histogram, cannot be cut afterwards. Throws SOURCE_FAILED. */
export function requireWithin(largest: number, { cap }: MeanQuery, what: string): void {
  if (largest <= cap) return;
  const message = `${what} may hold values of up to ${largest}, and they cannot be cut at ${cap} afterwards: set the gate's cap to at least that`;
  throw new SerinError("SOURCE_FAILED", message);
}

/** Only events tell what belongs together. */
export const noPairs = (whom: string) =>
  new SerinError("SOURCE_FAILED", `${whom} does not tell what belongs together: pairs are told by the source events`);
