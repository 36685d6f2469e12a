/**
 * Evidence of a `series` gate: one number of each arm an interval, without counts. What hits both arms in an interval
 * cancels in their difference; neighbouring intervals resemble each other, so they are averaged into blocks, and of each
 * block only counts whether it lies beyond the margin. "Time-series grade": nothing weaker promises anything, and this does
 * only where an A/A history has shown how long the noise remembers (`SeriesHistory`).
 */
import { logMean } from "../stats/logs.ts";
import {
  copyMixture,
  logMixtureEvidence,
  stakeMinutes,
  stakeStage,
  startMixture,
  type Mixture,
} from "../stats/onset.ts";
import { scoreSign, SIGN_BETS } from "../stats/signs.ts";
import type { Circumstances } from "./circumstances.ts";
import { eachOf, sideOf } from "./distance.ts";
import { firstLook, lookFailed, looked, type Look } from "./look.ts";
import type { Measurement } from "./measurement.ts";
import type { Distance, SeriesGate } from "./metric.ts";

/** What is averaged: differences canary less stable, as they are and of the logarithms. */
interface Sums {
  readonly n: number;
  readonly amount: number;
  readonly log: number;
}

/** Plain JSON of constant size. Folded on a copy: a value that was handed out never changes. */
export interface SeriesEvidence {
  readonly kind: "series";
  look: Look;
  harm: Mixture;
  safe: number[];
  /** Intervals of the block that is not full yet. */
  open: Sums;
  /** All intervals of the release. */
  all: Sums;
  /** Blocks of the release, and of them those beyond the margin. */
  blocks: number;
  beyond: number;
  /** Intervals and blocks of the present stage, and of the blocks those within a limit. */
  stageIntervals: number;
  stageBlocks: number;
  within: number;
  /** The last interval's numbers. */
  last: { readonly stable: number; readonly canary: number } | null;
}

const nothing: Sums = { n: 0, amount: 0, log: 0 };
const WEIGHTS: readonly number[] = SIGN_BETS.map(() => 1 / SIGN_BETS.length);

const noSafety = ({ series }: SeriesGate) => Array<number>(eachOf(series.limit).length * SIGN_BETS.length).fill(0);

export const initialSeries = (gate: SeriesGate): SeriesEvidence => ({
  kind: "series",
  look: firstLook,
  harm: startMixture(SIGN_BETS.length),
  safe: noSafety(gate),
  open: nothing,
  all: nothing,
  blocks: 0,
  beyond: 0,
  stageIntervals: 0,
  stageBlocks: 0,
  within: 0,
  last: null,
});

/** A stage begins: a block is of one stage, safety begins anew, a fault may begin here. */
export function enterSeriesStage(gate: SeriesGate, evidence: SeriesEvidence, where: Circumstances): SeriesEvidence {
  const harm = copyMixture(evidence.harm);
  stakeStage(harm, where.stage, where.stages);
  return { ...evidence, harm, safe: noSafety(gate), open: nothing, stageIntervals: 0, stageBlocks: 0, within: 0 };
}

export function foldSeries(
  gate: SeriesGate,
  evidence: SeriesEvidence,
  measurement: Measurement & { readonly kind: "values" },
  where: Circumstances,
  alarm: number,
): SeriesEvidence {
  const { window } = measurement;
  const [stable, canary] = [measurement.stable[gate.name] ?? null, measurement.canary[gate.name] ?? null];
  if (stable === null || canary === null) {
    const reason = `no value of ${stable === null ? "stable" : "canary"} in this interval`;
    return { ...evidence, look: looked(evidence.look, { kind: "noData", window, reason }) };
  }
  const sums = sumsOf(gate, stable, canary);
  if (sums === null) {
    const why = `a ratio needs values above 0, found ${stable} of stable and ${canary} of canary`;
    return { ...evidence, look: lookFailed(evidence.look, measurement, why) };
  }
  const next = { ...evidence, harm: copyMixture(evidence.harm), safe: evidence.safe.slice() };
  next.look = looked(evidence.look, measurement);
  stakeMinutes(next.harm, window.from - where.startedAt, where.plannedMs);
  [next.all, next.open] = [added(evidence.all, sums), added(evidence.open, sums)];
  next.stageIntervals += 1;
  next.last = { stable, canary };
  if (next.open.n >= gate.series.block) settle(gate, next, alarm);
  return next;
}

/** Null where logarithms are needed and there are none. */
function sumsOf({ series: { margin, limit } }: SeriesGate, stable: number, canary: number): Sums | null {
  const isLog = stable > 0 && canary > 0;
  if (!isLog && ("ratio" in margin || limit.ratio !== undefined)) return null;
  return { n: 1, amount: canary - stable, log: isLog ? Math.log(canary / stable) : 0 };
}

const added = (a: Sums, b: Sums): Sums => ({ n: a.n + b.n, amount: a.amount + b.amount, log: a.log + b.log });

/** A block is full: is it beyond the margin, is it within the limits? */
function settle(gate: SeriesGate, evidence: SeriesEvidence, alarm: number): void {
  const { margin, limit } = gate.series;
  const block = evidence.open;
  const isBeyond = isFurther(gate, block, margin);
  const within = eachOf(limit).map((distance) => !isFurther(gate, block, distance));
  evidence.open = nothing;
  evidence.blocks += 1;
  evidence.stageBlocks += 1;
  if (isBeyond) evidence.beyond += 1;
  if (within.includes(true)) evidence.within += 1;
  // what reached its mark has decided: it stays there
  if (logSeriesHarm(evidence) < alarm) scoreSign(evidence.harm.logs, isBeyond);
  within.forEach((isWithin, i) => scoreSign(evidence.safe, isWithin, i * SIGN_BETS.length));
}

/** Whether a block lies further in the worse direction than a distance; what lies exactly there counts against the bet. */
function isFurther({ series: { worse } }: SeriesGate, { n, amount, log }: Sums, distance: Distance): boolean {
  const side = sideOf(worse);
  return "ratio" in distance ? side * (log / n - Math.log(distance.ratio)) > 0 : side * (amount / n) > distance.amount;
}

/** ln E of harm. */
export const logSeriesHarm = ({ harm }: SeriesEvidence): number => logMixtureEvidence(harm, WEIGHTS);

/** ln E of safety: all bets on all limits, averaged. */
export const logSeriesSafety = ({ safe }: SeriesEvidence): number => logMean(safe);
