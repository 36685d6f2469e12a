/**
 * Evidence after a promotion. What is promised is not a rate for the whole watch but how long it runs, on average, until
 * a false alarm (`stats/detector.ts`). There are two grounds to stand on:
 *
 *   compared   some people stay with the revision before: both are compared within each tick, exactly as before, and a
 *              shock that hits both is no harm
 *   level      everybody has the new revision: its failed requests against a level frozen from the last minutes of the
 *              release. That level knows no time of day and no outage of what both depend on, so it has a margin of its own
 */
import { RATIO_WEIGHTS, RATIOS } from "../stats/counts.ts";
import { addBursts, startBursts } from "../stats/bursts.ts";
import { startDetector } from "../stats/detector.ts";
import { highestRate, scoreLevel } from "../stats/level.ts";
import { logAverage, normalised } from "../stats/merge.ts";
import { copyMixture, logMixtureEvidence, stakeMinutes, type Mixture } from "../stats/onset.ts";
import { asSerinError } from "../errors.ts";
import { fold, initialEvidence, judge, logHarmOf, type Evidence } from "./evidence.ts";
import type { Circumstances } from "./circumstances.ts";
import { firstLook, lookFailed, looked, type Look } from "./look.ts";
import type { Counts, Measurement } from "./measurement.ts";
import type { Gate } from "./metric.ts";
import { finiteExp, lasting, rough, whole } from "./words.ts";

/** Plain JSON of constant size. */
export interface LevelEvidence {
  readonly kind: "level";
  readonly look: Look;
  /** Requests that the level was frozen from; null: there were none. */
  readonly baseline: Counts | null;
  /** The failure rate that is tolerated. */
  readonly level: number;
  /** What evidence is tempered by, and whether failures of the baseline were shown to come in bursts. */
  readonly phi: number;
  readonly bursts: boolean;
  readonly harm: Mixture;
  readonly total: Counts;
  /** What came since it last looked well, and ln of what one bet has gained since: how a late fault is told. */
  readonly since: { readonly at: number; readonly counts: Counts; readonly log: number };
}

export type Watched = LevelEvidence | { readonly kind: "compared"; readonly evidence: Evidence };

const none: Counts = { n: 0, bad: 0 };
const plus = (a: Counts, b: Counts): Counts => ({ n: a.n + b.n, bad: a.bad + b.bad });

/** Fewer requests of stable's say too little of its level: the canary's, which were shown to be no worse, are added. */
const ENOUGH = 1000;

/**
 * The level of a `failures` gate from what was measured before the promotion: `margin` times the highest rate that the
 * counts leave open. Without any there is no level, and nothing is ever shown.
 */
export function frozenLevel(measurement: Measurement, margin: number): LevelEvidence {
  const look = looked(firstLook, measurement);
  const fresh = { kind: "level" as const, look, harm: startDetector(RATIOS.length), total: none, since: well };
  const ticks = measurement.kind === "counts" ? measurement.ticks : [];
  const stable = ticks.reduce((sum, tick) => plus(sum, tick.stable), none);
  const baseline = stable.n >= ENOUGH ? stable : ticks.reduce((sum, tick) => plus(sum, tick.canary), stable);
  if (baseline.n === 0) return { ...fresh, baseline: null, level: 1, phi: 1, bursts: false };
  const arm = stable.n >= ENOUGH ? "stable" : "canary";
  const { phi, shown } = ticks.reduce((bursts, tick) => addBursts(bursts, tick.at, tick[arm]), startBursts);
  return { ...fresh, baseline, level: Math.min(HIGHEST, margin * highestRate(baseline)), phi, bursts: shown };
}

/** Nobody can be shown to fail more often than this. */
const HIGHEST = 0.9;

/** Evidence of a gate that goes on comparing: bets begin anew, what was learnt of stable is kept. Null for gates that follow a rule. */
export function comparedFrom(gate: Gate, before: Evidence | undefined): Watched | null {
  const fresh = initialEvidence(gate);
  if (!("harm" in fresh) || !("logs" in fresh.harm)) return null;
  const harm = startDetector(fresh.harm.logs.length);
  if (fresh.kind === "failures" && before?.kind === "failures") {
    const { past, pastAt, bursts } = before;
    return {
      kind: "compared",
      evidence: { ...fresh, harm, past, pastAt, ...(bursts === undefined ? {} : { bursts }) },
    };
  }
  if (fresh.kind === "latency" && before?.kind === "latency") {
    const thresholds = before.thresholds.map((threshold) => threshold && { ...threshold, pool: null });
    return {
      kind: "compared",
      evidence: { ...before, look: firstLook, harm, thresholds, stage: fresh.stage, safetyPool: null },
    };
  }
  return { kind: "compared", evidence: { ...fresh, harm } as Evidence };
}

/** Folds one measurement. What cannot be counts is reported, and no part of it is folded. */
export function foldWatched(gate: Gate, watched: Watched, measurement: Measurement, where: Circumstances): Watched {
  if (watched.kind === "compared")
    return { kind: "compared", evidence: fold(gate, watched.evidence, measurement, where) };
  try {
    return foldLevel(watched, measurement, where);
  } catch (thrown) {
    const error = asSerinError(thrown);
    if (error.code !== "STATISTICS_INPUT") throw error;
    return { ...watched, look: lookFailed(watched.look, measurement, error.message) };
  }
}

function foldLevel(before: LevelEvidence, measurement: Measurement, where: Circumstances): LevelEvidence {
  const look = looked(before.look, measurement);
  if (measurement.kind !== "counts") return { ...before, look };
  const harm = copyMixture(before.harm);
  let { total, since } = before;
  for (const { at, plan, canary } of measurement.ticks) {
    if (plan < where.stagePlan) continue;
    stakeMinutes(harm, at - where.startedAt, where.plannedMs);
    if (before.baseline !== null) scoreLevel(harm.logs, canary, before.level, RATIOS, before.phi);
    total = plus(total, canary);
    if (before.baseline !== null) since = later(since, at, canary, before.level);
  }
  return { ...before, look, harm, total, since };
}

