/**
 * Amounts of both arms from classic histograms: how many lay between which bounds, and what they came to together. Values
 * are taken to differ as much as that allows (`stats/rough.ts`), so that coarse buckets make a gate slower and never wrong.
 */
import { arms, type Amounts, type Arm, type Measurement } from "../../analysis/measurement.ts";
import { SerinError } from "../../errors.ts";
import { mostSpread, type Bin } from "../../stats/rough.ts";
import { amountsOf, requireWithin, type MeanQuery, type Values } from "../amounts.ts";
import { ofBoth, type Look } from "../questions.ts";
import type { Labels, PrometheusApi } from "./api.ts";
import { targetsOf, type Rise } from "./rises.ts";
import { counters, minusCounter, samplesOf, wholeOf } from "./samples.ts";
import { place, requireScrapes, type Placed, type Span } from "./spans.ts";

export interface AmountSelectors {
  readonly buckets: string;
  readonly sum: string;
}

export async function amountsFrom(
  api: PrometheusApi,
  selectors: Readonly<Record<Arm, AmountSelectors>>,
  query: MeanQuery,
  { window, split, signal }: Look,
  every: number,
): Promise<Measurement> {
  const span: Span = { window, every, since: split.since };
  const placed = await ofBoth((arm) => placedOf(api, arm, selectors[arm], span, signal));
  const missing = arms.find((arm) => placed[arm] === null);
  if (missing !== undefined)
    return { kind: "noData", window, reason: `no series of ${missing} match ${selectors[missing].buckets}` };
  return ticksOf(placed as Readonly<Record<Arm, Placed<number>>>, query, span, split.plan);
}

async function placedOf(
  api: PrometheusApi,
  arm: Arm,
  { buckets, sum }: AmountSelectors,
  span: Span,
  signal: AbortSignal,
): Promise<Placed<number> | null> {
  const [counted, summed] = await Promise.all([
    samplesOf(api, buckets, span, signal),
    samplesOf(api, sum, span, signal),
  ]);
  if (counted.length === 0) return null;
  const targets = targetsOf([...counters(counted, "bucket"), ...counters(summed, "sum")], minusCounter);
  requireScrapes(targets, span.every);
  return place(arm, targets, span);
}

function ticksOf(
  placed: Readonly<Record<Arm, Placed<number>>>,
  query: MeanQuery,
  { window, every }: Span,
  plan: number,
): Measurement {
  const indices = arms.flatMap((arm) => [...placed[arm].byInterval.keys()]);
  const of = (arm: Arm, index: number): Amounts =>
    amountsOf(
      (placed[arm].byInterval.get(index) ?? []).flatMap((rise) => valuesOf(rise, query)),
      query,
    );
  const ticks = [...new Set(indices)]
    .toSorted((a, b) => a - b)
    .map((index) => ({
      at: window.from + index * every,
      plan,
      stable: of("stable", index),
      canary: of("canary", index),
    }))
    .filter(({ stable, canary }) => stable.spread.length + canary.spread.length > 0);
  const gaps = arms.flatMap((arm) => placed[arm].gaps);
  const gap = gaps.length === 0 ? {} : { gap: gaps.join("; ") };
  const { floor, cap } = query;
  if (ticks.length > 0 || gaps.length > 0) return { kind: "mean", window, ticks, floor, cap, each: "value", ...gap };
  return { kind: "noData", window, reason: "nothing was reported" };
}

/** Series that differ by `le` alone are one histogram, and the sum beside them is its own. */
function valuesOf({ of }: Rise<number>, query: MeanQuery): readonly Values[] {
  const groups = Map.groupBy(of, ({ labels }) => keyOf(labels));
  return [...groups.values()].flatMap((series) => {
    const buckets = series.filter(({ role }) => role === "bucket");
    const sum = series.find(({ role }) => role === "sum")?.rise ?? 0;
    const bins = binsOf(buckets, sum);
    requireWithin(Math.max(-Infinity, ...bins.map(({ high }) => high)), query, "the histogram");
    const values = mostSpread(bins, sum);
    if (values !== null) return values;
    throw new SerinError("SOURCE_FAILED", `the histogram's sum, ${sum}, does not fit its buckets: is it another's?`);
  });
}

const keyOf = ({ le: _le, __name__: _name, ...rest }: Labels): string =>
  JSON.stringify(Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** Those that hold something; beyond the last bound there is nothing but the sum to go by. */
function binsOf(buckets: Rise<number>["of"], sum: number): readonly Bin[] {
  const sorted = buckets
    .map(({ labels, rise }) => ({ le: labels["le"] === "+Inf" ? Infinity : Number(labels["le"]), rise }))
    .toSorted((a, b) => a.le - b.le);
  return sorted.flatMap(({ le, rise }, i): Bin[] => {
    const count = wholeOf(rise - (sorted[i - 1]?.rise ?? 0), "a bucket");
    const low = Math.max(0, sorted[i - 1]?.le ?? 0);
    return count === 0 ? [] : [{ low, high: Math.max(low, Math.min(le, sum)), count }];
  });
}
