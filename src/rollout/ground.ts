/** Whether the promise's ground is firm, gate by gate: the A/A strip as a release folds it, and what is told when it gives way. */
import type { Evidence } from "../analysis/evidence.ts";
import { foldSlices, hasGivenWay, judgeStrip } from "../analysis/strip.ts";
import type { Measurement } from "../analysis/measurement.ts";
import type { Counting, Gate } from "../analysis/metric.ts";
import type { Verdict } from "../analysis/verdict.ts";
import type { Draft } from "./draft.ts";
import type { Status } from "./status.ts";

/** Folds stable's slices of what was just folded into the gate's evidence. The first time that too many have crossed it is told. */
export function foldGround(draft: Draft, gate: Gate, evidence: Evidence, measurement: Measurement): void {
  const { strips = {} } = draft.status;
  const strip = foldSlices(strips[gate.name], measurement, phiOf(evidence));
  if (strip === undefined || strip === strips[gate.name]) return;
  draft.set({ strips: { ...strips, [gate.name]: strip } });
  if (!hasGivenWay(strip) || hasGivenWay(strips[gate.name])) return;
  const { ground, crossed, expected, reason } = judgeStrip(strip, countingOf(gate));
  if (ground === "valid") return;
  draft.tell({ type: "promiseVoid", gate: gate.name, ground, crossed, of: strip.peaks.length, expected, reason });
}

const phiOf = (evidence: Evidence): number => (evidence.kind === "failures" ? (evidence.bursts?.phi ?? 1) : 1);

/**
 * A gate whose ground has given way shows nobody safe: where units are not independent, evidence of safety grows too fast, and
 * nothing may be called passed that is not. Harm still takes the release back: to be taken back falsely costs a repetition.
 */
export function onGround(gate: Gate, verdict: Verdict, { strips }: Status): Verdict {
  const strip = strips?.[gate.name];
  if (verdict.verdict !== "pass" || strip === undefined || !hasGivenWay(strip)) return verdict;
  const { reason } = judgeStrip(strip, countingOf(gate));
  return { ...verdict, verdict: "inconclusive", reason: `would pass, but ${reason}` };
}

/** What a gate's strip slices. */
export const countingOf = (gate: Gate): Counting =>
  gate.kind === "failures" && gate.failures.count === "requests" ? "requests" : "units";
