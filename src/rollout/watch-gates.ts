/** Which gates watch what was promoted, what they go by, and what they say. */
import { provesRates, type Gate } from "../analysis/metric.ts";
import type { Window } from "../analysis/measurement.ts";
import { judgeWatched, mergeWatched, type WatchedVerdict } from "../analysis/watched.ts";
import { normalised } from "../stats/merge.ts";
import { gatesOf, paceOf } from "./gates.ts";
import type { Spec } from "./spec.ts";
import { alarmOf, type Watch } from "./watch.ts";

/**
 * The gates that watch. Against people held back all that prove rates do; against a level only failures, request by
 * request: how many of those who come fail in their stay is no level, and latency has its times of day.
 */
export function watchedGates(
  spec: Pick<Spec, "gates" | "assignment">,
  { holdback }: Pick<Watch, "holdback">,
): readonly Gate[] {
  const gates = gatesOf(spec).filter(({ kind }) => (holdback > 0 ? provesRates(kind) : kind === "failures"));
  return gates.map((gate) => unplanned(gate, holdback === 0));
}

/** A watch plans no number of failures; a level is one of requests. */
function unplanned(gate: Gate, byRequest: boolean): Gate {
  if (gate.kind !== "failures") return gate;
  const { planned: _window, ...failures } = gate.failures;
  return { ...gate, failures: byRequest ? { ...failures, count: "requests" } : failures };
}

/** A level is frozen from so much of the release's end. */
const BASELINE_MS = 600_000;

/** What a level is to be measured from; whole intervals of a source with a pace of its own. */
export function baselineWindow(gate: Gate, { from }: Watch, startedAt: number): Window {
  const intervalMs = paceOf(gate)?.intervalMs ?? 1;
  const on = (at: number) => Math.floor(at / intervalMs) * intervalMs;
  return { from: on(Math.max(startedAt, from - BASELINE_MS)), to: on(from) };
}

export const mergedWatch = (spec: Spec, watch: Watch) =>
  mergeWatched(watchedGates(spec, watch), watch.gates, alarmOf(watch));

/** What each gate says. */
export function watchVerdicts(spec: Spec, watch: Watch): readonly WatchedVerdict[] {
  const gates = watchedGates(spec, watch);
  const shares = normalised(gates.map(({ weight, dryRun }) => (dryRun ? 0 : weight)));
  return gates.flatMap((gate, i) => {
    const watched = watch.gates[gate.name];
    return watched === undefined ? [] : [judgeWatched(gate, watched, alarmOf(watch), shares[i])];
  });
}
