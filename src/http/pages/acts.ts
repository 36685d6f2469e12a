/**
 * What a person could do now and what would follow. Nothing is guessed: each signal is put before the same pure `decide`
 * that would obey it, as if it had been sent and the router had taken the plan, and the answer is put into words.
 */
import { whole } from "../../analysis/words.ts";
import { decide } from "../../rollout/decide.ts";
import { share } from "../../rollout/events.ts";
import type { Signal } from "../../rollout/signals.ts";
import type { Spec } from "../../rollout/spec.ts";
import { isUnderway, type Status } from "../../rollout/status.ts";
import { FULL_WEIGHT } from "../../rollout/weight.ts";
import type { Live } from "../wire.ts";
import type { Act } from "../wire-pages.ts";
import { everybody, met, people } from "./people.ts";

/** A moment of a rollout. */
export interface Moment {
  readonly spec: Spec;
  readonly status: Status;
  readonly live: Live | null;
  readonly now: number;
}

interface Preview {
  readonly status: Status;
  readonly refused: string | null;
}

/** No signal has this number, so a refusal of it is ours. */
const ASKED = -1;

/** The rollout after a signal, every hook having agreed and the canary being ready. */
export function preview({ spec, status, now }: Moment, verb: Signal["verb"]): Preview {
  const signals = [{ id: ASKED, at: now, signal: { verb, by: "somebody" } }];
  const agreed = { now, plan: status.plan, canary: { ready: true }, measurements: {}, hooks: {}, signals };
  const { status: after, events } = decide({ ...spec, hooks: [] }, status, agreed);
  const refusal = events.find((event) => event.type === "signalRefused" && event.signal === ASKED);
  return { status: after, refused: refusal?.type === "signalRefused" ? refusal.reason : null };
}

type Verb = Signal["verb"];

/** What fits the moment, the most likely first. What would be refused is not offered. */
export function acts(moment: Moment): Act[] {
  const open = verbs(moment.status)
    .map((verb) => act(moment, verb))
    .filter(({ refused }) => refused === null);
  const labels = open.map(({ verb, label }) => (verb === "retry" ? label.replace(/^Try (.*) again$/, "Start $1") : ""));
  // Going on from the last step is giving it to everybody.
  const last = open.some(({ verb, weight }) => (verb === "promote" || verb === "approve") && weight === FULL_WEIGHT);
  return open.filter(
    ({ verb, label }) => (verb !== "start" || !labels.includes(label)) && !(last && verb === "promoteFull"),
  );
}

function verbs({ phase, pausedBy, steps, step, watch }: Status): Verb[] {
  if (watch !== undefined) return ["promote", "abort", "start"];
  const approval = steps[step] !== undefined && "approve" in steps[step];
  if (phase === "progressing") return ["promote", "promoteFull", "pause", "abort"];
  if (phase === "idle") return ["start"];
  if (phase === "promoted") return ["undo", "start"];
  if (phase === "aborted") return ["retry", "start", "undo"];
  if (pausedBy === "step" && approval) return ["approve", "promoteFull", "abort"];
  return pausedBy === "step" ? ["resume", "promoteFull", "abort"] : ["resume", "promote", "promoteFull", "abort"];
}

export function act(moment: Moment, verb: Verb): Act {
  const { status: after, refused } = preview(moment, verb);
  const weight = after.phase === "promoted" ? FULL_WEIGHT : after.plan.canaryWeight;
  return { verb, label: label(moment, verb, after), consequence: consequence(moment, verb, after), weight, refused };
}

function label({ status }: Moment, verb: Verb, after: Status): string {
  const canary = status.canary?.revision ?? after.canary?.revision ?? "the canary";
  if (status.watch !== undefined && verb === "promote") return "End the watch";
  switch (verb) {
    case "promote":
    case "approve":
      return onward(verb === "approve" ? "Approve" : "Go on", status, after);
    case "promoteFull":
      return `Give everybody ${canary}`;
    case "pause":
      return `Hold at ${share(status.plan.canaryWeight)}`;
    case "resume":
      return onward("Resume", status, after);
    case "abort":
      return `Take ${canary} back`;
    case "retry":
      return `Try ${canary} again`;
    case "undo":
      return `Go back to ${after.stable.revision}`;
    case "start":
      return `Start ${after.canary?.revision ?? "the release"}`;
  }
}

function onward(word: string, before: Status, after: Status): string {
  if (after.phase === "promoted") return `${word}: give everybody ${after.stable.revision}`;
  const [from, to] = [before.plan.canaryWeight, after.plan.canaryWeight];
  return from === to ? word : `${word} to ${share(to)}`;
}

function consequence(moment: Moment, verb: Verb, after: Status): string {
  const { status } = moment;
  const canary = status.canary?.revision ?? "the canary";
  if (status.watch !== undefined && verb === "promote")
    return `${canary} stays, and ${status.previous?.revision ?? "the revision before"} need not be kept any more.`;
  if (status.watch !== undefined && verb === "abort") return consequence(moment, "undo", after);
  switch (verb) {
    case "pause":
      return `${canary} stays at ${share(status.plan.canaryWeight)} until somebody resumes; harm still takes it back.`;
    case "abort":
      return `${after.stable.revision} serves everybody again${back(moment)}.`;
    case "undo":
      return `${after.stable.revision} serves everybody again in place of ${status.stable.revision}${everyone(moment)}.`;
    case "promoteFull":
      return `${canary} serves everybody at once, without the remaining steps${everyone(moment)}.`;
    default:
      return `${going(moment, after)}.`;
  }
}

/** Where the release goes, and how many of those who came so far that would be. */
function going(moment: Moment, after: Status): string {
  const { status } = moment;
  const revision = after.canary?.revision ?? "the canary";
  if (after.phase === "promoted") return `${after.stable.revision} serves everybody${everyone(moment)}`;
  const weight = after.plan.canaryWeight;
  const where = `step ${Math.min(after.step + 1, after.steps.length)} of ${after.steps.length}`;
  if (isUnderway(status) && weight === status.plan.canaryWeight)
    return `${revision} stays at ${share(weight)}, ${where}`;
  return `${revision} goes to ${share(weight)} of traffic${some(moment, weight)}, ${where}`;
}

function some({ spec, status, live }: Moment, weight: number): string {
  const all = isUnderway(status) ? everybody(spec.assignment, live) : null;
  if (all === null || all === 0) return "";
  const part = Math.round((all * weight) / FULL_WEIGHT);
  return `, about ${whole(part)} of the ${people(spec.assignment, all)} that came so far`;
}

function everyone({ spec, live }: Moment): string {
  const all = everybody(spec.assignment, live);
  return all === null || all === 0 ? "" : `: all ${people(spec.assignment, all)} that came since the release began`;
}

function back({ spec, live }: Moment): string {
  const n = met(spec.assignment, live, "canary");
  return n === null || n === 0 ? "" : `; ${people(spec.assignment, n)} met the canary so far`;
}
