/**
 * Evidence of a `latency` gate: is canary / ratio slower than stable? Six thresholds at quantiles of stable are each
 * a counter of "slower than this": canary against ratio x threshold, stable against the threshold. A shift of the
 * whole distribution shows at the median long before p99 moves; a stretched tail shows only at p99.
 *
 * Thresholds are fixed from ticks before those they judge, and kept while they are apt; any such choice is valid.
 */
import { oddsBets, scoreOddsBlock } from "../stats/blocks.ts";
import { BUCKETS, requireCarried, requireEntry } from "../stats/histogram.ts";
import { requireBlock, type Block } from "../stats/inputs.ts";
import {
  copyMixture,
  logMixtureEvidence,
  SPENT,
  stakeMinutes,
  stakeStage,
  startMixture,
  type Mixture,
} from "../stats/onset.ts";
import { safetySize, scoreSafety, type Limit } from "../stats/safety.ts";
import { firstLook, looked, type Look } from "./look.ts";
import type { Circumstances } from "./circumstances.ts";
import { sightOf, type Sight } from "./coarse.ts";
import {
  coarse,
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
import type { Arm, Histogram, Measurement, Tick } from "./measurement.ts";
import type { LatencyGate } from "./metric.ts";
import { hasBoth, isFull, isOver, joined, kept, nothing, sum, type Pool } from "./pool.ts";

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
  /** The same ticks as the pool of the user's threshold, placed for safety, where the source has buckets of its own. */
  safetyPool: Pool | null;
  /** What is really compared at that threshold then. */
  sight: Sight | null;
}

/** Odds of being slow, canary against stable, that the bets claim. */
export const ODDS: readonly number[] = [1.25, 1.5, 2, 3, 5, 9];
const bets = oddsBets(ODDS);
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

