/**
 * Evidence of a `failures` gate: how often units fail on the canary against stable, tick by tick. Harm runs through
 * the whole release with restarts; safety begins anew with each stage.
 */
import { addBursts, startBursts, type Bursts } from "../stats/bursts.ts";
import { COMMON_ODDS, scorePointsBlock, scoreRatioBlock, type Rates } from "../stats/blocks.ts";
import { logBlockBonus } from "../stats/boost.ts";
import { RATIOS, ratiosBeyond, RATIO_WEIGHTS, scoreConditional } from "../stats/counts.ts";
import { scoreDifferences, startDifferences, type Differences } from "../stats/difference.ts";
import { requireBlock, type Block } from "../stats/inputs.ts";
import { scoreCurve, startCurve } from "../stats/interval.ts";
import { nearestPointsNull } from "../stats/nulls.ts";
import {
  copyMixture,
  logMixtureEvidence,
  stakeMinutes,
  stakeStage,
  startMixture,
  startWhole,
  unstaked,
  type Mixture,
} from "../stats/onset.ts";
import { safetySize, scoreSafety } from "../stats/safety.ts";
import { firstLook, looked, type Look } from "./look.ts";
import type { Circumstances } from "./circumstances.ts";
import type { Counts, Measurement, Tick } from "./measurement.ts";
import type { FailuresGate } from "./metric.ts";
import { hasBoth, isFull, isOver, joined, kept, nothing, sum, type Pool } from "./pool.ts";
import { allowance, counted, isLeft, openWindow, type Planned } from "./planned.ts";
import { since, type Since } from "./since.ts";
import { tempered } from "./temper.ts";

/** Plain JSON of constant size. Folded on a copy: a value that was handed out never changes. */
export interface FailuresEvidence {
  readonly kind: "failures";
  look: Look;
  harm: Mixture;
  /** ln of the factor that the evidence of harm has earned by what it would have overshot; see `stats/boost.ts`. */
  bonus: number;
  safe: number[];
  /** Where requests are counted of units that keep their arm: by how much stable's failures come in bursts. */
  bursts?: Bursts;
  /** Where a window is planned. */
  planned?: Planned;
  /** Ticks that are not compared yet. */
  pool: Pool | null;
  /** Fading totals of what was compared, by which bets on common events are placed, and when it was. */
  past: Block;
  pastAt: number;
  total: Block;
  stage: Block;
  /** What was counted since it looks harmful; null while it does not, and in what was remembered before there was this. */
  since?: Since | null;
  /** Mantel-Haenszel sums: the ratio of failures compared within each tick is above / below. */
  above: number;
  below: number;
  curve: number[];
  /** Where the margin is in points: what is known of the difference. */
  differences: Differences | null;
}

/** Above this pooled rate of the past the block form is the stronger one. */
const COMMON = 0.05;
/** Guesses begin at half a failure in a hundred units, and lean there while little is known. */
const PRIOR_BAD = 0.5;
const PRIOR_N = 100;
/** ln of how far below the alarm a single bet may be while the sum is there. */
const NEAR = 1;
/** The canary's past rate leans to stable's by this many units. */
const LEAN = 20;

/** Evidence before anything was counted. */
export function initialFailures(gate: FailuresGate): FailuresEvidence {
  return {
    kind: "failures",
    look: firstLook,
    harm: startMixture(RATIOS.length),
    bonus: 0,
    safe: Array<number>(safetySize(gate.failures.limit)).fill(0),
    pool: null,
    past: nothing,
    pastAt: 0,
    total: nothing,
    stage: nothing,
    since: null,
    above: 0,
    below: 0,
    curve: startCurve(),
    differences: "points" in gate.failures.margin ? startDifferences() : null,
  };
}

/** A stage begins: what was pooled is compared, safety begins anew, a fault may begin here. */
export function enterFailuresStage(
  gate: FailuresGate,
  evidence: FailuresEvidence,
  where: Circumstances,
  alarm: number,
): FailuresEvidence {
  const next = copied(evidence);
  settle(gate, next, where, alarm);
  enterWindow(gate, next, where, alarm);
  stakeStage(next.harm, where.stage, where.stages);
  return { ...next, safe: Array<number>(safetySize(gate.failures.limit)).fill(0), stage: nothing };
}

