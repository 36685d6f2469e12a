/**
 * The one sentence on top of a release, e.g. "v1.5.0 is at 10 %, step 3 of 6: 14,210 people met it, no harm found, more
 * than 0.3 points of failures already excluded; it goes to 25 % in about 4m."
 */
import { evidence, points } from "../../analysis/words.ts";
import { formatDuration } from "../../rollout/amounts.ts";
import { share } from "../../rollout/events.ts";
import { roundsOf } from "../../rollout/rounds.ts";
import { isUnderway, type Status } from "../../rollout/status.ts";
import type { Check } from "../../rollout/steps/check.ts";
import type { Watch } from "../../rollout/watch.ts";
import { stand } from "../explain.ts";
import { neededFor } from "../views.ts";
import type { Next, Outlook } from "../wire-pages.ts";
import { preview, type Moment } from "./acts.ts";
import { part } from "./light.ts";
import { roughly } from "./outlook.ts";
import { met, people } from "./people.ts";

export function headline(moment: Moment, outlooks: readonly Outlook[], next: Next | null): string {
  const { spec, status } = moment;
  if (!isUnderway(status)) return ended(moment);
  const canary = status.canary?.revision ?? "the canary";
  const place = `${canary} is ${where(status)}, ${stepOf(status)}`;
  const found = [exposed(moment), finding(moment), ...excluded(spec.gates, outlooks)].filter((clause) => clause !== "");
  return `${place}: ${found.join(", ")}; ${next?.sentence ?? "it goes on by itself"}.`;
}

function where({ plan, phase }: Status): string {
  const at =
    plan.canaryWeight === 0 && plan.mirrorWeight > 0
      ? `getting copies of ${share(plan.mirrorWeight)}`
      : `at ${share(plan.canaryWeight)}`;
  return phase === "paused" ? `${at} and paused` : at;
}

const stepOf = ({ step, steps }: Status) => `step ${Math.min(step + 1, steps.length)} of ${steps.length}`;

function exposed({ spec, status, live }: Moment): string {
  if (status.plan.canaryWeight === 0 && status.plan.mirrorWeight > 0) return "nobody met it, it only gets copies";
  const n = met(spec.assignment, live, "canary");
  if (n === null) return "";
  return `${n === 0 ? "nobody" : people(spec.assignment, n)} met it`;
}

function finding({ spec, status }: Moment): string {
  const needed = neededFor(spec.promise.falseRollback);
  const measured = spec.gates.some(({ name, dryRun }) => !dryRun && status.verdicts[name]?.measured);
  if (status.logHarm < Math.log(3)) return measured ? "no harm found" : "nothing measured yet";
  const word = part(status.logHarm, needed) >= 0.5 ? "evidence of harm" : "a hint of harm";
  return `${word} (${evidence(status.logHarm)} of the ${evidence(needed)} that take it back)`;
}

/** To exclude less than this says nothing: a tenth more of all requests failing. */
const TELLING = 0.1;

/** What the first gate on failures that acts has ruled out so far. */
function excluded(gates: Moment["spec"]["gates"], outlooks: readonly Outlook[]): string[] {
  const telling = gates.filter(({ kind, dryRun }) => kind === "failures" && !dryRun).map(({ name }) => name);
  const high = outlooks.find(({ gate }) => telling.includes(gate))?.compared?.high;
  if (high === undefined || high === null || high > TELLING) return [];
  return [
    high <= 0 ? "more failures than stable's excluded" : `more than ${points(high)} of extra failures already excluded`,
  ];
}

/** Where an ended release was, told with its people; the rest is as everywhere. */
function ended(moment: Moment): string {
  const { spec, status, live } = moment;
  const sentence = stand(spec, status);
  const n = status.phase === "aborted" && live !== null ? met(spec.assignment, live, "canary") : null;
  return n === null || n === 0 ? sentence : `${sentence} ${people(spec.assignment, n)} met the canary.`;
}

