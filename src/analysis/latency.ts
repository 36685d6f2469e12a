/**
 * Evidence of a `latency` gate: is canary / ratio slower than stable? Six thresholds at quantiles of stable are each
 * a counter of "slower than this": canary against ratio x threshold, stable against the threshold. A shift of the
 * whole distribution shows at the median long before p99 moves; a stretched tail shows only at p99.
 *
 * Thresholds are fixed from ticks before those they judge, and kept while they are apt; any such choice is valid.
 */
import { scoreOddsBlock } from "../stats/blocks.ts";
import { requireHistogram } from "../stats/histogram.ts";
import { requireBlock, type Block } from "../stats/inputs.ts";
import {
  copyMixture,
  logMixtureEvidence,
  stakeMinutes,
  stakeStage,
  startMixture,
  type Mixture,
} from "../stats/onset.ts";
import { safetySize, scoreSafety, type Limit } from "../stats/safety.ts";
import { firstLook, looked, type Look } from "./look.ts";
import type { Circumstances } from "./circumstances.ts";
import {
  fixedThreshold,
  inside,
  isApt,
  learn,
  nothingLearned,
  QUANTILES,
  quantilesOf,
  type Learned,
  type Threshold,
} from "./latency-thresholds.ts";
import type { Histogram, Measurement, Tick } from "./measurement.ts";
import type { LatencyGate } from "./metric.ts";
import { hasBoth, isFull, isOver, joined, kept, nothing, sum } from "./pool.ts";

/** Plain JSON of constant size. Folded on a copy: a value that was handed out never changes. */
export interface LatencyEvidence extends Learned {
  readonly kind: "latency";
  look: Look;
  /** Bets by threshold and odds: logs[6 i + j]. */
  harm: Mixture;
  safe: number[];
  /** By quantile, null until stable has enough requests. */
  thresholds: (Threshold | null)[];
  /** Over the user's threshold, in the present stage. */
  stage: Block;
}

/** Odds of being slow, canary against stable, that the bets claim. */
export const ODDS: readonly number[] = [1.25, 1.5, 2, 3, 5, 9];
/** The user's quantile has this part of the weight, the others share the rest. */
const USERS_WEIGHT = 0.5;
/** Safety may also be shown as "less than one point more slow requests". */
export const POINTS = 0.01;

/** The part of the weight that the i-th threshold has. */
export const weightOf = (i: number, users: number): number =>
  i === users ? USERS_WEIGHT : (1 - USERS_WEIGHT) / (QUANTILES.length - 1);

/** Of every bet, by the user's quantile. */
const weights = QUANTILES.map((_, users) =>
  QUANTILES.flatMap((_, i) => ODDS.map(() => weightOf(i, users) / ODDS.length)),
);

const limitOf = (gate: LatencyGate): Limit => ({ ratio: gate.latency.limit, points: POINTS });

export function initialLatency(gate: LatencyGate): LatencyEvidence {
  return {
    kind: "latency",
    look: firstLook,
    harm: startMixture(QUANTILES.length * ODDS.length),
    safe: Array<number>(safetySize(limitOf(gate))).fill(0),
    thresholds: QUANTILES.map(() => null),
    stage: nothing,
    ...nothingLearned(),
  };
}

/** ln E of harm. */
export const logLatencyHarm = (gate: LatencyGate, { harm }: LatencyEvidence): number =>
  logMixtureEvidence(harm, weights[quantilesOf(gate).users]);

/** What one fold is about. */
interface Fold {
  readonly gate: LatencyGate;
  readonly quantiles: readonly number[];
  /** Which of them is the user's. */
  readonly users: number;
  readonly where: Circumstances;
  /** ln of the evidence at which the gate alone rolls back, Infinity where it cannot. */
  readonly alarm: number;
}

export function enterLatencyStage(
  gate: LatencyGate,
  evidence: LatencyEvidence,
  where: Circumstances,
  alarm: number,
): LatencyEvidence {
  const next = copied(evidence);
  const fold: Fold = { gate, ...quantilesOf(gate), where, alarm };
  for (const threshold of next.thresholds) settle(fold, next, threshold);
  stakeStage(next.harm, where.stage, where.stages);
  next.stage = nothing;
  next.safe = next.safe.map(() => 0);
  next.thresholds = fold.quantiles.map((q, i) => {
    const old = next.thresholds[i];
    return old !== null && isApt(next, old, q) ? old : (fixedThreshold(gate, next, q) ?? old);
  });
  return next;
}