const well: LevelEvidence["since"] = { at: 0, counts: none, log: 0 };
/** The bet by which the beginning of a fault is told. */
const TELLING = [2];

/** Page's rule: a bet that has lost all it gained begins anew. */
function later(
  { at: from, counts, log }: LevelEvidence["since"],
  at: number,
  tick: Counts,
  level: number,
): LevelEvidence["since"] {
  const gained = [log];
  scoreLevel(gained, tick, level, TELLING);
  if (!(gained[0] > 0)) return well;
  return { at: from === 0 ? at : from, counts: plus(counts, tick), log: gained[0] };
}

/** ln of the sum of bets of one gate. */
export function logWatched(gate: Gate, watched: Watched): number {
  return watched.kind === "compared"
    ? logHarmOf(gate, watched.evidence)
    : logMixtureEvidence(watched.harm, RATIO_WEIGHTS);
}

/** One gate of a watch, as it is shown. */
export interface WatchedVerdict {
  readonly gate: string;
  /** ln of the sum of bets. */
  readonly logHarm: number;
  /** Whether anything was counted at all. */
  readonly measured: boolean;
  /** One clause: what was counted, or why nothing was. */
  readonly reason: string;
  readonly numbers: Readonly<Record<string, number>>;
}

/**
 * All gates of a watch together: the average of their sums, so that one promise holds for all. `alarm` is ln of the sum
 * that takes it back. `guilty` are those that reach it by their own part, or else the one that says most.
 */
export function mergeWatched(
  gates: readonly Gate[],
  watched: Readonly<Record<string, Watched>>,
  alarm: number,
): { readonly logHarm: number; readonly harmful: boolean; readonly guilty: readonly string[] } {
  const acting = gates.filter(({ name, dryRun }) => !dryRun && watched[name] !== undefined);
  if (acting.length === 0) return { logHarm: 0, harmful: false, guilty: [] };
  const shares = normalised(acting.map(({ weight }) => weight));
  const parts = acting.map((gate, i) => logWatched(gate, watched[gate.name]) + Math.log(shares[i]));
  const logHarm = logAverage(
    parts,
    shares.map(() => 1),
  );
  if (logHarm < alarm) return { logHarm, harmful: false, guilty: [] };
  const alone = acting.filter((_, i) => parts[i] >= alarm);
  const most = acting[parts.indexOf(Math.max(...parts))];
  return { logHarm, harmful: true, guilty: (alone.length > 0 ? alone : [most]).map(({ name }) => name) };
}

/** What a gate of a watch says. */
export function judgeWatched(gate: Gate, watched: Watched, alarm: number, share: number): WatchedVerdict {
  const logHarm = logWatched(gate, watched);
  if (watched.kind === "level") return { gate: gate.name, logHarm, ...levelSays(watched, logHarm >= alarm) };
  const promised = { falseRollback: Math.exp(-alarm), falsePromotion: Number.MIN_VALUE };
  const { reason, numbers, measured, verdict } = judge(gate, watched.evidence, promised, share);
  const { safe: _safe, safeNeeded: _needed, harmNeeded: _alarm, deciding: _deciding, ...told } = numbers;
  // what it says of safety is of a promotion, and that has been
  const said = verdict === "inconclusive" && measured ? comparedSays(numbers) : reason;
  return { gate: gate.name, logHarm, measured, reason: renamed(said), numbers: told };
}

/** The arms of the release are no canary and no stable any more. */
const renamed = (said: string) => said.replaceAll("canary", "the new revision").replaceAll("stable", "the one before");

function comparedSays({ canaryN, canaryBad, stableN, stableBad }: Readonly<Record<string, number>>): string {
  if (canaryN === undefined) return "no harm is shown against those held back";
  return `canary failed ${whole(canaryBad)} of ${whole(canaryN)}, stable ${whole(stableBad)} of ${whole(stableN)}`;
}

const percent = (rate: number) => `${rough(rate * 100)} %`;
/** "12 of 30,000 requests failed, 0.04 %" */
const failed = ({ n, bad }: Counts) =>
  `${bad === 0 ? "none" : whole(bad)} of ${whole(n)} requests failed, ${percent(bad / n)}`;

function levelSays(watched: LevelEvidence, harmful: boolean): Omit<WatchedVerdict, "gate" | "logHarm"> {
  const { look, baseline, level, phi, total, harm, since } = watched;
  const numbers = {
    requests: total.n,
    failures: total.bad,
    ...(total.n === 0 ? {} : { rate: total.bad / total.n }),
    ...(baseline === null ? {} : { level, baselineRequests: baseline.n, baselineFailures: baseline.bad }),
    phi,
    harm: finiteExp(logMixtureEvidence(harm, RATIO_WEIGHTS)),
    gaps: look.gaps,
  };
  const says = (measured: boolean, reason: string) => ({ measured, reason, numbers });
  if (baseline === null)
    return says(false, "no request was counted before the promotion, so there is no level to compare with");
  if (look.last === "error") return says(total.n > 0, `could not measure: ${look.why}`);
  if (total.n === 0) return says(false, "no request was counted since the promotion");
  const bursts = watched.bursts ? ` (failures come in bursts: each counts as ${rough(1 / phi)})` : "";
  const late = harmful && since.at > 0;
  const within = late ? `within ${lasting(look.to - since.at)} ` : "";
  return says(true, `${within}${failed(late ? since.counts : total)}; up to ${percent(level)} is tolerated${bursts}`);
}
