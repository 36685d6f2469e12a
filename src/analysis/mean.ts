/**
 * Evidence of a `mean` gate: how much a value is on average on the canary against stable, tick by tick. Harm runs through the
 * whole release with restarts; safety begins anew with each stage.
 */
import { logMean } from "../stats/logs.ts";
import {
  addDifference,
  addPairs,
  noDifference,
  scoreMeans,
  scorePairs,
  STAKED,
  type Amounts as Values,
  type DifferenceSums,
  type Line,
} from "../stats/means.ts";
import {
  copyMixture,
  logMixtureEvidence,
  stakeMinutes,
  stakeStage,
  startMixture,
  type Mixture,
} from "../stats/onset.ts";
import { joinedSpread, momentsOf, noPairs, type Differences } from "../stats/spread.ts";
import type { Circumstances } from "./circumstances.ts";
import { SerinError } from "../errors.ts";
import { eachOf, lineOf, sideOf } from "./distance.ts";
import { firstLook, looked, type Look } from "./look.ts";
import type { Amounts, Measurement, Tick } from "./measurement.ts";
import type { MeanGate } from "./metric.ts";
import { hasBoth, isFull, isOver, joined, kept, type Pool } from "./pool.ts";

/** Of the canary, and of stable: how many, their sum in parts of the range, how many lay outside of it. */
export interface Totals {
  readonly n: number;
  readonly sum: number;
  readonly outside: number;
  readonly n0: number;
  readonly sum0: number;
  readonly outside0: number;
}

/** Plain JSON of constant size. Folded on a copy: a value that was handed out never changes. */
export interface MeanEvidence {
  readonly kind: "mean";
  look: Look;
  /** The range that sums are parts of. */
  floor: number;
  cap: number;
  harm: Mixture;
  safe: number[];
  /** Ticks that are not compared yet, and what they hold. */
  pool: Pool | null;
  pooled: Values | null;
  /** Fading past of stable, by which bets are placed, and when it was. */
  past: { readonly n: number; readonly sum: number };
  pastAt: number;
  total: Totals;
  stage: Totals;
  /** Mantel-Haenszel sums: the ratio of what is compared within each tick is above / below. */
  above: number;
  below: number;
  difference: DifferenceSums;
  /** Pairs compared in the present stage, where pairs are compared. */
  pairs: number;
  each: "unit" | "value";
}

const none: Totals = { n: 0, sum: 0, outside: 0, n0: 0, sum0: 0, outside0: 0 };
const WEIGHTS: readonly number[] = STAKED.map(() => 1 / STAKED.length);

const noSafety = ({ mean }: MeanGate) => Array<number>(eachOf(mean.limit).length * STAKED.length).fill(0);

/** Evidence before anything was counted. */
export const initialMean = (gate: MeanGate): MeanEvidence => ({
  kind: "mean",
  look: firstLook,
  floor: gate.mean.floor,
  cap: gate.mean.cap,
  harm: startMixture(STAKED.length),
  safe: noSafety(gate),
  pool: null,
  pooled: null,
  past: { n: 0, sum: 0 },
  pastAt: 0,
  total: none,
  stage: none,
  above: 0,
  below: 0,
  difference: noDifference,
  pairs: 0,
  each: "value",
});

/** A stage begins: what was pooled is compared, safety begins anew, a fault may begin here. */
export function enterMeanStage(
  gate: MeanGate,
  evidence: MeanEvidence,
  where: Circumstances,
  alarm: number,
): MeanEvidence {
  const next = copied(gate, evidence);
  settle(gate, next, where, alarm);
  stakeStage(next.harm, where.stage, where.stages);
  return { ...next, safe: noSafety(gate), stage: none, pairs: 0 };
}

/** Folds amounts. Throws STATISTICS_INPUT when a tick holds what cannot be amounts; the evidence given is untouched. */
export function foldMean(
  gate: MeanGate,
  evidence: MeanEvidence,
  measurement: Measurement & { readonly kind: "mean" },
  where: Circumstances,
  alarm: number,
): MeanEvidence {
  const { floor, cap } = measurement;
  if (floor !== gate.mean.floor || cap !== gate.mean.cap)
    throw new SerinError("STATISTICS_INPUT", `amounts between ${floor} and ${cap} are not what was asked for`);
  const next = copied(gate, evidence);
  next.look = looked(evidence.look, measurement);
  next.each = measurement.each;
  for (const tick of measurement.ticks) foldTick(gate, next, tick, where, alarm);
  return next;
}

/** A copy that may be folded into; what was gathered on another range, or towards other limits, is not comparable. */
function copied(gate: MeanGate, evidence: MeanEvidence): MeanEvidence {
  const { floor, cap } = gate.mean;
  if (evidence.floor !== floor || evidence.cap !== cap) return { ...initialMean(gate), look: evidence.look };
  const safe = noSafety(gate);
  return {
    ...evidence,
    harm: copyMixture(evidence.harm),
    safe: evidence.safe.length === safe.length ? evidence.safe.slice() : safe,
  };
}

type MeanTick = Tick<Amounts> & { readonly pairs?: Differences };

