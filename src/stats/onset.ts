/**
 * When may a fault begin? Evidence that was gathered while all was well is a debt a late fault must first pay back,
 * so part of the stake is kept and put in later: at stage starts and minute by minute. The mixture over onsets is
 * still one e-process as long as all stakes together are at most 1, and costs one addition per restart:
 *
 *   S_j <- (S_j + stake) x factor_j        E = sum of weight_j S_j + what was never staked
 *
 * (a Shiryaev-Roberts recursion with a proper prior, so it keeps a probability guarantee).
 */
import { requireAmount } from "./inputs.ts";
import { addLogs, logWeightedSum } from "./logs.ts";

/**
 * How the stake of 1 is split over onsets. Most faults are there from the start, and what they pay for the others is
 * ln(1/start); a fault of one minute in an hour pays ln(60/minutes). `docs/decisions/0009-late-faults-and-overshoot.md`.
 */
export const STAKES = { start: 0.775, stages: 0.05, minutes: 0.175 } as const;

/** The part of the minutes' stake that is kept for minutes beyond the plan. */
const TAIL = 0.02;
const MINUTE = 60_000;
/** Stakes that sum to 1 only up to rounding are shown as no evidence, not as 1e-16. */
const ROUNDING = 1e-12;

/** What is to be staked by now, all told, for stage starts. Stages count from 0; the first is the start itself. */
export function stakedForStages(stage: number, stages: number): number {
  if (stages <= 1) return STAKES.stages;
  return STAKES.stages * Math.min(1, Math.max(0, stage) / (stages - 1));
}

/**
 * What is to be staked by now, all told, for minutes: uniform over the planned ones; beyond them the k-th minute
 * has 1/(k (k+1)) of the tail, which sums to 1 however long the rollout lasts.
 */
export function stakedForMinutes(elapsedMs: number, plannedMs: number): number {
  const planned = Math.max(1, Number.isFinite(plannedMs) ? Math.ceil(plannedMs / MINUTE) : 60);
  const minutes = Math.max(0, Math.floor(elapsedMs / MINUTE));
  const beyond = Math.max(0, minutes - planned);
  const uniform = Math.min(minutes, planned) / planned;
  return STAKES.minutes * ((1 - TAIL) * uniform + TAIL * (1 - 1 / (beyond + 1)));
}

/** ln of a stake so small that whatever is staked later outweighs it: such a bet need not be scored any more. */
export const SPENT = -60;

/** Evidence of bets that begin at different times: ln S of each bet, and what is staked so far. Plain JSON. */
export interface Mixture {
  readonly logs: number[];
  /** Staked for stage starts and for minutes; at the start STAKES.start was staked. */
  stages: number;
  minutes: number;
  /** Of a watch without an end: blocks begun, each with a whole stake of its own; see `detector.ts`. */
  blocks?: number;
}

/** `size` bets with the start's stake. */
export function startMixture(size: number): Mixture {
  return { logs: Array<number>(size).fill(Math.log(STAKES.start)), stages: 0, minutes: 0 };
}

/** `size` bets with the whole stake at the start: nothing is kept for later onsets. */
export function startWhole(size: number): Mixture {
  return { logs: Array<number>(size).fill(0), stages: STAKES.stages, minutes: STAKES.minutes };
}

/** A copy that may be folded into. */
export function copyMixture(mixture: Mixture): Mixture {
  return { ...mixture, logs: mixture.logs.slice() };
}

/** Puts `mass` into every bet, in place: a fault may begin now. */
export function stake(logs: number[], mass: number): void {
  requireAmount(mass, "mass");
  if (mass === 0) return;
  const log = Math.log(mass);
  for (let j = 0; j < logs.length; j++) logs[j] = addLogs(logs[j], log);
}

/** Stakes what the prior asks for at a stage start. Never more than it allows in sum, whatever stages come. */
export function stakeStage(mixture: Mixture, stage: number, stages: number): void {
  const due = stakedForStages(stage, stages);
  if (due <= mixture.stages) return;
  stake(mixture.logs, due - mixture.stages);
  mixture.stages = due;
}

/** Stakes what the prior asks for the minutes that have begun. Call before the tick's counts are scored. */
export function stakeMinutes(mixture: Mixture, elapsedMs: number, plannedMs: number): void {
  if (mixture.blocks !== undefined) return stakeBlocks(mixture, mixture.blocks, elapsedMs);
  const due = stakedForMinutes(elapsedMs, plannedMs);
  if (due <= mixture.minutes) return;
  stake(mixture.logs, due - mixture.minutes);
  mixture.minutes = due;
}

/** How long a block of a watch without an end is. */
export const BLOCK_MS = 10_000;

/** A whole stake for every block that has begun. */
function stakeBlocks(mixture: Mixture, before: number, elapsedMs: number): void {
  const begun = 1 + Math.max(0, Math.floor(elapsedMs / BLOCK_MS));
  if (begun <= before) return;
  stake(mixture.logs, begun - before);
  mixture.blocks = begun;
}

/** What is not staked yet; it counts as evidence 1. */
export function unstaked(mixture: Mixture): number {
  if (mixture.blocks !== undefined) return 0;
  return Math.max(0, 1 - STAKES.start - mixture.stages - mixture.minutes);
}

/** ln E of the mixture; `weights` sum to 1. Finite: 0 before any data. */
export function logMixtureEvidence(mixture: Mixture, weights: readonly number[]): number {
  const log = logWeightedSum(mixture.logs, weights, unstaked(mixture));
  return Math.abs(log) < ROUNDING ? 0 : log;
}
