/**
 * Evidence of a `failures` gate: how often units fail on the canary against stable, tick by tick. Harm runs through
 * the whole release with restarts; safety begins anew with each stage.
 */
import { RATIOS, scoreConditional } from "../stats/counts.ts";
import { scorePointsBlock, scoreRatioBlock } from "../stats/blocks.ts";
import { requireBlock, type Block } from "../stats/inputs.ts";
import { ratioInterval, scoreCurve, startCurve } from "../stats/interval.ts";
import { nearestPointsNull } from "../stats/nulls.ts";
import {
  copyMixture,
  logMixtureEvidence,
  stakeMinutes,
  stakeStage,
  startMixture,
  type Mixture,
} from "../stats/onset.ts";
import { logSafetyEvidence, safetySize, scoreSafety } from "../stats/safety.ts";
import { firstLook, looked, type Look } from "./look.ts";
import type { Circumstances } from "./circumstances.ts";
import type { Counts, Measurement, Tick } from "./measurement.ts";
import type { FailuresGate } from "./metric.ts";
import { rule, type Promised } from "./ruling.ts";
import type { Verdict } from "./verdict.ts";
import { points, rough, times, whole } from "./words.ts";

/** Plain JSON of constant size. Folded on a copy: a value that was handed out never changes. */
export interface FailuresEvidence {
  readonly kind: "failures";
  look: Look;
  harm: Mixture;
  safe: number[];
  /** Fading totals of past ticks, the guess that bets on common events are placed by. */
  past: Block;
  total: Block;
  stage: Block;
  /** Mantel-Haenszel sums: the ratio of failures compared within each tick is above / below. */
  above: number;
  below: number;
  curve: number[];
}

const nothing: Block = { n: 0, bad: 0, n0: 0, bad0: 0 };
const weights = RATIOS.map(() => 1 / RATIOS.length);

/** Above this pooled rate of past ticks the block form is the stronger one. */
const COMMON = 0.05;
/** How much of the past is kept from tick to tick: about the last 500 ticks count. */
const FADING = 0.998;
/** Guesses begin at half a failure in a hundred units, and lean there while little is known. */
const PRIOR_BAD = 0.5;
const PRIOR_N = 100;
/** The canary's past rate leans to stable's by this many units. */
const LEAN = 20;

export function initialFailures(gate: FailuresGate): FailuresEvidence {
  return {
    kind: "failures",
    look: firstLook,
    harm: startMixture(RATIOS.length),
    safe: Array<number>(safetySize(gate.failures.limit)).fill(0),
    past: nothing,
    total: nothing,
    stage: nothing,
    above: 0,
    below: 0,
    curve: startCurve(),
  };
}

export function enterFailuresStage(
  gate: FailuresGate,
  evidence: FailuresEvidence,
  circumstances: Circumstances,
): FailuresEvidence {
  const harm = copyMixture(evidence.harm);
  stakeStage(harm, circumstances.stage, circumstances.stages);
  return { ...evidence, harm, safe: Array<number>(safetySize(gate.failures.limit)).fill(0), stage: nothing };
}

/** Folds counts. Throws STATISTICS_INPUT when a tick holds what cannot be counts; the evidence given is untouched. */
export function foldFailures(
  gate: FailuresGate,
  evidence: FailuresEvidence,
  measurement: Measurement & { readonly kind: "counts" },
  circumstances: Circumstances,
): FailuresEvidence {
  const next: FailuresEvidence = {
    ...evidence,
    look: looked(evidence.look, measurement),
    harm: copyMixture(evidence.harm),
    safe: evidence.safe.slice(),
    curve: evidence.curve.slice(),
  };
  for (const tick of measurement.ticks) foldTick(gate, next, tick, circumstances);
  return next;
}

function foldTick(gate: FailuresGate, evidence: FailuresEvidence, tick: Tick<Counts>, where: Circumstances): void {
  const block: Block = { n: tick.canary.n, bad: tick.canary.bad, n0: tick.stable.n, bad0: tick.stable.bad };
  requireBlock(block);
  stakeMinutes(evidence.harm, tick.at - where.startedAt, where.plannedMs);
  if (block.n > 0 && block.n0 > 0) {
    scoreHarm(gate, evidence, block);
    scoreCurve(evidence.curve, block);
    const share = block.n / (block.n + block.n0);
    evidence.above += block.bad * (1 - share);
    evidence.below += block.bad0 * share;
  }
  evidence.total = sum(evidence.total, block, 1);
  if (tick.plan >= where.stagePlan) {
    evidence.stage = sum(evidence.stage, block, 1);
    if (evidence.past.n0 > 0) scoreSafety(evidence.safe, block, stableGuess(evidence.past), gate.failures.limit);
  }
  evidence.past = sum(evidence.past, block, FADING);
}

function scoreHarm(gate: FailuresGate, { harm, past }: FailuresEvidence, block: Block): void {
  const { margin } = gate.failures;
  if ("points" in margin) {
    // without any past there is no level to bet by: the first tick only teaches it
    if (past.n0 > 0) scorePointsBlock(harm.logs, block, margin.points, pointsGuess(past, block, margin.points), RATIOS);
    return;
  }
  const pooled = (past.bad + past.bad0 + PRIOR_BAD) / (past.n + past.n0 + PRIOR_N);
  if (pooled <= COMMON) return scoreConditional(harm.logs, block, margin.ratio, RATIOS);
  const share = block.n / (block.n + block.n0);
  const level = Math.min(pooled / (share * margin.ratio + 1 - share), 0.95 / margin.ratio);
  scoreRatioBlock(harm.logs, block, margin.ratio, level, RATIOS);
}

