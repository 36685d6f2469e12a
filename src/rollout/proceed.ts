/** How a release goes through its steps: a step begins when nobody objects, and is asked once its split is live. */
import type { Draft } from "./draft.ts";
import { canaryOf, end, promote, SERIN } from "./finish.ts";
import { objections, type Objections } from "./hooks.ts";
import { ask, nameOf, splitOf, type Answer, type Step } from "./steps/index.ts";
import { awaitsCanary } from "./due.ts";
import type { Readiness } from "./readiness.ts";
import { roundObjection, roundsOf } from "./rounds.ts";
import { beginStage, standing } from "./weigh.ts";

/** Goes as far as it can go now. */
export function proceed(draft: Draft, canary: Readiness): void {
  // every turn ends a step or stops
  for (let turns = draft.status.steps.length; turns >= 0 && draft.underway; turns--) {
    if (draft.status.pausedBy === "person") return;
    if (draft.status.step >= draft.status.steps.length) return conclude(draft);
    if (!draft.status.begun && !begin(draft, canary)) return;
    if (draft.status.liveAt === null) return;
    if (!follow(draft, current(draft))) return;
  }
}

const current = ({ status }: Draft): Step => status.steps[status.step];

/** All steps are done. */
function conclude(draft: Draft): void {
  if (roundObjection(draft.status) !== "") return;
  if (!agreed(draft, objections(draft.spec.hooks, draft.status, ["confirmPromotion"]))) return;
  promote(draft, SERIN, lastReason(draft));
}

const lastReason = ({ status }: Draft): string => {
  const passed = Object.entries(status.verdicts).filter(([, { verdict }]) => verdict === "pass");
  return passed.length === 0
    ? "every step is done"
    : `every step is done, passed by ${passed.map(([gate]) => gate).join(", ")}`;
};

const BEFORE_A_STEP = ["confirmRollout", "preRollout", "confirmTrafficIncrease"] as const;

/** Begins the current step; false while somebody is to be waited for. */
function begin(draft: Draft, canary: Readiness): boolean {
  if (roundObjection(draft.status) !== "") return false;
  if (!agreed(draft, objections(draft.spec.hooks, draft.status, BEFORE_A_STEP))) return false;
  if (awaitsCanary(draft.status) && !isReady(draft, canary)) return false;
  const split = splitOf(current(draft));
  draft.set({ begun: true, reason: "", enteredAt: draft.now });
  draft.want({ ...split, canary: canaryOf(draft), salt: draft.status.salt });
  if (split !== null) draft.set({ stagePlan: draft.status.plan.version, stageAt: 0 });
  stageLive(draft);
  const { step, steps, plan } = draft.status;
  const { canaryWeight: weight, mirrorWeight: mirror } = plan;
  const shifts = split !== null;
  draft.tell({
    type: "stepEntered",
    step: step + 1,
    of: steps.length,
    name: nameOf(current(draft)),
    weight,
    mirror,
    shifts,
  });
  draft.decision = "advance";
  return true;
}

/** A stage begins when its plan is live, once. */
export function stageLive(draft: Draft): void {
  const { liveAt, stageAt, begun } = draft.status;
  if (draft.underway && begun && liveAt !== null && stageAt === 0) beginStage(draft);
}

/** Whether every hook has said yes. Those that were not asked yet are asked at the next look, which is at once. */
function agreed(draft: Draft, { unanswered, said }: Objections): boolean {
  if (said.length > 0) wait(draft, "hook", said.join("; "));
  else if (unanswered > 0) draft.lookAgain();
  return said.length === 0 && unanswered === 0;
}

function isReady(draft: Draft, canary: Readiness): boolean {
  if (canary === null) draft.lookAgain();
  else if (!canary.ready) wait(draft, "backends", canary.reason ?? "the canary is not ready");
  return canary?.ready === true;
}

/** Says what it waits for, once. */
function wait(draft: Draft, what: "approval" | "evidence" | "backends" | "hook", reason: string): void {
  if (draft.status.reason === reason) return;
  draft.set({ reason });
  draft.tell({ type: "waiting", for: what, reason });
}

/** Does what the step answers; true when the next step's turn has come. */
function follow(draft: Draft, step: Step): boolean {
  const { enteredAt, approved } = draft.status;
  const { spec, now } = draft;
  const scene = { now, since: enteredAt, standing: standing(spec, draft.status), whenUndecided: spec.whenUndecided };
  const answer = ask(step, { ...scene, approved, rounds: roundsOf(draft.status) });
  switch (answer.is) {
    case "done":
      finishStep(draft, answer.reason);
      return true;
    case "running":
      if (draft.status.pausedBy !== null)
        draft.set({ phase: "progressing", pausedBy: null, pausedAt: null, reason: "" });
      return false;
    case "waiting":
      rest(draft, answer);
      return false;
    case "over":
      end(draft, answer.outcome, answer.reason);
      return false;
  }
}

/** A step waits for a person, or for evidence that a person may replace. */
function rest(draft: Draft, { for: what, reason }: Answer & { readonly is: "waiting" }): void {
  const pausedBy = what === "evidence" ? "undecided" : "step";
  if (draft.status.pausedBy === pausedBy && draft.status.reason === reason) return;
  const already = draft.status.pausedBy === pausedBy;
  draft.set({ phase: "paused", pausedBy, pausedAt: already ? draft.status.pausedAt : draft.now });
  draft.decision = "pause";
  if (what !== "person") return wait(draft, what, reason);
  draft.set({ reason });
  draft.tell({ type: "paused", by: "the strategy", reason });
}

function finishStep(draft: Draft, reason: string): void {
  const { step, steps } = draft.status;
  const name = nameOf(current(draft));
  draft.tell({ type: "stepDone", step: step + 1, of: steps.length, name, reason });
  draft.set({ phase: "progressing", pausedBy: null });
  draft.turnTo(step + 1);
  draft.decision = "advance";
}

/** A person goes on past the current step. A step that has not begun has nothing to go past: it waits for others. */
export function skip(draft: Draft, by: string): string | null {
  const { step, steps, begun, reason } = draft.status;
  if (step >= steps.length) return `all steps are done, and it waits: ${reason}`;
  if (!begun) return `step ${step + 1} has not begun, it waits: ${reason}`;
  if (draft.status.pausedBy === "person") draft.tell({ type: "resumed", by });
  finishStep(draft, `${by} went on past it`);
  return null;
}
