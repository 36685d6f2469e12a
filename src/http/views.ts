/** What is remembered, as the API shows it: pure translations from a loaded rollout to the schemas of `wire.ts`. */
import type { Gate } from "../analysis/metric.ts";
import type { JournalEntry, Loaded } from "../engine/ports.ts";
import { formatDuration } from "../rollout/amounts.ts";
import { sentence, severity, share } from "../rollout/events.ts";
import type { Status } from "../rollout/status.ts";
import { stand } from "./explain.ts";
import { stripViews } from "./ground.ts";
import { watchView } from "./watched.ts";
import type { EventView, GateView, Live, RolloutSummary, RolloutView, StepView } from "./wire.ts";

/** ln(1/rate); a promise of "never" (rate 0) is beyond what a double's evidence can reach. */
export const neededFor = (rate: number): number => Math.min(-Math.log(rate), 709);

export function eventView({ seq, rollout, event }: JournalEntry): EventView {
  return {
    seq,
    rollout,
    at: event.at,
    release: event.release,
    type: event.type,
    severity: severity(event),
    sentence: sentence(event),
    event,
  };
}

export function summary(name: string, { spec, status }: Loaded, live: Live | null): RolloutSummary {
  return {
    name,
    phase: status.phase,
    outcome: status.outcome,
    release: status.release,
    stable: status.stable.revision,
    canary: status.canary?.revision ?? null,
    step: status.step,
    steps: status.steps.length,
    weight: status.plan.canaryWeight,
    liveWeight: live?.share ?? null,
    pausedBy: status.pausedBy,
    reason: status.reason,
    sentence: stand(spec, status),
    startedAt: status.release === 0 ? null : status.startedAt,
    endedAt: status.endedAt,
  };
}

export function rolloutView(name: string, loaded: Loaded, document: unknown, live: Live | null): RolloutView {
  const { spec, status } = loaded;
  return {
    ...summary(name, loaded, live),
    version: loaded.version,
    document,
    stableArm: status.stable,
    canaryArm: status.canary,
    previousArm: status.previous,
    plan: status.plan,
    live,
    stepList: stepViews(status),
    gates: spec.gates.map((gate) => gateView(gate, loaded)),
    strips: stripViews(spec, status),
    watch: watchView(spec, status),
    logHarm: status.logHarm,
    harmAt: neededFor(spec.promise.falseRollback),
    enteredAt: status.enteredAt,
    liveAt: status.liveAt,
    wakeAt: status.wakeAt,
    signals: loaded.signals.map(({ id, at, signal }) => ({ id, at, verb: signal.verb, by: signal.by })),
  };
}

/** A gate alone fails at its own share of the promise, which its verdict states once there is one. */
export function gateView(gate: Gate, { spec, status }: Loaded): GateView {
  const verdict = status.verdicts[gate.name];
  const harmNeeded = verdict?.numbers["harmNeeded"];
  return {
    gate: gate.name,
    kind: gate.kind,
    dryRun: gate.dryRun,
    verdict: verdict?.verdict ?? null,
    reason: verdict?.reason ?? "not judged yet",
    logHarm: verdict?.logHarm ?? 0,
    logSafe: verdict?.logSafe ?? 0,
    harmAt: harmNeeded === undefined ? neededFor(spec.promise.falseRollback) : Math.log(harmNeeded),
    safeAt: neededFor(spec.promise.falsePromotion),
    numbers: verdict?.numbers ?? {},
    measuredTo: status.measuredTo[gate.name] ?? null,
  };
}

export function stepViews(status: Status): StepView[] {
  return status.steps.map((step, index) => {
    const [kind, options] = Object.entries(step)[0] as [string, Record<string, unknown>];
    return { index, kind, options, label: stepLabel(kind, options), state: stepState(index, status) };
  });
}

function stepState(index: number, { phase, step, outcome }: Status): StepView["state"] {
  if (index < step) return "done";
  if (phase === "progressing" || phase === "paused") return index === step ? "current" : "next";
  return outcome === null ? "next" : "skipped";
}

/** {everyMs: 60000, times: 10} -> "10 times 1m" */
function roundsIn({ everyMs, times }: Readonly<Record<string, unknown>>): string[] {
  if (typeof everyMs !== "number" || typeof times !== "number") return [];
  return [`${times === 1 ? "once" : `${times} times`} ${formatDuration(everyMs)}`];
}

/** {forMs: 300000, weight: 500} -> "analyze 5 % 5m": whatever a step's options are, those that people know by unit. */
export function stepLabel(kind: string, options: Readonly<Record<string, unknown>>): string {
  const weight = typeof options["weight"] === "number" ? [share(options["weight"])] : [];
  const time = typeof options["forMs"] === "number" ? [formatDuration(options["forMs"])] : [];
  const note = typeof options["note"] === "string" && options["note"] !== "" ? [`(${options["note"]})`] : [];
  return [kind, ...weight, ...time, ...roundsIn(options), ...note].join(" ");
}