const stableGuess = (past: Block) => (past.bad0 + PRIOR_BAD) / (past.n0 + PRIOR_N);

/** Stable's level at the edge of the margin that is nearest to what both arms showed so far. */
function pointsGuess(past: Block, block: Block, margin: number): number {
  const stable = stableGuess(past);
  const canary = (past.bad + LEAN * stable) / (past.n + LEAN);
  const level = nearestPointsNull(canary, stable, block.n / (block.n + block.n0), margin);
  return Math.min(Math.max(level, 1e-9), (1 - margin) * (1 - 1e-9));
}

function sum(a: Block, b: Block, keep: number): Block {
  return {
    n: a.n * keep + b.n,
    bad: a.bad * keep + b.bad,
    n0: a.n0 * keep + b.n0,
    bad0: a.bad0 * keep + b.bad0,
  };
}

export const logFailuresHarm = (evidence: FailuresEvidence): number => logMixtureEvidence(evidence.harm, weights);

export function judgeFailures(
  gate: FailuresGate,
  evidence: FailuresEvidence,
  promised: Promised,
  weightShare: number,
): Verdict {
  const counted = countsInWords(evidence.total, gate);
  return rule(
    {
      look: evidence.look,
      logHarm: logFailuresHarm(evidence),
      logSafe: logSafetyEvidence(evidence.safe),
      harmful: `${counted}: ${comparison(gate, evidence)}beyond the margin of ${marginInWords(gate)}`,
      safe: `${countsInWords(evidence.stage, gate)} in this stage: shown to be ${limitInWords(gate)}`,
      soFar: counted,
      measured: evidence.stage.n > 0 && evidence.stage.n0 > 0,
      missing: missingArm(evidence.stage, gate),
      numbers: numbersOf(evidence, promised),
    },
    promised,
    weightShare,
  );
}

const unitsOf = (gate: FailuresGate) => (gate.failures.count === "requests" ? "requests" : "units");

function countsInWords(block: Block, gate: FailuresGate): string {
  const bad = (k: number) => (k === 0 ? "none" : whole(k));
  return `canary failed ${bad(block.bad)} of ${whole(block.n)} ${unitsOf(gate)}, stable ${bad(block.bad0)} of ${whole(block.n0)}`;
}

/** "about 34 times as often, ", or the difference in points; empty where stable never failed. */
function comparison(gate: FailuresGate, { above, below, total }: FailuresEvidence): string {
  if ("points" in gate.failures.margin) {
    return total.n === 0 || total.n0 === 0
      ? ""
      : `about ${points(total.bad / total.n - total.bad0 / total.n0)} more often, `;
  }
  if (below === 0) return "";
  // totals over stages with different shares may mislead: the ratio compares within each tick, and says so where it differs
  const ratio = above / below;
  const crude = total.bad / total.n / (total.bad0 / total.n0);
  const how = Math.abs(Math.log(ratio / crude)) > 0.2 ? " within the same seconds" : "";
  return `about ${rough(ratio)} times as often${how}, `;
}

function marginInWords({ failures: { margin } }: FailuresGate): string {
  return "points" in margin ? points(margin.points) : times(margin.ratio);
}

function limitInWords({ failures: { limit } }: FailuresGate): string {
  const said: string[] = [];
  if (limit.ratio !== undefined) said.push(`below ${times(limit.ratio)} stable's rate`);
  if (limit.points !== undefined) said.push(`less than ${points(limit.points)} above it`);
  const text = said.join(" or ");
  return limit.ratio === undefined ? text.replace(/it$/, "stable's rate") : text;
}

function missingArm(stage: Block, gate: FailuresGate): string | null {
  const units = unitsOf(gate);
  if (stage.n === 0 && stage.n0 === 0) return `no ${units} counted in this stage yet`;
  if (stage.n === 0) return `no canary ${units} in this stage yet, stable has ${whole(stage.n0)}`;
  if (stage.n0 === 0) return `no stable ${units} in this stage to compare with, canary has ${whole(stage.n)}`;
  return null;
}

function numbersOf(evidence: FailuresEvidence, promised: Promised): Record<string, number> {
  const { total, stage, above, below } = evidence;
  const { low, high } = ratioInterval(evidence.curve, promised.falseRollback);
  return {
    canaryN: total.n,
    canaryBad: total.bad,
    stableN: total.n0,
    stableBad: total.bad0,
    stageCanaryN: stage.n,
    stageCanaryBad: stage.bad,
    stageStableN: stage.n0,
    stageStableBad: stage.bad0,
    ...(total.n > 0 ? { canaryRate: total.bad / total.n } : {}),
    ...(total.n0 > 0 ? { stableRate: total.bad0 / total.n0 } : {}),
    ...(below > 0 ? { ratio: above / below } : {}),
    ratioLow: low,
    ...(high < Infinity ? { ratioHigh: high } : {}),
  };
}