/** Folds histograms. Throws STATISTICS_INPUT when a tick holds what cannot be counts; the evidence given is untouched. */
export function foldLatency(
  gate: LatencyGate,
  evidence: LatencyEvidence,
  measurement: Measurement & { readonly kind: "histogram" },
  where: Circumstances,
  alarm: number,
): LatencyEvidence {
  const next = copied(evidence);
  next.look = looked(evidence.look, measurement);
  const fold: Fold = { gate, ...quantilesOf(gate), where, alarm };
  for (const tick of measurement.ticks) {
    requireHistogram(tick.stable);
    requireHistogram(tick.canary);
    stakeMinutes(next.harm, tick.at - where.startedAt, where.plannedMs);
    for (const threshold of next.thresholds) pourTick(fold, next, threshold, tick);
    learn(next, tick.stable);
    fixMissing(fold, next);
  }
  return next;
}

function copied(evidence: LatencyEvidence): LatencyEvidence {
  const { harm, safe, thresholds, stable } = evidence;
  return {
    ...evidence,
    harm: copyMixture(harm),
    safe: safe.slice(),
    thresholds: thresholds.map((threshold) => threshold && { ...threshold }),
    stable: stable.slice(),
  };
}

function fixMissing({ gate, quantiles }: Fold, evidence: LatencyEvidence): void {
  for (let i = 0; i < quantiles.length; i++)
    if (evidence.thresholds[i] === null) evidence.thresholds[i] = fixedThreshold(gate, evidence, quantiles[i]);
}

function pourTick(fold: Fold, evidence: LatencyEvidence, threshold: Threshold | null, tick: Tick<Histogram>): void {
  if (threshold === null) return;
  const { plan, at } = tick;
  const block = blockOver(tick, threshold);
  if (threshold.pool !== null && isOver(threshold.pool, plan, at)) settle(fold, evidence, threshold);
  threshold.seen = sum(threshold.seen, block);
  if (threshold === evidence.thresholds[fold.users] && plan >= fold.where.stagePlan)
    evidence.stage = sum(evidence.stage, block);
  threshold.pool = joined(threshold.pool, block, plan, at);
  if (isFull(threshold.pool, at)) settle(fold, evidence, threshold);
}

/** Compares the arms in what was pooled for a threshold. Where one of them is missing it says nothing. */
function settle(fold: Fold, evidence: LatencyEvidence, threshold: Threshold | null): void {
  if (threshold === null || threshold.pool === null) return;
  const { block, at, plan } = threshold.pool;
  const { past } = threshold;
  threshold.pool = null;
  if (hasBoth(block)) {
    const i = evidence.thresholds.indexOf(threshold);
    const pooled = inside((past.bad + past.bad0) / (past.n + past.n0));
    if (!isStruck(fold, evidence)) scoreOddsBlock(evidence.harm.logs, block, pooled, ODDS, i * ODDS.length);
    if (i === fold.users && plan >= fold.where.stagePlan)
      scoreSafety(evidence.safe, block, inside((past.bad0 + 0.25) / (past.n0 + 0.5)), limitOf(fold.gate));
  }
  threshold.past = sum(past, block, kept(threshold.pastAt, at));
  threshold.pastAt = at;
}

/** What reached its mark has decided: it stays there, however rarely anyone looks. An average is no more than its largest. */
function isStruck({ gate, alarm }: Fold, evidence: LatencyEvidence): boolean {
  return evidence.harm.logs.some((log) => log >= alarm) && logLatencyHarm(gate, evidence) >= alarm;
}

const tally = { resolved: 0, crossed: 0 };

/** `crossed` and `resolved` of the histogram contract in one pass, without an allocation. */
function count({ done, carried }: Histogram, boundary: number): typeof tally {
  let [all, above, flying] = [0, 0, 0];
  for (let i = 0; i < done.length; i++) {
    const entry = done[i];
    all += entry[1];
    if (entry[0] >= boundary) above += entry[1];
  }
  for (let i = 0; i < carried.length; i++) if (carried[i][0] <= boundary) flying += carried[i][1];
  tally.resolved = all + flying;
  tally.crossed = above + flying;
  return tally;
}

function blockOver(tick: Tick<Histogram>, threshold: Threshold): Block {
  const { resolved: n, crossed: bad } = count(tick.canary, threshold.canary);
  const { resolved: n0, crossed: bad0 } = count(tick.stable, threshold.stable);
  const block: Block = { n, bad, n0, bad0 };
  requireBlock(block);
  return block;
}
