/** What each signal does. A verb that does not fit what the rollout is doing is refused in words, and nothing changes. */
import { startRelease, type Draft } from "./draft.ts";
import { abort, promote, undo } from "./finish.ts";
import { armPlan } from "./initial.ts";
import { skip } from "./proceed.ts";
import type { Signal, StoredSignal } from "./signals.ts";
import { nameOf } from "./steps/index.ts";
import { stepsOf } from "./strategies/index.ts";
import type { ArmPlan } from "./traffic.ts";
import { endWatch } from "./watching.ts";

/** Null when it was done, else why not. */
type Refusal = string | null;
type Act = (draft: Draft, signal: Signal) => Refusal;

export function obey(draft: Draft, { id, signal }: StoredSignal): void {
  const refused = misses(draft, signal) ?? acts[signal.verb](draft, signal);
  if (refused === null) return;
  draft.tell({ type: "signalRefused", verb: signal.verb, by: signal.by, reason: refused, signal: id });
}

/** A link that acts speaks of one step: what it says is no word about the next. */
function misses({ status }: Draft, { meant }: Signal): Refusal {
  if (meant === undefined || (meant.release === status.release && meant.step === status.step)) return null;
  return `it was meant for step ${meant.step + 1} of release ${meant.release}, and the rollout has gone on`;
}

const acts: Readonly<Record<Signal["verb"], Act>> = {
  start: (draft, { by, canary }) => begin(draft, by, canary === undefined ? documented(draft) : named(draft, canary)),
  retry: (draft, { by }) => {
    if (draft.status.phase !== "aborted")
      return refusedBy(draft, "only a release that was taken back can be tried again");
    return begin(draft, by, draft.status.canary);
  },
  promote: (draft, { by }) => {
    if (isWatched(draft)) return trust(draft, by);
    if (!draft.underway) return refusedBy(draft, "no release is under way");
    return skip(draft, by);
  },
  promoteFull: (draft, { by, why = "" }) => {
    if (isWatched(draft)) return trust(draft, by, why);
    if (!draft.underway) return refusedBy(draft, "no release is under way");
    promote(draft, by, why === "" ? "a person decided for all remaining steps" : why);
    return null;
  },
  pause: (draft, { by, why = "" }) => {
    if (isWatched(draft)) return "it is promoted and watched: promote ends the watch, abort takes it back";
    if (!draft.underway) return refusedBy(draft, "no release is under way");
    if (draft.status.pausedBy === "person") return "it is paused already";
    draft.set({ phase: "paused", pausedBy: "person", pausedAt: draft.now, reason: why });
    draft.tell({ type: "paused", by, reason: why });
    draft.decision = "pause";
    return null;
  },
  resume: (draft, { by, why = "" }) => resume(draft, by, why),
  approve: (draft, { by, why = "" }) => {
    const { step, steps, approved } = draft.status;
    const asked = draft.underway && step < steps.length && nameOf(steps[step]) === "approve";
    if (!asked) return refusedBy(draft, "nothing waits for approval");
    if (approved) return "it is approved already";
    draft.set({ approved: true });
    draft.tell({ type: "approved", by, ...given(why) });
    return null;
  },
  abort: (draft, { by, why = "" }) => {
    const { previous } = draft.status;
    if (isWatched(draft) && previous !== null) {
      undo(draft, previous, by, why);
      return null;
    }
    if (!draft.underway) return refusedBy(draft, "no release is under way");
    abort(draft, by, why);
    return null;
  },
  undo: (draft, { by, why = "" }) => {
    const { previous } = draft.status;
    if (draft.underway) return refusedBy(draft, "abort takes it back");
    if (previous === null) return "nothing was promoted yet, so there is nothing to go back to";
    undo(draft, previous, by, why);
    return null;
  },
};

/** A reason that somebody gave. */
const given = (why: string) => (why === "" ? {} : { reason: why });

const isWatched = ({ status }: Draft): boolean => status.watch !== undefined;

/** A person has seen enough of what was promoted: it needs no watch any more. */
function trust(draft: Draft, by: string, why = ""): null {
  endWatch(draft, why === "" ? `${by} ended it` : `${by} ended it: ${why}`);
  return null;
}

/** "release 3 is paused: abort takes it back" */
function refusedBy({ status }: Draft, why: string): string {
  return status.release === 0 ? why : `release ${status.release} is ${status.phase}: ${why}`;
}

function begin(draft: Draft, by: string, canary: ArmPlan | null): Refusal {
  const { stable } = draft.status;
  if (draft.underway) return refusedBy(draft, "promote or abort it first");
  if (canary === null)
    return "there is no canary to release: name one with --canary and --revision, or in the document";
  const shared = canary.backends.filter((url) => stable.backends.includes(url));
  if (shared.length > 0) return `${shared.join(" and ")} serves as stable already`;
  endWatch(draft, `${canary.revision} is to be released`);
  startRelease(draft, canary, stepsOf(draft.spec.strategy), by);
  return null;
}

const documented = ({ spec }: Draft): ArmPlan | null => (spec.canary === undefined ? null : armPlan(spec.canary));

/** A canary that was named with the signal is checked as the document's canary is, or else as stable is. */
function named({ spec, status }: Draft, { revision, backends }: NonNullable<Signal["canary"]>): ArmPlan {
  const health = spec.canary?.health ?? status.stable.health;
  return { revision, backends: [...backends], ...(health === undefined ? {} : { health }) };
}

/** After a person's pause the step goes on where it was; a step that waits for a person is done; one that lacks evidence gets its time again. */
function resume(draft: Draft, by: string, why: string): Refusal {
  const { phase, pausedBy, pausedAt, enteredAt, step, steps } = draft.status;
  if (phase !== "paused") return refusedBy(draft, "it is not paused");
  if (pausedBy === "step" && nameOf(steps[step]) === "approve") return "it waits for approval: approve or abort it";
  if (pausedBy === "step") return skip(draft, by);
  const moved = pausedBy === "undecided" ? draft.now : enteredAt + (draft.now - (pausedAt ?? draft.now));
  draft.set({ phase: "progressing", pausedBy: null, pausedAt: null, enteredAt: moved, reason: "" });
  draft.tell({ type: "resumed", by, ...given(why) });
  return null;
}