/** A planned window begins with the first stage, and ends with its share. */
function enterWindow(gate: FailuresGate, evidence: FailuresEvidence, where: Circumstances, alarm: number): void {
  const { planned, total } = evidence;
  if (planned !== undefined) return isLeft(planned, where) ? endWindow(evidence, planned, alarm) : undefined;
  const opened = total.n + total.n0 > 0 ? null : openWindow(gate, where, alarm);
  if (opened === null) return;
  evidence.planned = opened;
  evidence.harm = startWhole(RATIOS.length);
  evidence.bonus = allowance(opened, alarm, total);
}

/** What comes after it begins anew. */
function endWindow(evidence: FailuresEvidence, planned: Planned, alarm: number): void {
  if (planned.over || isStruck(evidence, alarm)) return;
  evidence.planned = { ...planned, over: true };
  evidence.harm = startMixture(RATIOS.length);
  evidence.bonus = allowance(evidence.planned, alarm, evidence.total);
}

/**
 * Folds counts. Throws STATISTICS_INPUT when a tick holds what cannot be counts; the evidence given is untouched.
 * `alarm` is ln of the evidence at which the gate alone rolls back, Infinity where it cannot.
 */
export function foldFailures(
  gate: FailuresGate,
  evidence: FailuresEvidence,
  measurement: Measurement & { readonly kind: "counts" },
  where: Circumstances,
  alarm: number,
): FailuresEvidence {
  const next = copied(evidence);
  next.look = looked(evidence.look, measurement);
  for (const tick of measurement.ticks) foldTick(gate, next, tick, where, alarm);
  return next;
}

function copied(evidence: FailuresEvidence): FailuresEvidence {
  const { harm, safe, curve, differences } = evidence;
  return {
    ...evidence,
    harm: copyMixture(harm),
    safe: safe.slice(),
    curve: curve.slice(),
    differences: differences && { above: differences.above.slice(), below: differences.below.slice() },
  };
}

function foldTick(
  gate: FailuresGate,
  evidence: FailuresEvidence,
  { at, plan, canary, stable }: Tick<Counts>,
  where: Circumstances,
  alarm: number,
): void {
  const block: Block = { n: canary.n, bad: canary.bad, n0: stable.n, bad0: stable.bad };
  requireBlock(block);
  if (evidence.pool !== null && isOver(evidence.pool, plan, at)) settle(gate, evidence, where, alarm);
  stakeMinutes(evidence.harm, at - where.startedAt, where.plannedMs);
  if (gate.failures.count === "requests" && gate.failures.alone !== true)
    evidence.bursts = addBursts(evidence.bursts ?? startBursts, at, stable);
  evidence.total = sum(evidence.total, block);
  if (plan >= where.stagePlan) evidence.stage = sum(evidence.stage, block);
  evidence.pool = joined(evidence.pool, block, plan, at);
  if (isFull(evidence.pool, at)) settle(gate, evidence, where, alarm);
}

/** Compares the arms in what was pooled. Where one of them is missing it says nothing. */
function settle(gate: FailuresGate, evidence: FailuresEvidence, where: Circumstances, alarm: number): void {
  const { pool } = evidence;
  if (pool === null) return;
  const { block, at, plan } = pool;
  evidence.pool = null;
  if (hasBoth(block)) {
    const phi = evidence.bursts?.phi ?? 1;
    scoreHarm(gate, evidence, block, at, alarm);
    tempered(evidence.curve, phi, () => scoreCurve(evidence.curve, block));
    if (evidence.past.n0 > 0) differ(evidence, block, phi);
    const share = block.n / (block.n + block.n0);
    evidence.above += block.bad * (1 - share);
    evidence.below += block.bad0 * share;
    if (plan >= where.stagePlan && evidence.past.n0 > 0)
      tempered(evidence.safe, phi, () =>
        scoreSafety(evidence.safe, block, stableGuess(evidence.past), gate.failures.limit),
      );
  }
  evidence.past = sum(evidence.past, block, kept(evidence.pastAt, at));
  evidence.pastAt = at;
}

