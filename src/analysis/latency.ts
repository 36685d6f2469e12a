/**
 * Evidence of a `latency` gate: is canary / ratio slower than stable? Six thresholds at quantiles of stable are each
 * a counter of "slower than this": canary against ratio x threshold, stable against the threshold. A shift of the
 * whole distribution shows at the median long before p99 moves; a stretched tail shows only at p99.
 *
 * Thresholds are fixed from ticks before those they judge, and kept while they are apt; any such choice is valid.
 * All are edges of the fixed buckets, so that counts are exact.
 */
import { scoreOddsBlock } from "../stats/blocks.ts";
import { BUCKETS, boundaryAtOrAbove, lowerEdge, requireHistogram } from "../stats/histogram.ts";
import { requireBlock, type Block } from "../stats/inputs.ts";
import { logMean } from "../stats/logs.ts";
import {
  copyMixture,
  logMixtureEvidence,
  stakeMinutes,
  stakeStage,
  startMixture,
  type Mixture,
} from "../stats/onset.ts";
import { logSafetyEvidence, safetySize, scoreSafety, type Limit } from "../stats/safety.ts";
import { firstLook, looked, type Look } from "./look.ts";
import type { Circumstances } from "./circumstances.ts";
import type { Histogram, Measurement, Tick } from "./measurement.ts";
import type { LatencyGate } from "./metric.ts";
import { rule, type Promised } from "./ruling.ts";
import type { Verdict } from "./verdict.ts";
import { latency, points, quantileName, times, whole } from "./words.ts";

/** One threshold: boundaries of both arms, what was counted over them since they were fixed, and its fading past. */
export interface Threshold {
  readonly stable: number;
  readonly canary: number;
  seen: Block;
  past: Block;
}

/** Plain JSON of constant size. Folded on a copy: a value that was handed out never changes. */
export interface LatencyEvidence {
  readonly kind: "latency";
  look: Look;
  /** Bets by threshold and odds: logs[6 i + j]. */
  harm: Mixture;
  safe: number[];
  /** By quantile, null until stable has enough requests. */
  thresholds: (Threshold | null)[];
  /** Over the user's threshold, in the present stage. */
  stage: Block;
  /** Stable's finished requests, eight buckets an octave: where thresholds are read from. */
  stable: number[];
  stableN: number;
}

/** Odds of being slow, canary against stable, that the bets claim. */
const ODDS: readonly number[] = [1.25, 1.5, 2, 3, 5, 9];
const QUANTILES: readonly number[] = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999];
/** The user's quantile has this part of the weight, the others share the rest. */
const USERS_WEIGHT = 0.5;
/** A threshold is fixed when stable has this many requests beyond it in expectation. */
const ENOUGH_BEYOND = 10;
/** At a stage start a threshold stays while stable's share over it is within this factor of what it should be. */
const APT = 2;
/** How far, in buckets, a threshold may move to meet a bucket edge at `ratio` times itself; what a share off by e costs. */
const NEAR = 3;
const OFF_LOSS = 0.05;
/** Safety may also be shown as "less than one point more slow requests". */
const POINTS = 0.01;
const FADING = 0.998;
const PRIOR_N = 100;
const COARSE = BUCKETS / 2 + 1;
/** Counts are halved here: old requests fade and numbers stay short. */
const FULL = 2 ** 20;

const nothing: Block = { n: 0, bad: 0, n0: 0, bad0: 0 };

/** The six quantiles, the nearest one replaced by the user's, and which that is. Nearness in log odds. */
function quantilesOf(gate: LatencyGate): { quantiles: readonly number[]; users: number } {
  const odds = (q: number) => Math.log(q / (1 - q));
  const wished = gate.latency.quantile;
  const far = QUANTILES.map((q) => Math.abs(odds(q) - odds(wished)));
  const users = far.indexOf(Math.min(...far));
  return { quantiles: QUANTILES.with(users, wished), users };
}