function foldTick(gate: MeanGate, evidence: MeanEvidence, tick: MeanTick, where: Circumstances, alarm: number): void {
  const { at, plan } = tick;
  const counted = totalsOf(tick);
  if (evidence.pool !== null && isOver(evidence.pool, plan, at)) settle(gate, evidence, where, alarm);
  stakeMinutes(evidence.harm, at - where.startedAt, where.plannedMs);
  evidence.total = sum(evidence.total, counted);
  if (plan >= where.stagePlan) evidence.stage = sum(evidence.stage, counted);
  if (gate.mean.pairs) return foldPairs(gate, evidence, tick, where, alarm);
  const { n, n0 } = counted;
  const values: Values = { tested: tick.canary.spread, reference: tick.stable.spread };
  evidence.pooled = evidence.pooled === null ? values : both(evidence.pooled, values);
  evidence.pool = joined(evidence.pool, { n, bad: 0, n0, bad0: 0 }, plan, at);
  if (isFull(evidence.pool, at)) settle(gate, evidence, where, alarm);
}

function totalsOf({ canary, stable }: MeanTick): Totals {
  const [tested, reference] = [momentsOf(canary.spread), momentsOf(stable.spread)];
  return {
    n: tested.n,
    sum: tested.sum,
    outside: canary.outside,
    n0: reference.n,
    sum0: reference.sum,
    outside0: stable.outside,
  };
}

const sum = (a: Totals, b: Totals): Totals => ({
  n: a.n + b.n,
  sum: a.sum + b.sum,
  outside: a.outside + b.outside,
  n0: a.n0 + b.n0,
  sum0: a.sum0 + b.sum0,
  outside0: a.outside0 + b.outside0,
});

const both = (a: Values, b: Values): Values => ({
  tested: joinedSpread(a.tested, b.tested),
  reference: joinedSpread(a.reference, b.reference),
});

/** Compares the arms in what was pooled. Where one of them is missing it says nothing. */
function settle(gate: MeanGate, evidence: MeanEvidence, where: Circumstances, alarm: number): void {
  const { pool, pooled, past } = evidence;
  if (pool === null || pooled === null) return;
  [evidence.pool, evidence.pooled] = [null, null];
  const reference = momentsOf(pooled.reference);
  // without any past there is no level to bet by: the first block only teaches it
  if (hasBoth(pool.block) && past.n > 0) compare(gate, evidence, pooled, pool.plan >= where.stagePlan, alarm);
  const keep = kept(evidence.pastAt, pool.at);
  evidence.past = { n: past.n * keep + reference.n, sum: past.sum * keep + reference.sum };
  evidence.pastAt = pool.at;
}

function compare(gate: MeanGate, evidence: MeanEvidence, values: Values, isOfStage: boolean, alarm: number): void {
  const { worse, margin, limit } = gate.mean;
  const level = evidence.past.sum / evidence.past.n;
  const side = sideOf(worse);
  if (!isStruck(evidence, alarm)) scoreMeans(evidence.harm.logs, values, lineOf(margin, worse, gate.mean), side, level);
  if (isOfStage)
    eachOf(limit).forEach((distance, i) => {
      const line: Line = lineOf(distance, worse, gate.mean);
      scoreMeans(evidence.safe, values, line, side === 1 ? -1 : 1, level, i * STAKED.length);
    });
  evidence.difference = addDifference(evidence.difference, values, level);
  addRatio(gate, evidence, values);
}

function addRatio({ mean: { floor, cap } }: MeanGate, evidence: MeanEvidence, values: Values): void {
  const [tested, reference] = [momentsOf(values.tested), momentsOf(values.reference)];
  const amountOf = ({ n, sum: parts }: typeof tested) => n * floor + (cap - floor) * parts;
  const all = tested.n + reference.n;
  evidence.above += (amountOf(tested) * reference.n) / all;
  evidence.below += (amountOf(reference) * tested.n) / all;
}

/** Pairs are compared within themselves and need no others. */
function foldPairs(
  gate: MeanGate,
  evidence: MeanEvidence,
  { pairs = noPairs, plan }: MeanTick,
  where: Circumstances,
  alarm: number,
): void {
  const { worse, margin, limit } = gate.mean;
  const side = sideOf(worse);
  if (!isStruck(evidence, alarm)) scorePairs(evidence.harm.logs, pairs, lineOf(margin, worse, gate.mean).offset, side);
  evidence.difference = addPairs(evidence.difference, pairs);
  if (plan < where.stagePlan) return;
  evidence.pairs += momentsOf(pairs.more).n + momentsOf(pairs.less).n;
  eachOf(limit).forEach((distance, i) => {
    const { offset } = lineOf(distance, worse, gate.mean);
    scorePairs(evidence.safe, pairs, offset, side === 1 ? -1 : 1, i * STAKED.length);
  });
}

/** What reached its mark has decided: it stays there, however rarely anyone looks. */
const isStruck = (evidence: MeanEvidence, alarm: number): boolean => logMeanHarm(evidence) >= alarm;

/** ln E of harm. */
export const logMeanHarm = ({ harm }: MeanEvidence): number => logMixtureEvidence(harm, WEIGHTS);

/** ln E of safety: all bets on all limits, averaged. */
export const logMeanSafety = ({ safe }: MeanEvidence): number => logMean(safe);
