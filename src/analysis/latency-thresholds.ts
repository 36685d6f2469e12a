/**
 * Where a latency gate looks: thresholds at quantiles of stable, read from requests that were before those they judge.
 * All are edges of the fixed buckets, so that counts are exact.
 */
import { BUCKETS, boundaryAtOrAbove, lowerEdge } from "../stats/histogram.ts";
import type { Block } from "../stats/inputs.ts";
import type { LatencyGate } from "./metric.ts";
import { nothing, type Pool } from "./pool.ts";

/**
 * One threshold: boundaries of both arms, what was counted over them since they were fixed, the ticks of it that are
 * not compared yet, and the fading past of those that were.
 */
export interface Threshold {
  readonly stable: number;
  readonly canary: number;
  seen: Block;
  pool: Pool | null;
  past: Block;
  pastAt: number;
}

/** Stable's finished requests, eight buckets an octave: where thresholds are read from. */
export interface Learned {
  stable: number[];
  stableN: number;
}

export const QUANTILES: readonly number[] = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999];
/** A threshold is fixed when stable has this many requests beyond it in expectation. */
const ENOUGH_BEYOND = 10;
/** At a stage start a threshold stays while stable's share over it is within this factor of what it should be. */
const APT = 2;
/** How far, in buckets, a threshold may move to meet a bucket edge at `ratio` times itself; what a share off by e costs. */
const NEAR = 3;
const OFF_LOSS = 0.05;
/** What was learned counts as so many requests of the past that bets are placed by. */
const PRIOR_N = 100;
const COARSE = BUCKETS / 2 + 1;
/** Counts are halved here: old requests fade and numbers stay short. */
const FULL = 2 ** 20;

const logOdds = (q: number): number => Math.log(q / (1 - q));
const LOG_ODDS = QUANTILES.map(logOdds);

/** Where a gate looks, and which of it is the user's own. */
export interface Quantiles {
  readonly quantiles: readonly number[];
  readonly users: number;
}

/** The six quantiles, the nearest one replaced by the user's, and which that is. Nearness in log odds. */
export function quantilesOf({ latency: { quantile } }: LatencyGate): Quantiles {
  let found = known.get(quantile);
  if (found !== undefined) return found;
  const wished = logOdds(quantile);
  let users = 0;
  for (let i = 1; i < LOG_ODDS.length; i++)
    if (Math.abs(LOG_ODDS[i] - wished) < Math.abs(LOG_ODDS[users] - wished)) users = i;
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(quantile, (found = { quantiles: QUANTILES.with(users, quantile), users }));
  return found;
}

/** Every tick of a gate asks for the same ones. */
const known = new Map<number, Quantiles>();
const MOST_KNOWN = 64;

export const nothingLearned = (): Learned => ({ stable: Array<number>(COARSE).fill(0), stableN: 0 });

/** Fine bucket to coarse: the lowest and the highest stay alone, two and two of the others are one. */
export const coarse = (bucket: number) => (bucket + 1) >> 1;
/** The fine boundary where a coarse bucket ends. */
const endOf = (bucket: number) => Math.min(2 * bucket + 1, BUCKETS - 1);

/** A tick of stable with `n` finished requests has been counted. */
export function learn(learned: Learned, n: number): void {
  learned.stableN += n;
  if (learned.stableN < FULL) return;
  learned.stable = learned.stable.map((k) => k >> 1);
  learned.stableN = learned.stable.reduce((a, b) => a + b, 0);
}

/** How many of stable's requests it takes to know its q-quantile. */
export const needed = (q: number): number => Math.ceil(ENOUGH_BEYOND / Math.min(q, 1 - q));

/** The threshold near stable's q-quantile, or null while stable has too few requests or lies off the scale. */
export function fixedThreshold(gate: LatencyGate, learned: Learned, q: number): Threshold | null {
  if (learned.stableN < needed(q)) return null;
  let below = 0;
  let bucket = -1;
  while (below < q * learned.stableN) below += learned.stable[++bucket];
  const edges = snapped(learned, endOf(bucket), gate.latency.ratio, q);
  if (edges === null) return null;
  const past: Block = { n: 0, bad: 0, n0: PRIOR_N, bad0: PRIOR_N * inside(shareOver(learned, edges.stable)) };
  return { ...edges, seen: nothing, pool: null, past, pastAt: 0 };
}

interface Edges {
  readonly stable: number;
  readonly canary: number;
}

/**
 * A boundary for stable near `at`, and the canary's at `ratio` times it, which must be an edge or else the next above.
 * Of the near ones the pair that gives least away: a canary edge 3.5 % too high is as bad as a share twice off.
 */
function snapped(learned: Learned, at: number, ratio: number, q: number): Edges | null {
  let best: Edges | null = null;
  let least = Infinity;
  for (let stable = Math.max(1, at - NEAR); stable <= Math.min(BUCKETS - 1, at + NEAR); stable++) {
    const wished = ratio * lowerEdge(stable);
    const canary = boundaryAtOrAbove(wished * (1 - 1e-12));
    if (canary === null) continue;
    const off = Math.abs(Math.log(inside(shareOver(learned, stable)) / (1 - q)));
    const loss = Math.log(lowerEdge(canary) / wished) + OFF_LOSS * off;
    if (loss < least) [best, least] = [{ stable, canary }, loss];
  }
  return best;
}

/** Stable's share over a boundary; a boundary inside a coarse bucket parts it evenly. */
function shareOver({ stable, stableN }: Learned, boundary: number): number {
  const first = coarse(boundary);
  const isInside = endOf(first) - boundary === 1 && first > 0 && first < COARSE - 1;
  let over = stable[first] * (isInside ? 0.5 : 1);
  for (let b = first + 1; b < COARSE; b++) over += stable[b];
  return over / stableN;
}

/** Whether a threshold still stands near the quantile it was fixed for. */
export function isApt(learned: Learned, threshold: Threshold, q: number): boolean {
  if (learned.stableN === 0) return true;
  const off = shareOver(learned, threshold.stable) / (1 - q);
  return off <= APT && off >= 1 / APT;
}

/** A share that logarithms can be taken of. */
export const inside = (share: number): number => Math.min(Math.max(share, 1e-6), 1 - 1e-6);
