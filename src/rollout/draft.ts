/**
 * A status being written: the one place where a decision changes anything. `decide` opens a draft, lets each concern
 * add to it, and closes it into the next status and the events that tell of the difference.
 */
import type { Decision } from "./decision.ts";
import type { RolloutEvent } from "./events.ts";
import type { Spec } from "./spec.ts";
import { stageOf } from "./steps/index.ts";
import type { Outcome } from "./outcome.ts";
import { isUnderway, type Status } from "./status.ts";
import type { ArmPlan, TrafficPlan } from "./traffic.ts";
import { FULL_WEIGHT, samePlan } from "./traffic.ts";

/** An event before the draft adds when and of which release. */
export type Told = RolloutEvent extends infer E ? (E extends unknown ? Omit<E, "at" | "release"> : never) : never;

export class Draft {
  readonly spec: Spec;
  readonly now: number;
  readonly events: RolloutEvent[] = [];
  decision: Decision = "hold";
  /** Something is to be asked that was not known to be due: the next look is at once. */
  asksAgain = false;
  status: Status;

  constructor(spec: Spec, status: Status, now: number) {
    this.spec = spec;
    this.status = status;
    this.now = now;
  }

  set(change: Partial<Status>): void {
    this.status = { ...this.status, ...change };
  }

  tell(told: Told): void {
    this.events.push({ at: this.now, release: this.status.release, ...told });
  }

  lookAgain(): void {
    this.asksAgain = true;
  }

  /** Nothing is watched any more. */
  unwatch(): void {
    const { watch: _over, ...rest } = this.status;
    this.status = rest;
  }

  get underway(): boolean {
    return isUnderway(this.status);
  }

  /** Wants another split. The same split again changes nothing; another gets the next version and is not live yet. */
  want(split: Partial<Pick<TrafficPlan, "canaryWeight" | "mirrorWeight" | "stable" | "canary" | "salt">>): void {
    const { plan } = this.status;
    // after a promotion there are no arms to force anybody to: what was promoted is for everybody
    const matches = this.status.watch === undefined ? [...this.spec.matches] : [];
    const wanted = { ...plan, ...split, unit: this.spec.assignment, matches };
    if (samePlan(wanted, plan)) return;
    this.set({ plan: { ...wanted, version: plan.version + 1 }, liveAt: null });
  }

  /** Turns to step `index`. It asks for nothing until `begin`. */
  turnTo(index: number): void {
    this.set({ step: index, begun: false, approved: false, enteredAt: this.now, pausedAt: null, reason: "" });
  }

  /** The release is over, and what is wanted of the router is still to be said. */
  ends(phase: "promoted" | "aborted", outcome: Outcome, reason: string, stable: ArmPlan): void {
    this.unwatch();
    this.set({ phase, outcome, reason, stable, endedAt: this.now, pausedBy: null, pausedAt: null });
  }

  /** The release is over: `stable` serves everybody and the canary gets nothing, forced matches included. */
  over(phase: "promoted" | "aborted", outcome: Outcome, reason: string, stable: ArmPlan): void {
    this.ends(phase, outcome, reason, stable);
    this.want({ stable, canary: null, canaryWeight: 0, mirrorWeight: 0 });
  }
}

/** Opens release number + 1 of `canary`: a new salt, so that other people are first, and evidence from nothing. */
export function startRelease(draft: Draft, canary: ArmPlan, steps: Status["steps"], by: string): void {
  // rounds and slices are of one release, and a status that counts none has no word of them
  const { rounds: _rounds, strips: _strips, ...before } = draft.status;
  draft.status = before;
  const release = draft.status.release + 1;
  const salt = `${draft.status.seed}.${release}`;
  draft.set({
    phase: "progressing",
    release,
    salt,
    canary,
    steps,
    evidence: {},
    verdicts: {},
    logHarm: 0,
    measuredTo: {},
    hooks: {},
    reason: "",
    pausedBy: null,
    outcome: null,
    startedAt: draft.now,
    endedAt: null,
    // stages are numbered by plan versions; the first stage's plan is the next one
    stagePlan: draft.status.plan.version + 1,
    stageAt: draft.now,
  });
  draft.turnTo(0);
  draft.tell({
    type: "started",
    stable: draft.status.stable.revision,
    canary: canary.revision,
    steps: steps.length,
    by,
  });
}

/** Where the present moment lies in the release, for the evidence. */
export function circumstances({ status }: { readonly status: Status }, plannedMs: number) {
  return {
    stagePlan: status.stagePlan,
    stageAt: status.stageAt,
    startedAt: status.startedAt,
    plannedMs,
    // a copy is compared with its original
    share: status.plan.mirrorWeight > 0 ? 0.5 : status.plan.canaryWeight / FULL_WEIGHT,
    ...stageOf(status.steps, status.step),
  };
}