function differ({ differences, past }: FailuresEvidence, block: Block, phi: number): void {
  if (differences === null) return;
  const { above, below } = differences;
  tempered(above, phi, () => tempered(below, phi, () => scoreDifferences(differences, block, guesses(past))));
}

function scoreHarm(gate: FailuresGate, evidence: FailuresEvidence, block: Block, at: number, alarm: number): void {
  // what reached its mark has decided: it stays there, however rarely anyone looks
  if (isStruck(evidence, alarm)) return;
  evidence.since = since(evidence.since ?? null, gate, block, at, stableGuess(evidence.past));
  if (evidence.planned !== undefined && !evidence.planned.over) {
    evidence.planned = counted(evidence.planned, block);
    if (evidence.planned.over) return endWindow(evidence, { ...evidence.planned, over: false }, alarm);
    evidence.bonus = allowance(evidence.planned, alarm, evidence.total);
  }
  const phi = evidence.bursts?.phi ?? 1;
  tempered(evidence.harm.logs, phi, () => bet(gate, evidence, block, phi === 1 ? alarm : Infinity));
}

/** Places the bets of one block. */
function bet(gate: FailuresGate, evidence: FailuresEvidence, block: Block, alarm: number): void {
  const { margin } = gate.failures;
  const { harm, past, planned } = evidence;
  if ("points" in margin) {
    // without any past there is no level to bet by: the first block only teaches it
    if (past.n0 > 0)
      scorePointsBlock(harm.logs, block, margin.points, pointsGuess(past, block, margin.points), COMMON_ODDS);
    return;
  }
  // the exact mark is that of bets on single failures
  if (planned !== undefined) return scoreConditional(harm.logs, block, margin.ratio, ratiosBeyond(margin.ratio));
  const pooled = (past.bad + past.bad0 + PRIOR_BAD) / (past.n + past.n0 + PRIOR_N);
  if (pooled <= COMMON) {
    const ratios = ratiosBeyond(margin.ratio);
    const stakes = { logs: harm.logs, weights: RATIO_WEIGHTS, rest: unstaked(harm), ratios };
    if (alarm < Infinity) evidence.bonus += logBlockBonus(stakes, evidence.bonus, block, margin.ratio, alarm);
    return scoreConditional(harm.logs, block, margin.ratio, ratios);
  }
  const share = block.n / (block.n + block.n0);
  const level = Math.min(pooled / (share * margin.ratio + 1 - share), 0.95 / margin.ratio);
  scoreRatioBlock(harm.logs, block, margin.ratio, level, COMMON_ODDS);
}

/** Seldom worth the sum: it is at most its largest member and what is not staked. */
function isStruck(evidence: FailuresEvidence, alarm: number): boolean {
  const near = alarm - evidence.bonus - NEAR;
  return evidence.harm.logs.some((log) => log >= near) && decidingFailures(evidence) >= alarm;
}

const stableGuess = (past: Block) => (past.bad0 + PRIOR_BAD) / (past.n0 + PRIOR_N);

/** What both arms showed so far. */
function guesses(past: Block): Rates {
  const theta0 = stableGuess(past);
  return { theta: (past.bad + LEAN * theta0) / (past.n + LEAN), theta0 };
}

/** Stable's level at the edge of the margin that is nearest to that. */
function pointsGuess(past: Block, block: Block, margin: number): number {
  const { theta, theta0 } = guesses(past);
  const level = nearestPointsNull(theta, theta0, block.n / (block.n + block.n0), margin);
  return Math.min(Math.max(level, 1e-9), (1 - margin) * (1 - 1e-9));
}

/** ln E of harm, plain: what the numbers behind a verdict call `harm`. */
export const logFailuresHarm = ({ harm }: FailuresEvidence): number => logMixtureEvidence(harm, RATIO_WEIGHTS);

/** ln of what decides: boosted, which is evidence for the alarm it was folded with and says nothing above it. */
export const decidingFailures = (evidence: FailuresEvidence): number => logFailuresHarm(evidence) + evidence.bonus;