/** Evidence before anything was counted. */
export function initialLatency(gate: LatencyGate): LatencyEvidence {
  return {
    kind: "latency",
    look: firstLook,
    harm: startMixture(QUANTILES.length * ODDS.length),
    safe: Array<number>(safetySize(limitOf(gate))).fill(0),
    thresholds: QUANTILES.map(() => null),
    stage: nothing,
    safetyPool: null,
    sight: null,
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

/** A stage begins: what was pooled is compared, safety begins anew, thresholds follow stable where it has moved. */
export function enterLatencyStage(
  gate: LatencyGate,
  evidence: LatencyEvidence,
  where: Circumstances,
  alarm: number,
): LatencyEvidence {
  const next = copied(evidence);
  const fold: Fold = { gate, ...quantilesOf(gate), where, alarm };
  next.thresholds.forEach((threshold, i) => threshold && settle(fold, next, i, threshold));
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
  const { quantiles, users } = quantilesOf(gate);
  const fold: Fold = { gate, quantiles, users, where, alarm };
  for (const tick of measurement.ticks) foldTick(fold, next, tick);
  const usual = next.thresholds[users];
  const { bounds } = measurement;
  next.sight = usual === null || bounds === undefined ? null : sightOf(bounds, usual.stable, usual.canary);
  return next;
}

function foldTick(fold: Fold, evidence: LatencyEvidence, tick: Tick<Histogram>): void {
  const { thresholds } = evidence;
  const { startedAt, plannedMs } = fold.where;
  stakeMinutes(evidence.harm, tick.at - startedAt, plannedMs);
  const safety = safetyBlock(tick, thresholds[fold.users]);
  over.canary.take(tick.canary, thresholds);
  over.stable.take(tick.stable, thresholds, evidence.stable);
  for (let i = 0; i < thresholds.length; i++) {
    const threshold = thresholds[i];
    if (threshold !== null) pour(fold, evidence, i, threshold, blockOver(threshold), safety, tick);
  }
  learn(evidence, over.stable.done);
  for (let i = 0; i < thresholds.length; i++)
    if (thresholds[i] === null) thresholds[i] = fixedThreshold(fold.gate, evidence, fold.quantiles[i]);
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

function pour(
  fold: Fold,
  evidence: LatencyEvidence,
  i: number,
  threshold: Threshold,
  block: Block,
  safety: Block | null,
  { plan, at }: Tick<Histogram>,
): void {
  if (threshold.pool !== null && isOver(threshold.pool, plan, at)) settle(fold, evidence, i, threshold);
  threshold.seen = sum(threshold.seen, block);
  threshold.pool = joined(threshold.pool, block, plan, at);
  if (i === fold.users) {
    if (plan >= fold.where.stagePlan) evidence.stage = sum(evidence.stage, block);
    if (safety !== null) evidence.safetyPool = joined(evidence.safetyPool, safety, plan, at);
  }
  if (isFull(threshold.pool, at)) settle(fold, evidence, i, threshold);
}

/** Compares the arms in what was pooled for a threshold. Where one of them is missing it says nothing. */
function settle(fold: Fold, evidence: LatencyEvidence, i: number, threshold: Threshold): void {
  if (threshold.pool === null) return;
  const { block, at, plan } = threshold.pool;
  const { past } = threshold;
  if (hasBoth(block)) {
    const pooled = inside((past.bad + past.bad0) / (past.n + past.n0));
    if (!isStruck(fold, evidence)) scoreOddsBlock(evidence.harm.logs, block, pooled, bets, i * ODDS.length, SPENT);
    if (i === fold.users && plan >= fold.where.stagePlan) {
      const guess = inside((past.bad0 + 0.25) / (past.n0 + 0.5));
      scoreSafety(evidence.safe, evidence.safetyPool?.block ?? block, guess, limitOf(fold.gate));
    }
  }
  threshold.past = sum(past, block, kept(threshold.pastAt, at));
  threshold.pastAt = at;
  threshold.pool = null;
  if (i === fold.users) evidence.safetyPool = null;
}

/** The user's threshold, counted where a source's own buckets say least for safety; null for exact ones. */
function safetyBlock({ stable, canary }: Tick<Histogram>, usual: Threshold | null): Block | null {
  if (usual === null || (stable.doneForSafety === undefined && canary.doneForSafety === undefined)) return null;
  over.canary.take({ ...canary, done: canary.doneForSafety ?? canary.done }, [usual]);
  over.stable.take({ ...stable, done: stable.doneForSafety ?? stable.done }, [usual]);
  return blockOver(usual);
}

/**
 * What reached its mark has decided: it stays there, however rarely anyone looks. Seldom worth the sum: it is at most
 * its largest member and what is not staked.
 */
function isStruck({ users, alarm }: Fold, { harm }: LatencyEvidence): boolean {
  return harm.logs.some((log) => log >= alarm - 1) && logMixtureEvidence(harm, weights[users]) >= alarm;
}

/** How many of one arm were resolved in a tick, and how many were over each threshold; counted in one pass. */
class Over {
  readonly #arm: Arm;
  /** By bucket: how many thresholds it is over. By that number: how many requests. */
  readonly #rank = new Uint8Array(BUCKETS + 1);
  readonly #hits = new Float64Array(QUANTILES.length + 1);
  /** The thresholds that the ranks are by. */
  readonly #edges = new Int32Array(QUANTILES.length).fill(BUCKETS);
  #done = 0;
  #carried: Histogram["carried"] = [];

  constructor(arm: Arm) {
    this.#arm = arm;
  }

  /** How many were finished. */
  get done(): number {
    return this.#done;
  }

  /** Counts into `learned` by the way, where something is to be learned. Throws STATISTICS_INPUT. */
  take(histogram: Histogram, thresholds: readonly (Threshold | null)[], learned: number[] | null = null): void {
    const { done, carried } = histogram;
    if (this.#areOthers(thresholds)) this.#rankBy(thresholds);
    const [rank, hits] = [this.#rank, this.#hits];
    hits.fill(0);
    let all = 0;
    for (let k = 0; k < done.length; k++) {
      const bucket = done[k][0];
      const count = done[k][1];
      // what is no count is told by name
      if (!((bucket | 0) === bucket && (count | 0) === count && bucket >= 0 && bucket < BUCKETS && count >= 0))
        requireEntry(bucket, count);
      all += count;
      hits[rank[bucket]] += count;
      if (learned !== null) learned[coarse(bucket)] += count;
    }
    requireCarried(carried);
    this.#done = all;
    this.#carried = carried;
  }

  #areOthers(thresholds: readonly (Threshold | null)[]): boolean {
    for (let i = 0; i < this.#edges.length; i++)
      if (this.#edges[i] !== (thresholds[i]?.[this.#arm] ?? BUCKETS)) return true;
    return false;
  }

  /** They are seldom others than those of the tick before. */
  #rankBy(thresholds: readonly (Threshold | null)[]): void {
    const edges = this.#edges;
    for (let i = 0; i < edges.length; i++) edges[i] = thresholds[i]?.[this.#arm] ?? BUCKETS;
    this.#rank.fill(0);
    edges.toSorted().forEach((edge, i) => this.#rank.fill(i + 1, edge));
  }

  /** `crossed` of the histogram contract, at one of the thresholds. */
  crossed(boundary: number): number {
    let crossed = this.#flying(boundary);
    for (let rank = this.#rank[boundary]; rank < this.#hits.length; rank++) crossed += this.#hits[rank];
    return crossed;
  }

  /** `resolved` of the histogram contract. */
  resolved(boundary: number): number {
    return this.#done + this.#flying(boundary);
  }

  #flying(boundary: number): number {
    const carried = this.#carried;
    let flying = 0;
    for (let k = 0; k < carried.length; k++) if (carried[k][0] <= boundary) flying += carried[k][1];
    return flying;
  }
}

/** Used again by every tick. */
const over = { canary: new Over("canary"), stable: new Over("stable") };

function blockOver({ canary, stable }: Threshold): Block {
  const block: Block = {
    n: over.canary.resolved(canary),
    bad: over.canary.crossed(canary),
    n0: over.stable.resolved(stable),
    bad0: over.stable.crossed(stable),
  };
  requireBlock(block);
  return block;
}
