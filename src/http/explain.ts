/**
 * Where a rollout stands, as sentences. Events have theirs in `rollout/events.ts`; these are about what *is*, not about
 * what happened.
 */
import { GRADE } from "../analysis/metric.ts";
import { evidence } from "../analysis/words.ts";
import { formatDuration } from "../rollout/amounts.ts";
import { share } from "../rollout/events.ts";
import type { Hook, HookMemory } from "../rollout/hook.ts";
import type { Spec } from "../rollout/spec.ts";
import type { Status } from "../rollout/status.ts";
import type { Step } from "../rollout/steps/index.ts";
import { groundWords, lostWords } from "./ground.ts";
import { watchedNext, watchedSentence } from "./watched.ts";
import type { GateView } from "./wire.ts";

const because = (reason: string) => (reason === "" ? "" : `: ${reason.replace(/\.$/, "")}`);
const percent = (rate: number) => `${Number((rate * 100).toPrecision(6))} %`;

/** "Release 3 of v2 over v1, step 2 of 6: 5 % of traffic meets the canary. Evidence of harm 1.2 of 100." */
export function stand(spec: Spec, status: Status): string {
  const canary = status.canary?.revision ?? "the canary";
  const stable = status.stable.revision;
  if (status.release === 0) return `${serves(status)}; nothing has been released yet.`;
  switch (status.phase) {
    case "idle":
      return `${serves(status)}; nothing is being released.`;
    case "progressing":
      return `Release ${status.release} of ${canary} over ${stable}, ${stepOf(status)}: ${wanted(status)}. ${harm(spec, status)}${lostWords(spec, status)}`;
    case "paused":
      return `Release ${status.release} of ${canary} is paused at ${share(status.plan.canaryWeight)}${because(status.reason)}. ${harm(spec, status)}${lostWords(spec, status)}`;
    case "promoted":
      return `${canary} was promoted${because(status.reason)}. ${serves(status)}.${watchedSentence(spec, status)}`;
    case "aborted":
      return `${ended(status, canary)}${because(status.reason)}. ${serves(status)}.`;
  }
}

/** What is wanted is not yet what is: only the router knows. */
function serves({ stable, liveAt, watch }: Status): string {
  const all = watch === undefined || watch.holdback === 0;
  if (liveAt !== null && !all) return `${stable.revision} serves all but ${share(watch.holdback)}`;
  return liveAt === null
    ? `${stable.revision} is to serve everybody, and the router has not yet reported it live`
    : `${stable.revision} serves everybody`;
}

function stepOf({ step, steps }: Status): string {
  return step >= steps.length ? `all ${steps.length} steps done` : `step ${step + 1} of ${steps.length}`;
}

function wanted({ plan, liveAt }: Status): string {
  const meets = liveAt === null ? "is to meet" : "meets";
  const mirrored = plan.mirrorWeight > 0 ? ` and copies of ${share(plan.mirrorWeight)} go to it` : "";
  const live = liveAt === null ? ", and the router has not yet reported it live" : "";
  return `${share(plan.canaryWeight)} of traffic ${meets} the canary${mirrored}${live}`;
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

/** The promise of this rollout, in words, and whether it holds in the present release. */
export function promise(spec: Spec, status: Pick<Status, "strips">): string {
  const { falseRollback, falsePromotion } = spec.promise;
  return (
    `A release that is not worse than the margins is rolled back with probability ${percent(falseRollback)} at most, however often ` +
    `anyone looks; one that is worse than a limit is promoted early with probability ${percent(falsePromotion)} at most. ` +
    `Both hold where units are independent and randomly assigned.${gradeWords(spec)}${groundWords(spec, status)}`
  );
}

/** Series gates that act promise less than the others, and it is said whose word that is. */
function gradeWords({ gates }: Spec): string {
  const names = gates.filter(({ kind, dryRun }) => kind === "series" && !dryRun).map(({ name }) => name);
  if (names.length === 0) return "";
  const which = names.join(" and ");
  return ` What ${which} adds is ${GRADE}: it holds as far as the A/A history resembles this release.`;
}

/** What it waits for, or what a person can do now. */
export function next(spec: Spec, status: Status, now: number): string {
  if (status.phase === "progressing") return progressing(spec, status, now);
  if (status.phase === "paused") return paused(status);
  const watched = watchedNext(status, now);
  if (watched !== null) return watched;
  const undo = status.previous === null ? "" : " `undo` goes back.";
  const again = status.phase === "aborted" ? " `retry` tries the same release again." : "";
  return `The next release begins with \`start\`.${undo}${again}`;
}

function progressing(spec: Spec, status: Status, now: number): string {
  const { steps, step, begun, liveAt, plan, reason } = status;
  if (step >= steps.length) return awaits(reason, "It is about to be promoted.");
  if (!begun) return awaits(reason, `Step ${step + 1} is about to begin.`);
  if (liveAt === null) return `It waits until the router reports plan ${plan.version} live.`;
  return stepping(steps[step], left(status, now), spec.whenUndecided);
}

const awaits = (reason: string, otherwise: string) => (reason === "" ? otherwise : `It waits: ${reason}.`);

/** Time that the current step has left, " within 4m", or null where it has no end. */
function left({ steps, step, enteredAt }: Status, now: number): string | null {
  const { forMs } = Object.values(steps[step])[0] as { forMs?: number | null };
  if (typeof forMs !== "number") return null;
  const rest = Math.max(0, enteredAt + forMs - now);
  return ` within ${formatDuration(Math.round(rest / 1000) * 1000)}`;
}

function stepping(step: Step, within: string | null, whenUndecided: Spec["whenUndecided"]): string {
  if ("analyze" in step) {
    const early = step.analyze.early ? "It goes on when every gate shows safety, and ends" : "It ends";
    return `${early}${within}; undecided, it does what whenUndecided says: ${whenUndecided}.`;
  }
  if ("check" in step) {
    const { times, everyMs } = step.check;
    const rounds = times === 1 ? "a round of checks has" : `${times} rounds of checks have`;
    return `It goes on when ${rounds} passed, one every ${formatDuration(everyMs)}.`;
  }
  if ("pause" in step && within !== null) return `It goes on${within}.`;
  return "It goes on by itself.";
}

function paused({ pausedBy, steps, step }: Status): string {
  if (pausedBy === "undecided")
    return "It waits for evidence or a person: resume gives it its time again, promote goes on, abort takes it back.";
  const approval = pausedBy === "step" && step < steps.length && "approve" in steps[step];
  return approval ? "It waits for a person: approve or abort." : "It waits for a person: resume, promote or abort.";
}

/** "smoke (preRollout) said no 2 times, the last time: it ended with 1." */
export function hookSentence({ name, on }: Hook, heard: HookMemory | null): string {
  if (heard === null) return `${name} (${on}) was not asked in this release.`;
  const times = heard.said === "no" && heard.no > 1 ? ` ${heard.no} times, the last time` : "";
  const said = heard.said === "error" ? "gave no answer" : `said ${heard.said}`;
  return `${name} (${on}) ${said}${times}${because(heard.reason)}.`;
}

/** "failures: inconclusive: 3 of 500 against 4 of 9,500; ..." */
export function gateSentence(gate: GateView): string {
  const dry = gate.dryRun ? " (dry run: it never acts)" : "";
  return `${gate.gate} says ${gate.verdict ?? "nothing yet"}${dry}${because(gate.reason)}.`;
}
