/**
 * Evidence is what measurements fold into, gate by gate: plain JSON of constant size, from which a verdict can be read
 * at any moment and as often as anyone likes. Everything here is a pure function; the same measurements in the same
 * order give the same evidence, so a decision can be replayed from what is stored.
 */
import { logAverage, normalised, reachesAlone } from "../stats/merge.ts";
import { asSerinError } from "../errors.ts";
import { kindOf, type Evidence } from "./kinds.ts";
import { lookFailed, looked, type Look } from "./look.ts";
import type { Circumstances } from "./circumstances.ts";
import { provesRates, type Gate } from "./metric.ts";
import type { Measurement } from "./measurement.ts";
import type { Promised } from "./ruling.ts";
import { requireSlices } from "./strip.ts";
import type { Verdict } from "./verdict.ts";

export type { Circumstances, Evidence, Measurement, Promised, Verdict };

/** Evidence before anything was measured. */
export const initialEvidence = (gate: Gate): Evidence => kindOf(gate).evidence;

/**
 * A stage begins: evidence of safety is gathered anew, a fault may begin here, latency thresholds are fixed again from
 * what stable showed so far. Evidence of harm goes on.
 */
export function enterStage(gate: Gate, evidence: Evidence, where: Circumstances, alarm = Infinity): Evidence {
  const { kind, evidence: own } = kindOf(gate, evidence);
  return kind.enter(gate, own, where, alarm);
}

/**
 * Folds one measurement, oldest first. Every tick is its own stratum, unless it is too thin to compare arms in (see
 * `pool.ts`); for safety only ticks of the present stage's plans count. No data and errors change nothing but what is
 * reported. A measurement that cannot be counts (negative, fractional, bad > n, of the wrong kind) is an error of its
 * source: reported, and no part of it is folded.
 *
 * `alarm` is the gate's of `alarms`: at that evidence it stops betting, and towards it overshoot is given back.
 * Without it evidence is plain. How a run of ticks is cut into measurements makes no difference.
 */
export function fold(
  gate: Gate,
  evidence: Evidence,
  measurement: Measurement,
  where: Circumstances,
  alarm = Infinity,
): Evidence {
  if (measurement.kind === "noData" || measurement.kind === "error") {
    return withLook(evidence, looked(evidence.look, measurement));
  }
  try {
    if (measurement.kind === "counts" && measurement.slices !== undefined) requireSlices(measurement.slices);
    const folded = foldKind(gate, evidence, measurement, where, alarm);
    if (folded !== null) return folded;
    const why = `the source answered with a ${measurement.kind} where the ${gate.kind} gate cannot use one`;
    return withLook(evidence, lookFailed(evidence.look, measurement, why));
  } catch (thrown) {
    const error = asSerinError(thrown);
    if (error.code !== "STATISTICS_INPUT") throw error;
    return withLook(evidence, lookFailed(evidence.look, measurement, error.message));
  }
}

const withLook = (evidence: Evidence, look: Look): Evidence => ({ ...evidence, look });

function foldKind(
  gate: Gate,
  evidence: Evidence,
  measurement: Measurement,
  where: Circumstances,
  alarm: number,
): Evidence | null {
  const { kind, evidence: own } = kindOf(gate, evidence);
  return measurement.kind === kind.takes ? kind.fold(gate, own, measurement, where, alarm) : null;
}

/**
 * The verdict on one gate. `weightShare` is its share of the false-rollback budget (see `weightShares`): it fails
 * alone when its evidence reaches 1/(falseRollback x share).
 */
export function judge(gate: Gate, evidence: Evidence, promised: Promised, weightShare: number): Verdict {
  const { kind, evidence: own } = kindOf(gate, evidence);
  return kind.judge(gate, own, promised, weightShare);
}

const acts = (gate: Gate) => !gate.dryRun && provesRates(gate.kind);

/**
 * Each gate's share of the false-rollback budget, by name: weights of the gates of evidence that act, normalised.
 * A dry-run gate gets the share it would have if it acted; a gate that follows a rule has none (0).
 */
export function weightShares(gates: readonly Gate[]): Record<string, number> {
  const total = gates.filter(acts).reduce((sum, gate) => sum + gate.weight, 0);
  const share = (gate: Gate) => {
    if (!provesRates(gate.kind)) return 0;
    return gate.weight / (gate.dryRun ? total + gate.weight : total);
  };
  return Object.fromEntries(gates.map((gate) => [gate.name, share(gate)]));
}

/** ln of the evidence at which each gate alone asks for a rollback, by name; a gate that follows a rule has none (Infinity). */
export function alarms(gates: readonly Gate[], promised: Promised): Record<string, number> {
  const shares = Object.entries(weightShares(gates));
  return Object.fromEntries(shares.map(([name, share]) => [name, -Math.log(promised.falseRollback * share)]));
}

/**
 * All gates together. `logHarm` is ln of the weighted average of what decides in each of the acting gates, as it is shown.
 * What decides is a gate at its own alarm, or that average: evidence that was boosted towards
 * an alarm is evidence up to it, and the average of such is 1/falseRollback as soon as one is there. A gate with a planned
 * window has its own part of the budget and none of the average's. So the rate holds for the whole release. A threshold gate over its limit, or a kayenta gate that has failed, asks for one by itself. `guilty` names the gates that reach their own
 * share, or else the one that says most.
 */
export function mergeHarm(
  gates: readonly Gate[],
  evidence: Readonly<Record<string, Evidence>>,
  promised: Promised,
): { logHarm: number; rollback: boolean; guilty: string[] } {
  const acting = gates.filter(acts);
  const shares = normalised(acting.map((gate) => gate.weight));
  const deciding = acting.map((gate) => logHarmOf(gate, evidence[gate.name]));
  const alone = acting.filter((_, i) => reachesAlone(deciding[i], shares[i], promised.falseRollback));
  // where none has reached its alarm, none counts for more than up to it
  const logHarm = logAverage(deciding, shares);
  const averaged = deciding.map((log, i) => (isApart(evidence[acting[i].name]) ? -Infinity : log));
  const harmful = alone.length > 0 || logAverage(averaged, shares) >= -Math.log(promised.falseRollback);
  const guilty = alone.length > 0 || !harmful ? alone : [mostTelling(acting, averaged, shares)];
  const over = gates.filter((gate) => !gate.dryRun && isOver(gate, evidence[gate.name]));
  return {
    logHarm,
    rollback: harmful || over.length > 0,
    guilty: [...guilty, ...over].map((gate) => gate.name),
  };
}

/** A planned window spends its gate's budget by itself: what it says is no evidence for an average. */
const isApart = (evidence: Evidence | undefined): boolean =>
  evidence?.kind === "failures" && evidence.planned !== undefined;

function mostTelling(gates: readonly Gate[], logs: readonly number[], shares: readonly number[]): Gate {
  const part = logs.map((log, i) => log + Math.log(shares[i]));
  return gates[part.indexOf(Math.max(...part))];
}

/** ln of the evidence of harm of one gate that decides; 0 of one that follows a rule. */
export function logHarmOf(gate: Gate, known: Evidence | undefined): number {
  const { kind, evidence } = kindOf(gate, known);
  return kind.deciding(gate, evidence);
}

function isOver(gate: Gate, known: Evidence | undefined): boolean {
  const { kind, evidence } = kindOf(gate, known);
  return kind.isOver(gate, evidence);
}
