/**
 * A document tried on recorded time: which past releases its gates would have taken back and how soon, and how often it
 * would have taken back a release that was as good as stable, in times when nothing was released.
 *
 * A past release is played with the splits that it had, since other splits would have met other people; a quiet time with
 * the document's own ramp and a pretend canary (see `history/split.ts`).
 */
import type { Outcome } from "../rollout/outcome.ts";
import type { Spec } from "../rollout/spec.ts";
import type { Step } from "../rollout/steps/index.ts";
import { plannedMs } from "../rollout/steps/index.ts";
import { stepsOf } from "../rollout/strategies/index.ts";
import { Recorded } from "./history/recorded.ts";
import { extentOf, type Series } from "./history/series.ts";
import { playOn, STRIDES, type Trial } from "./trial.ts";

/** A past release under the document. */
export interface PastRelease {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** How it ended then; null where that is not known. */
  readonly ended: Outcome | null;
  /** Whether the document would have taken it back; by which gates, how long after its start, at which share. */
  readonly rolledBack: boolean;
  readonly guilty: readonly string[];
  readonly tookMs: number | null;
  readonly weight: number;
  /** Canary requests and failures until then, or in all. */
  readonly requests: number;
  readonly failures: number;
}

/** A quiet time, split again and again. */
export interface QuietPeriod {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly plays: number;
  /** Plays that were taken back, falsely. */
  readonly rolledBack: number;
  readonly guilty: readonly string[];
  /** Plays that were promoted within the period. */
  readonly promoted: number;
}

export interface Backtested {
  readonly releases: readonly PastRelease[];
  readonly quiet: readonly QuietPeriod[];
  /** What nothing could be learned from, and why. */
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
}

export interface BacktestOptions {
  /** Splits of each quiet period. */
  readonly splits: number;
  /** Told of each play. */
  readonly progress?: () => void;
}

const noProgress = () => {};

/** Tries one series. */
export function backtest(spec: Spec, series: Series, { splits, progress = noProgress }: BacktestOptions): Backtested {
  const extent = extentOf(series);
  if (extent === null) return { releases: [], quiet: [], skipped: [{ name: series.name, why: "nothing is recorded" }] };
  if (series.arms === "both") {
    const release = pastRelease(spec, series, extent);
    progress();
    return { releases: [release], quiet: [], skipped: [] };
  }
  const quiet = periodsOf(spec, extent).map((period) => quietPeriod(spec, series, period, splits, progress));
  return { releases: [], quiet, skipped: [] };
}

/** How many plays that will be. */
export function playsIn(spec: Spec, series: Series, splits: number): number {
  const extent = extentOf(series);
  if (extent === null) return 0;
  return series.arms === "both" ? 1 : periodsOf(spec, extent).length * splits;
}

interface Extent {
  readonly from: number;
  readonly to: number;
}

const seconds = ({ from, to }: Extent): Extent => ({
  from: Math.floor(from / 1000) * 1000,
  to: Math.ceil(to / 1000) * 1000,
});

function pastRelease(spec: Spec, series: Series, extent: Extent): PastRelease {
  const stage = { from: Math.min(series.splits[0]?.from ?? extent.from, extent.from), to: extent.to };
  const steps = stepsAsThen(series, extent);
  const played = play({ ...spec, strategy: { canary: { steps } } }, series, 0, seconds(stage));
  const { canary, guilty, weight, outcome, tookMs } = played;
  const rolledBack = outcome === "rolledBack";
  return {
    name: series.name,
    ...extent,
    ended: series.ended,
    rolledBack,
    guilty,
    tookMs: rolledBack ? tookMs : null,
    weight,
    requests: canary.requests,
    failures: canary.failures,
  };
}

/** Where nobody said what the split was; evidence goes by what was counted, so it hardly matters. */
const SOME_WEIGHT = 1000;

/** The splits as they were live, each for as long as it was. Whatever gates say of safety shortens nothing. */
function stepsAsThen({ splits }: Series, { from, to }: Extent): Step[] {
  const spans = splits.length > 0 ? splits : [{ from, weight: SOME_WEIGHT, mirror: 0 }];
  return spans.flatMap(({ from: begun, weight, mirror }, i): Step[] => {
    const until = spans[i + 1]?.from ?? Math.max(to, begun);
    const split: Step = mirror > 0 && weight === 0 ? { mirror: { weight: mirror } } : { setWeight: { weight } };
    return [split, { pause: { forMs: Math.max(0, until - begun) } }];
  });
}

/** Longer than any ramp needs, and short enough that a bad day does not hide in a week. */
const LONGEST_MS = 86_400_000;
const LEAST_MS = 60_000;

/** Whole ramps, one after the other; a time that is shorter than a ramp is one period. */
function periodsOf(spec: Spec, extent: Extent): readonly Extent[] {
  const { from, to } = seconds(extent);
  const length = Math.min(LONGEST_MS, Math.max(LEAST_MS, plannedMs(stepsOf(spec.strategy)) + LEAST_MS));
  const count = Math.max(1, Math.floor((to - from) / length));
  return Array.from({ length: count }, (_, i) => ({
    from: from + i * length,
    to: count === 1 ? to : from + (i + 1) * length,
  }));
}

function quietPeriod(spec: Spec, series: Series, period: Extent, splits: number, progress: () => void): QuietPeriod {
  const plays = Array.from({ length: splits }, (_, i) => {
    const played = play(spec, series, i + 1, period);
    progress();
    return played;
  });
  const taken = plays.filter(({ outcome }) => outcome === "rolledBack");
  return {
    name: series.name,
    ...period,
    plays: splits,
    rolledBack: taken.length,
    guilty: [...new Set(taken.flatMap(({ guilty }) => guilty))],
    promoted: plays.filter(({ outcome }) => outcome === "promoted").length,
  };
}

const play = (spec: Spec, series: Series, seed: number, { from, to }: Extent): Trial =>
  playOn(withCanary(spec), { from, to, strides: STRIDES }, (planAt) => new Recorded(series, seed, planAt));

/** A document that only serves is tried with a canary all the same. */
const withCanary = (spec: Spec): Spec =>
  spec.canary === undefined ? { ...spec, canary: { revision: "canary", backends: ["http://127.0.0.1:1"] } } : spec;
