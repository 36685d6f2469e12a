/** Measurements into evidence, evidence into verdicts: what a tick learns, before anything follows from it. */
import { alarms, enterStage, fold, initialEvidence, judge, mergeHarm, weightShares } from "../analysis/evidence.ts";
import type { Evidence } from "../analysis/evidence.ts";
import type { Measurement } from "../analysis/measurement.ts";
import { provesRates, type Gate } from "../analysis/metric.ts";
import type { Verdict } from "../analysis/verdict.ts";
import { circumstances, type Draft } from "./draft.ts";
import { gatesOf, looksNow } from "./gates.ts";
import { foldGround, onGround } from "./ground.ts";
import { countsRounds } from "./rounds.ts";
import type { Spec } from "./spec.ts";
import { plannedMs, type Standing } from "./steps/index.ts";
import type { Status } from "./status.ts";

const evidenceOf = (gate: Gate, { evidence }: Status): Evidence => evidence[gate.name] ?? initialEvidence(gate);

/** The router has just reported a new stage's plan: safety is gathered anew from here. */
export function beginStage(draft: Draft): void {
  const gates = gatesOf(draft.spec);
  draft.set({ stageAt: draft.now });
  const where = circumstances(draft, plannedMs(draft.status.steps));
  const alarmOf = alarms(gates, draft.spec.promise);
  const entered = gates.map((gate): [string, Evidence] => {
    return [gate.name, enterStage(gate, evidenceOf(gate, draft.status), where, alarmOf[gate.name])];
  });
  const measured = gates.map((gate) => [gate.name, draft.status.measuredTo[gate.name] ?? draft.now] as const);
  draft.set({ evidence: Object.fromEntries(entered), measuredTo: Object.fromEntries(measured) });
  judgeAll(draft, true);
}

/** Folds what was measured, in the order of the gates, and judges every gate. */
export function weigh(draft: Draft, measurements: Readonly<Record<string, Measurement>>): void {
  const gates = gatesOf(draft.spec);
  const alarmOf = alarms(gates, draft.spec.promise);
  for (const gate of gates) {
    const measurement = measurements[gate.name];
    if (measurement !== undefined) take(draft, gate, measurement, alarmOf[gate.name]);
  }
  judgeAll(draft);
}

function take(draft: Draft, gate: Gate, measurement: Measurement, alarm: number): void {
  const { status } = draft;
  const where = circumstances(draft, plannedMs(status.steps));
  const folded = fold(gate, evidenceOf(gate, status), measurement, where, alarm);
  draft.set({ evidence: { ...status.evidence, [gate.name]: folded } });
  if (folded.look.last === "data") foldGround(draft, gate, folded, measurement);
  // What could not be asked is asked again, from the same moment: the gateway remembers for a while.
  if (measurement.kind === "error") return;
  draft.set({ measuredTo: { ...status.measuredTo, [gate.name]: measurement.window.to } });
  if ("gap" in measurement && measurement.gap !== undefined)
    draft.tell({ type: "gap", gate: gate.name, ...measurement.window, reason: measurement.gap });
}

/** `fresh`: a stage begins, and what was shown of the last one is no verdict on it. */
function judgeAll(draft: Draft, fresh = false): void {
  const { spec, status } = draft;
  const shares = weightShares(spec.gates);
  const verdicts: Record<string, Verdict> = {};
  for (const gate of gatesOf(spec)) {
    const before = status.verdicts[gate.name];
    const judged = judge(gate, evidenceOf(gate, status), spec.promise, shares[gate.name]);
    const verdict = onGround(gate, lasting(gate, before, judged, fresh), status);
    verdicts[gate.name] = verdict;
    if (fresh || verdict.verdict === (before?.verdict ?? "inconclusive")) continue;
    const { reason } = verdict;
    draft.tell({ type: "verdictChanged", gate: gate.name, verdict: verdict.verdict, reason, dryRun: gate.dryRun });
  }
  draft.set({ verdicts, logHarm: mergeHarm(spec.gates, status.evidence, spec.promise).logHarm });
}

/**
 * What was once shown in a stage stays shown: the chance that evidence of safety *ever* reaches its mark without cause is
 * within the promise (Ville), so a later dip unsays nothing. Harm is judged apart, and a fixed limit has no such right.
 */
function lasting(gate: Gate, before: Verdict | undefined, now: Verdict, fresh: boolean): Verdict {
  const shown = !fresh && provesRates(gate.kind) && before?.verdict === "pass" && now.verdict === "inconclusive";
  return shown ? { ...now, verdict: "pass", reason: before.reason } : now;
}

/** The gates whose harm takes the release back, with what they say; null while it is not harmful. */
export function harmful({ spec, status }: Draft): { gates: string[]; reason: string } | null {
  const gates = countsRounds(status) ? spec.gates.filter(({ kind }) => kind !== "threshold") : spec.gates;
  const { rollback, guilty } = mergeHarm(gates, status.evidence, spec.promise);
  if (!rollback) return null;
  const said = guilty.map((gate) => `${gate}: ${status.verdicts[gate]?.reason ?? "harmful"}`);
  return { gates: guilty, reason: said.join("; ") };
}

/** The gates that act and look in the present step, sorted by their verdicts. */
export function standing(spec: Spec, status: Status): Standing {
  const sorted = { passed: [] as string[], undecided: [] as string[], unmeasured: [] as string[] };
  for (const gate of spec.gates) {
    if (gate.dryRun || !looksNow(gate, status)) continue;
    const verdict = status.verdicts[gate.name];
    if (verdict?.verdict === "pass") sorted.passed.push(gate.name);
    else if (verdict?.measured && verdict.verdict !== "error") sorted.undecided.push(gate.name);
    else sorted.unmeasured.push(gate.name);
  }
  return sorted;
}
