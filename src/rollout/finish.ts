/** How a release begins to be over: promoted, taken back, ended, undone. Each leaves one whole plan behind. */
import type { Draft } from "./draft.ts";
import type { Outcome } from "./outcome.ts";
import type { ArmPlan } from "./traffic.ts";
import { beginWatch } from "./watching.ts";

/** Who acts when nobody does. */
export const SERIN = "Serin";

/** The canary as a release has it. A release that is under way always has one. */
export function canaryOf({ status }: Draft): ArmPlan {
  if (status.canary === null) throw new Error("a release without a canary");
  return status.canary;
}

/** The canary becomes stable and serves everybody; what was stable is kept for `undo`, and warm where the document asks for a watch. */
export function promote(draft: Draft, by: string, reason: string): void {
  const { stable, startedAt } = draft.status;
  const canary = canaryOf(draft);
  draft.set({ previous: stable });
  const { afterPromotion } = draft.spec;
  const watched = afterPromotion.watchMs > 0;
  if (watched) draft.ends("promoted", "promoted", reason, canary);
  else draft.over("promoted", "promoted", reason, canary);
  draft.tell({ type: "promoted", revision: canary.revision, by, tookMs: draft.now - startedAt, reason });
  if (watched) beginWatch(draft, stable, afterPromotion);
  draft.decision = "promote";
}

/** Harm was found: stable serves everybody. */
export function rollBack(draft: Draft, gates: readonly string[], reason: string): void {
  const { revision } = canaryOf(draft);
  const { plan, startedAt, stable } = draft.status;
  const tookMs = draft.now - startedAt;
  draft.over("aborted", "rolledBack", reason, stable);
  draft.tell({ type: "rolledBack", revision, gates, weight: plan.canaryWeight, tookMs, reason });
  draft.decision = "rollback";
}

/** A person (or the document) takes it back. */
export function abort(draft: Draft, by: string, reason: string): void {
  const { revision } = canaryOf(draft);
  draft.over("aborted", "aborted", reason, draft.status.stable);
  draft.tell({ type: "aborted", revision, by, reason });
  draft.decision = "rollback";
}

/** It ends without harm and without a promotion. */
export function end(draft: Draft, outcome: Outcome, reason: string): void {
  draft.over("aborted", outcome, reason, draft.status.stable);
  draft.tell({ type: "ended", outcome, reason });
  draft.decision = "rollback";
}

/** Back to what was stable before the last promotion. Undoing twice is redoing. */
export function undo(draft: Draft, to: ArmPlan, by: string, why: string): void {
  const { stable } = draft.status;
  const reason = why === "" ? `undone by ${by}` : why;
  draft.set({ previous: stable });
  draft.over("aborted", "aborted", reason, to);
  draft.tell({ type: "undone", revision: stable.revision, to: to.revision, by, reason: why });
  draft.decision = "rollback";
}