function weightsOf(users: number): number[] {
  const others = (1 - USERS_WEIGHT) / (QUANTILES.length - 1);
  return QUANTILES.flatMap((_, i) => ODDS.map(() => (i === users ? USERS_WEIGHT : others) / ODDS.length));
}

const limitOf = (gate: LatencyGate): Limit => ({ ratio: gate.latency.limit, points: POINTS });

export function initialLatency(gate: LatencyGate): LatencyEvidence {
  return {
    kind: "latency",
    look: firstLook,
    harm: startMixture(QUANTILES.length * ODDS.length),
    safe: Array<number>(safetySize(limitOf(gate))).fill(0),
    thresholds: QUANTILES.map(() => null),
    stage: nothing,
    stable: Array<number>(COARSE).fill(0),
    stableN: 0,
  };
}

export function enterLatencyStage(gate: LatencyGate, evidence: LatencyEvidence, where: Circumstances): LatencyEvidence {
  const next = { ...evidence, harm: copyMixture(evidence.harm), stage: nothing };
  stakeStage(next.harm, where.stage, where.stages);
  next.safe = Array<number>(evidence.safe.length).fill(0);
  next.thresholds = quantilesOf(gate).quantiles.map((q, i) => {
    const kept = evidence.thresholds[i];
    return kept !== null && isApt(evidence, kept, q) ? kept : (fixedThreshold(gate, evidence, q) ?? kept);
  });
  return next;
}

/** Folds histograms. Throws STATISTICS_INPUT when a tick holds what cannot be counts; the evidence given is untouched. */
export function foldLatency(
  gate: LatencyGate,
  evidence: LatencyEvidence,
  measurement: Measurement & { readonly kind: "histogram" },
  where: Circumstances,
): LatencyEvidence {
  const next: LatencyEvidence = {
    ...evidence,
    look: looked(evidence.look, measurement),
    harm: copyMixture(evidence.harm),
    safe: evidence.safe.slice(),
    thresholds: evidence.thresholds.map((threshold) => threshold && { ...threshold }),
    stable: evidence.stable.slice(),
  };
  const { quantiles, users } = quantilesOf(gate);
  for (const tick of measurement.ticks) {
    requireHistogram(tick.stable);
    requireHistogram(tick.canary);
    stakeMinutes(next.harm, tick.at - where.startedAt, where.plannedMs);
    for (let i = 0; i < quantiles.length; i++) foldThreshold(gate, next, tick, i, i === users, where);
    learnStable(next, tick.stable);
    fixMissing(gate, next, quantiles);
  }
  return next;
}

function foldThreshold(
  gate: LatencyGate,
  evidence: LatencyEvidence,
  tick: Tick<Histogram>,
  i: number,
  isUsers: boolean,
  where: Circumstances,
): void {
  const threshold = evidence.thresholds[i];
  if (threshold === null) return;
  const block = blockOver(tick, threshold);
  const { past } = threshold;
  if (block.n > 0 && block.n0 > 0) {
    const pooled = inside((past.bad + past.bad0) / (past.n + past.n0));
    scoreOddsBlock(evidence.harm.logs, block, pooled, ODDS, i * ODDS.length);
  }
  if (isUsers && tick.plan >= where.stagePlan) {
    evidence.stage = sum(evidence.stage, block, 1);
    scoreSafety(evidence.safe, block, inside((past.bad0 + 0.25) / (past.n0 + 0.5)), limitOf(gate));
  }
  threshold.seen = sum(threshold.seen, block, 1);
  threshold.past = sum(past, block, FADING);
}

const inside = (share: number) => Math.min(Math.max(share, 1e-6), 1 - 1e-6);

