/** How a watch after a promotion begins, goes on and ends. */
import { comparedFrom, foldWatched, frozenLevel, type Watched, type WatchedVerdict } from "../analysis/watched.ts";
import type { Gate } from "../analysis/metric.ts";
import type { Measurement } from "../analysis/measurement.ts";
import type { AfterPromotion } from "./after-promotion.ts";
import type { Draft } from "./draft.ts";
import type { Readiness } from "./readiness.ts";
import type { ArmPlan } from "./traffic.ts";
import { mergedWatch, watchedGates, watchVerdicts } from "./watch-gates.ts";
import type { Watch } from "./watch.ts";
import { FULL_WEIGHT } from "./weight.ts";

/** What was promoted goes on as the arm that it was, so that nobody moves; the one before is the other arm. */
export function beginWatch(draft: Draft, before: ArmPlan, settings: AfterPromotion): void {
  const { watchMs: forMs, holdback, margin, falseReturnEveryMs } = settings;
  const watch = { plan: 0, from: 0, forMs, holdback, margin, falseReturnEveryMs, gates: {}, logHarm: 0, unready: "" };
  draft.set({ watch });
  const { stable, salt } = draft.status;
  draft.want({ stable: before, canary: stable, canaryWeight: FULL_WEIGHT - holdback, mirrorWeight: 0, salt });
  draft.set({ watch: { ...watch, plan: draft.status.plan.version } });
  draft.tell({ type: "watching", revision: stable.revision, before: before.revision, forMs, holdback });
}

/** One look of a watch. */
export function watchOn(draft: Draft, measurements: Readonly<Record<string, Measurement>>, before: Readiness): void {
  begun(draft);
  const watch = draft.status.watch;
  if (watch === undefined || watch.from === 0) return;
  for (const gate of watchedGates(draft.spec, watch)) {
    const measurement = measurements[gate.name];
    if (measurement !== undefined) take(draft, gate, measurement);
  }
  heed(draft, before);
  follow(draft, before);
}

/** The watch's time begins when its plan is live. */
function begun(draft: Draft): void {
  const { watch, liveAt, evidence } = draft.status;
  if (watch === undefined || watch.from !== 0 || liveAt === null) return;
  const from = draft.now;
  if (watch.holdback === 0) return draft.set({ watch: { ...watch, from }, measuredTo: {} });
  const compared = watchedGates(draft.spec, watch).flatMap((gate): [string, Watched][] => {
    const watched = comparedFrom(gate, evidence[gate.name]);
    return watched === null ? [] : [[gate.name, watched]];
  });
  const measuredTo = Object.fromEntries(compared.map(([name]) => [name, from]));
  draft.set({ watch: { ...watch, from, gates: Object.fromEntries(compared) }, measuredTo });
}

function take(draft: Draft, gate: Gate, measurement: Measurement): void {
  const { watch, measuredTo } = draft.status;
  if (watch === undefined) return;
  // what could not be asked is asked again, from the same moment
  const known = watch.gates[gate.name];
  if (known === undefined && measurement.kind === "error") return;
  const where = {
    stagePlan: watch.plan,
    stageAt: watch.from,
    startedAt: watch.from,
    plannedMs: Infinity,
    stages: 1,
    stage: 0,
  };
  const gates = {
    ...watch.gates,
    [gate.name]:
      known === undefined ? frozenLevel(measurement, watch.margin) : foldWatched(gate, known, measurement, where),
  };
  draft.set({ watch: { ...watch, gates } });
  if (measurement.kind === "error") return;
  const to = known === undefined ? Math.max(watch.from, measurement.window.to) : measurement.window.to;
  draft.set({ measuredTo: { ...measuredTo, [gate.name]: to } });
  // a level needs no whole baseline, and what was not recorded of the release has been told in it
  if (known !== undefined && "gap" in measurement && measurement.gap !== undefined)
    draft.tell({ type: "gap", gate: gate.name, ...measurement.window, reason: measurement.gap });
}

/** Says once that the revision before could not take over now. */
function heed(draft: Draft, before: Readiness): void {
  const { watch, previous } = draft.status;
  if (watch === undefined || before === null) return;
  const unready = before.ready ? "" : (before.reason ?? "it is not ready");
  // other words for the same state are no news
  if ((unready === "") === (watch.unready === "")) return;
  draft.set({ watch: { ...watch, unready } });
  if (unready === "") return;
  const revision = previous?.revision ?? "the revision before";
  draft.tell({ type: "waiting", for: "backends", reason: `${revision} could not take over now, ${unready}` });
}

function follow(draft: Draft, before: Readiness): void {
  const { watch } = draft.status;
  if (watch === undefined) return;
  const { logHarm, harmful, guilty } = mergedWatch(draft.spec, watch);
  if (logHarm !== watch.logHarm) draft.set({ watch: { ...watch, logHarm } });
  // everybody to nobody would be worse than harm: it waits until the one before can take over
  if (harmful) return before?.ready === true ? takeBack(draft, watch, guilty) : undefined;
  if (draft.now >= watch.from + watch.forMs) endWatch(draft, "its time is over");
}

const said = (verdicts: readonly WatchedVerdict[]): string =>
  verdicts.map(({ gate, reason }) => `${gate}: ${reason}`).join("; ");

/** Harm was found after the promotion: the revision before serves everybody again. */
function takeBack(draft: Draft, watch: Watch, gates: readonly string[]): void {
  const { stable, previous } = draft.status;
  if (previous === null) return;
  const reason = said(watchVerdicts(draft.spec, watch).filter(({ gate }) => gates.includes(gate)));
  draft.set({ previous: stable });
  draft.over("aborted", "rolledBack", reason, previous);
  const watchedMs = draft.now - watch.from;
  draft.tell({ type: "returned", revision: stable.revision, to: previous.revision, gates, watchedMs, reason });
  draft.decision = "rollback";
}

/** The watch ends and what was promoted stays: its time is over, or something else takes its place. */
export function endWatch(draft: Draft, why: string): void {
  const { watch, stable, canary, previous } = draft.status;
  if (watch === undefined) return;
  const verdicts = watchVerdicts(draft.spec, watch);
  draft.unwatch();
  draft.want({ stable, canary: null, canaryWeight: 0, mirrorWeight: 0 });
  draft.tell({
    type: "watchEnded",
    revision: canary?.revision ?? stable.revision,
    before: previous?.revision ?? "",
    watchedMs: watch.from === 0 ? 0 : draft.now - watch.from,
    measured: verdicts.some(({ measured }) => measured),
    reason: verdicts.length === 0 ? `${why}; nothing was measured` : `${why}; ${said(verdicts)}`,
  });
}
