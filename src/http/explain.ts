/**
 * Where a rollout stands, as sentences. Events have theirs in `rollout/events.ts`; these are about what *is*, not about
 * what happened.
 */
import { evidence } from "../analysis/words.ts";
import { formatDuration } from "../rollout/amounts.ts";
import { share } from "../rollout/events.ts";
import type { Spec } from "../rollout/spec.ts";
import type { Status } from "../rollout/status.ts";
import type { GateView } from "./wire.ts";

const because = (reason: string) => (reason === "" ? "" : `: ${reason.replace(/\.$/, "")}`);
const percent = (rate: number) => `${Number((rate * 100).toPrecision(6))} %`;

/** "Release 3 of v2 over v1, step 2 of 6: 5 % of traffic is to meet the canary. Evidence of harm 1.2 of 100." */
export function stand(spec: Spec, status: Status): string {
  const canary = status.canary?.revision ?? "the canary";
  const stable = status.stable.revision;
  if (status.release === 0) return `${stable} serves everybody; nothing has been released yet.`;
  switch (status.phase) {
    case "idle":
      return `${stable} serves everybody; nothing is being released.`;
    case "progressing":
      return `Release ${status.release} of ${canary} over ${stable}, ${stepOf(status)}: ${wanted(status)}. ${harm(spec, status)}`;
    case "paused":
      return `Release ${status.release} of ${canary} is paused at ${share(status.plan.canaryWeight)}${because(status.reason)}. ${harm(spec, status)}`;
    case "promoted":
      return `${canary} was promoted and serves everybody${because(status.reason)}.`;
    case "aborted":
      return `${ended(status, canary)}${because(status.reason)}. ${stable} serves everybody.`;
  }
}

function stepOf({ step, steps }: Status): string {
  return step >= steps.length ? `all ${steps.length} steps done` : `step ${step + 1} of ${steps.length}`;
}

function wanted({ plan, liveAt }: Status): string {
  const mirrored = plan.mirrorWeight > 0 ? ` and copies of ${share(plan.mirrorWeight)} go to it` : "";
  const live = liveAt === null ? ", and the router has not yet reported it live" : "";
  return `${share(plan.canaryWeight)} of traffic is to meet the canary${mirrored}${live}`;
}

/** Evidence of all gates together against what rolls back: a wager of 1 on "harmless" that would now be worth this much. */
function harm(spec: Spec, { logHarm }: Status): string {
  return `Evidence of harm ${evidence(logHarm)} of the ${evidence(-Math.log(spec.promise.falseRollback))} that take it back.`;
}

function ended({ outcome }: Status, canary: string): string {
  switch (outcome) {
    case "rolledBack":
      return `${canary} was rolled back for harm`;
    case "undecided":
      return `${canary} was taken back without enough evidence either way`;
    case "unmeasurable":
      return `${canary} was taken back because it could not be measured`;
    case "passed":
      return `${canary} passed and was not to be promoted`;
    default:
      return `${canary} was aborted`;
  }
}

/** The promise of this rollout, in words. */
export function promise({ promise: { falseRollback, falsePromotion } }: Spec): string {
  return (
    `A release that is not worse than the margins is rolled back with probability ${percent(falseRollback)} at most, however often ` +
    `anyone looks; one that is worse than a limit is promoted early with probability ${percent(falsePromotion)} at most. ` +
    `Both hold where units are independent and randomly assigned.`
  );
}

/** What it waits for, or what a person can do now. */
export function next(spec: Spec, status: Status, now: number): string {
  if (status.phase === "progressing") return progressing(spec, status, now);
  if (status.phase === "paused") return "It waits for a person: resume, promote or abort.";
  const undo = status.phase === "promoted" && status.previous !== null ? " `undo` goes back." : "";
  const again = status.phase === "aborted" ? " `retry` tries the same release again." : "";
  return `The next release begins with \`start\`.${undo}${again}`;
}

function progressing(spec: Spec, status: Status, now: number): string {
  if (status.liveAt === null) return `It waits until the router reports plan ${status.plan.version} live.`;
  const step = status.steps[status.step];
  const [kind, options] = step === undefined ? ["", {}] : (Object.entries(step)[0] as [string, { forMs?: unknown }]);
  const left = typeof options.forMs === "number" ? Math.max(0, status.liveAt + options.forMs - now) : null;
  const until = left === null ? "" : ` within ${formatDuration(Math.round(left / 1000) * 1000)}`;
  switch (kind) {
    case "approve":
      return "It waits for a person: approve or abort.";
    case "pause":
      return left === null ? "It waits for a person: resume, promote or abort." : `It goes on${until}.`;
    case "analyze":
      return `It goes on when every gate shows safety, or ends undecided${until}; then it does what whenUndecided says: ${spec.whenUndecided}.`;
    default:
      return "It goes on by itself.";
  }
}

/** "failures: inconclusive: 3 of 500 against 4 of 9,500; ..." */
export function gateSentence(gate: GateView): string {
  const dry = gate.dryRun ? " (dry run: it never acts)" : "";
  return `${gate.gate} says ${gate.verdict ?? "nothing yet"}${dry}${because(gate.reason)}.`;
}