function sum(a: Block, b: Block, keep: number): Block {
  return {
    n: a.n * keep + b.n,
    bad: a.bad * keep + b.bad,
    n0: a.n0 * keep + b.n0,
    bad0: a.bad0 * keep + b.bad0,
  };
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

/** Fine bucket to coarse: the lowest and the highest stay alone, two and two of the others are one. */
const coarse = (bucket: number) => (bucket + 1) >> 1;
/** The fine boundary where a coarse bucket ends. */
const endOf = (bucket: number) => Math.min(2 * bucket + 1, BUCKETS - 1);

function learnStable(evidence: LatencyEvidence, stable: Histogram): void {
  for (let i = 0; i < stable.done.length; i++) {
    const entry = stable.done[i];
    evidence.stable[coarse(entry[0])] += entry[1];
    evidence.stableN += entry[1];
  }
  if (evidence.stableN < FULL) return;
  evidence.stable = evidence.stable.map((k) => k >> 1);
  evidence.stableN = evidence.stable.reduce((a, b) => a + b, 0);
}

function fixMissing(gate: LatencyGate, evidence: LatencyEvidence, quantiles: readonly number[]): void {
  for (let i = 0; i < quantiles.length; i++)
    if (evidence.thresholds[i] === null) evidence.thresholds[i] = fixedThreshold(gate, evidence, quantiles[i]);
}

const needed = (q: number) => Math.ceil(ENOUGH_BEYOND / Math.min(q, 1 - q));

/** The threshold near stable's q-quantile, or null while stable has too few requests or lies off the scale. */
function fixedThreshold(gate: LatencyGate, evidence: LatencyEvidence, q: number): Threshold | null {
  if (evidence.stableN < needed(q)) return null;
  let below = 0;
  let bucket = -1;
  while (below < q * evidence.stableN) below += evidence.stable[++bucket];
  const edges = snapped(evidence, endOf(bucket), gate.latency.ratio, q);
  if (edges === null) return null;
  const share = inside(shareOver(evidence, edges.stable));
  return { ...edges, seen: nothing, past: { n: 0, bad: 0, n0: PRIOR_N, bad0: PRIOR_N * share } };
}

/**
 * A boundary for stable near `at`, and the canary's at `ratio` times it, which must be an edge or else the next above.
 * Of the near ones the pair that gives least away: a canary edge 3.5 % too high is as bad as a share twice off.
 */
function snapped(
  evidence: LatencyEvidence,
  at: number,
  ratio: number,
  q: number,
): { stable: number; canary: number } | null {
  let best: { stable: number; canary: number } | null = null;
  let least = Infinity;
  for (let stable = Math.max(1, at - NEAR); stable <= Math.min(BUCKETS - 1, at + NEAR); stable++) {
    const wished = ratio * lowerEdge(stable);
    const canary = boundaryAtOrAbove(wished * (1 - 1e-12));
    if (canary === null) continue;
    const off = Math.abs(Math.log(inside(shareOver(evidence, stable)) / (1 - q)));
    const loss = Math.log(lowerEdge(canary) / wished) + OFF_LOSS * off;
    if (loss < least) [best, least] = [{ stable, canary }, loss];
  }
  return best;
}

/** Stable's share over a boundary; a boundary inside a coarse bucket parts it evenly. */
function shareOver(evidence: LatencyEvidence, boundary: number): number {
  const first = coarse(boundary);
  const isInside = endOf(first) - boundary === 1 && first > 0 && first < COARSE - 1;
  let over = evidence.stable[first] * (isInside ? 0.5 : 1);
  for (let b = first + 1; b < COARSE; b++) over += evidence.stable[b];
  return over / evidence.stableN;
}

function isApt(evidence: LatencyEvidence, threshold: Threshold, q: number): boolean {
  if (evidence.stableN === 0) return true;
  const off = shareOver(evidence, threshold.stable) / (1 - q);
  return off <= APT && off >= 1 / APT;
}

export function logLatencyHarm(gate: LatencyGate, evidence: LatencyEvidence): number {
  return logMixtureEvidence(evidence.harm, weightsOf(quantilesOf(gate).users));
}

export function judgeLatency(
  gate: LatencyGate,
  evidence: LatencyEvidence,
  promised: Promised,
  weightShare: number,
): Verdict {
  const { quantiles, users } = quantilesOf(gate);
  const worst = mostTelling(evidence, users);
  const told = evidence.thresholds[worst];
  const usual = evidence.thresholds[users];
  const comparison = told === null ? "" : inWords(told, told.seen, quantiles[worst]);
  return rule(
    {
      look: evidence.look,
      logHarm: logLatencyHarm(gate, evidence),
      logSafe: logSafetyEvidence(evidence.safe),
      harmful: `${comparison}: slower than ${times(gate.latency.ratio)} stable`,
      safe: usual === null ? "" : safeInWords(gate, evidence, usual),
      soFar: comparison,
      measured: usual === null ? evidence.stableN > 0 : evidence.stage.n > 0 && evidence.stage.n0 > 0,
      missing: missingOf(evidence, usual, quantiles[users]),
      numbers: numbersOf(evidence, users, worst),
    },
    promised,
    weightShare,
  );
}

/** The threshold whose bets weigh most now: the user's own unless another says more. */
function mostTelling(evidence: LatencyEvidence, users: number): number {
  let best = users;
  const says = (i: number) =>
    logMean(evidence.harm.logs, i * ODDS.length, ODDS.length) + Math.log(i === users ? USERS_WEIGHT : 0.1);
  for (let i = 0; i < QUANTILES.length; i++)
    if (evidence.thresholds[i] !== null && (evidence.thresholds[best] === null || says(i) > says(best))) best = i;
  return best;
}

function inWords(threshold: Threshold, block: Block, q: number): string {
  const some = (k: number) => (k === 0 ? "none" : whole(k));
  return (
    `canary took longer than ${latency(lowerEdge(threshold.canary))} in ${some(block.bad)} of ${whole(block.n)} requests, ` +
    `stable longer than ${latency(lowerEdge(threshold.stable))} (about its ${quantileName(q)}) in ${some(block.bad0)} of ${whole(block.n0)}`
  );
}

function safeInWords(gate: LatencyGate, evidence: LatencyEvidence, usual: Threshold): string {
  const shown = `slow requests less than ${times(gate.latency.limit)} stable's share or ${points(POINTS)} above it`;
  return `${inWords(usual, evidence.stage, gate.latency.quantile)} in this stage: shown to be ${shown}`;
}

function missingOf(evidence: LatencyEvidence, usual: Threshold | null, q: number): string | null {
  if (evidence.stableN === 0 && usual === null) return "no stable requests to compare with yet";
  if (usual === null) {
    const seen = `${whole(evidence.stableN)} of ${whole(needed(q))} requests seen`;
    return `waiting to know stable's ${quantileName(q)}: ${seen}`;
  }
  if (evidence.stage.n === 0) return "no canary requests in this stage yet";
  return evidence.stage.n0 === 0 ? "no stable requests in this stage to compare with" : null;
}

function numbersOf(evidence: LatencyEvidence, users: number, worst: number): Record<string, number> {
  const { stage, thresholds } = evidence;
  return {
    stableRequests: evidence.stableN,
    stageCanaryN: stage.n,
    stageCanaryBad: stage.bad,
    stageStableN: stage.n0,
    stageStableBad: stage.bad0,
    ...thresholdNumbers(thresholds[users], ""),
    ...(worst === users ? {} : thresholdNumbers(thresholds[worst], "worst")),
    ...(worst === users ? {} : { worstQuantile: QUANTILES[worst] }),
  };
}

function thresholdNumbers(threshold: Threshold | null, prefix: string): Record<string, number> {
  if (threshold === null) return {};
  const { n, bad, n0, bad0 } = threshold.seen;
  const entries: [string, number][] = [
    ["canaryN", n],
    ["canaryBad", bad],
    ["stableN", n0],
    ["stableBad", bad0],
    ["canaryThresholdUs", lowerEdge(threshold.canary)],
    ["stableThresholdUs", lowerEdge(threshold.stable)],
  ];
  const named = (name: string) => (prefix === "" ? name : prefix + name[0].toUpperCase() + name.slice(1));
  return Object.fromEntries(entries.map(([name, value]) => [named(name), value]));
}
