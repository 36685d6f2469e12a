/** Whether the promise's ground is firm, gate by gate: the A/A strip as a release folds it, and what is told when it gives way. */
import { foldSlices, judgeStrip, type Ground } from "../analysis/strip.ts";
import type { Measurement } from "../analysis/measurement.ts";
import type { FailuresGate, Gate } from "../analysis/metric.ts";
import type { Draft } from "./draft.ts";
import { gatesOf } from "./gates.ts";
import type { Spec } from "./spec.ts";
import type { Status } from "./status.ts";

/**
 * Folds stable's slices of a measurement. The first time that too many have crossed it is told; decisions go on as they
 * were, since which way they err is not known (`docs/decisions`, the A/A strip).
 */
export function foldGround(draft: Draft, gate: Gate, measurement: Measurement): void {
  const { strips = {} } = draft.status;
  const strip = foldSlices(strips[gate.name], measurement);
  if (strip === undefined || strip === strips[gate.name]) return;
  const before = groundOf(gate, draft.status);
  draft.set({ strips: { ...strips, [gate.name]: strip } });
  const after = groundOf(gate, draft.status);
  if (after === null || after.ground === "valid" || before?.ground === after.ground) return;
  const { ground, crossed, expected, reason } = after;
  draft.tell({ type: "promiseVoid", gate: gate.name, ground, crossed, of: strip.peaks.length, expected, reason });
}

/** What the strip says of a gate; null where stable is not sliced. */
export function groundOf(gate: Gate, { strips }: Status): Ground | null {
  const strip = strips?.[gate.name];
  return strip === undefined || gate.kind !== "failures" ? null : judgeStrip(strip, countingOf(gate));
}

export const countingOf = ({ failures: { count } }: FailuresGate) => (count === "requests" ? "requests" : "units");

/** The gates whose promise does not hold, each with why. */
export function voidGates(spec: Spec, status: Status): { readonly gate: string; readonly ground: Ground }[] {
  return gatesOf(spec).flatMap((gate) => {
    const ground = groundOf(gate, status);
    return ground === null || ground.ground === "valid" ? [] : [{ gate: gate.name, ground }];
  });
}