/** What comes next by itself. Deadlines are promises; an earlier end is an estimate and says "about". */
export function next(moment: Moment, outlooks: readonly Outlook[]): Next | null {
  const { status } = moment;
  if (status.watch !== undefined) return watchEnds(status.watch, moment);
  if (!isUnderway(status)) return null;
  if (status.phase === "paused") return { sentence: awaited(status), at: null };
  if (status.liveAt === null) return { sentence: "it waits for the router to report the split live", at: null };
  if (!status.begun)
    return {
      sentence: `it waits: ${status.reason === "" ? "the next step is about to begin" : status.reason}`,
      at: null,
    };
  return stepNext(moment, outlooks);
}

function watchEnds({ from, forMs }: Watch, { now }: Moment): Next {
  if (from === 0) return { sentence: "it waits for the router to report the split live", at: null };
  return timed("the watch ends", from + forMs, now);
}

function awaited({ pausedBy, steps, step, reason }: Status): string {
  if (pausedBy === "person") return `it waits for somebody to resume${reason === "" ? "" : ` (${reason})`}`;
  if (pausedBy === "undecided") return "it has too little evidence and waits for somebody to decide";
  const approval = steps[step] !== undefined && "approve" in steps[step];
  return `it waits for ${approval ? "an approval" : "somebody to resume"}${reason === "" ? "" : ` (${reason})`}`;
}

function stepNext(moment: Moment, outlooks: readonly Outlook[]): Next {
  const { status, now } = moment;
  const step = status.steps[status.step];
  const then = onward(moment);
  if (step === undefined) return { sentence: then, at: null };
  if ("pause" in step && step.pause.forMs !== null) return timed(then, status.enteredAt + step.pause.forMs, now);
  if ("check" in step) return rounds(moment, step.check, then);
  if (!("analyze" in step)) return { sentence: then, at: null };
  const deadline = status.enteredAt + step.analyze.forMs;
  const early = step.analyze.early ? earliest(moment, outlooks, status.enteredAt + step.analyze.atLeastMs) : null;
  if (early !== null && early < deadline) return timed(then, early, now, "about ");
  return {
    sentence: `${then} ${step.analyze.early ? "as soon as it is shown to be safe" : "when the time is over"}, ${late(moment, deadline)}`,
    at: deadline,
  };
}

/** Rounds of checks that are still to pass; a failed one passes later or never, so the time is the shortest. */
function rounds({ status, now }: Moment, { everyMs, times }: Check, then: string): Next {
  const { asked, passed } = roundsOf(status);
  const missing = Math.max(1, times - passed);
  const at = status.enteredAt + (asked + missing) * everyMs;
  const what = missing === 1 ? "the next round of checks has" : `${missing} more rounds of checks have`;
  return { sentence: `${then} when ${what} passed, in ${left(at, now)} at the soonest`, at: null };
}

/** What silence means, as the document says. */
function late({ spec, now }: Moment, deadline: number): string {
  const then = { hold: "waits for somebody", advance: "goes on all the same", rollback: "is taken back" }[
    spec.whenUndecided
  ];
  return `and ${then} if that is not so in ${left(deadline, now)}`;
}

/** When every gate that acts has passed at its present pace; null while one of them cannot say. */
function earliest({ spec, now }: Moment, outlooks: readonly Outlook[], atLeast: number): number | null {
  const acting = spec.gates.filter(({ dryRun }) => !dryRun).map(({ name }) => name);
  const times = outlooks.filter(({ gate }) => acting.includes(gate)).map(({ safeInMs }) => safeInMs);
  if (times.length === 0 || times.includes(null)) return null;
  return Math.max(atLeast, now + Math.max(...times.map((ms) => ms ?? 0)));
}

function onward(moment: Moment): string {
  const { status: after } = preview(moment, "promote");
  if (after.phase === "promoted") return "it is promoted";
  const [from, to] = [moment.status.plan.canaryWeight, after.plan.canaryWeight];
  if (from !== to) return `it goes to ${share(to)}`;
  const approval = after.steps[after.step] !== undefined && "approve" in after.steps[after.step];
  return approval ? "it waits for an approval" : `it goes on to step ${after.step + 1}`;
}

const left = (at: number, now: number) => formatDuration(roughly(Math.max(0, at - now)));

function timed(sentence: string, at: number, now: number, about = ""): Next {
  return { sentence: at <= now ? `${sentence} any moment now` : `${sentence} in ${about}${left(at, now)}`, at };
}
