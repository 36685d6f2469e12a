/**
 * Rounds: what a `check` step asks, and what is counted of the answers. The counting is Flagger's:
 *
 *   - a round fails once, however many objected, and a failed hook on `preRollout` counts as a failed round
 *   - failed rounds add up over the whole release and are never taken off again
 *   - when there are too many, the *next* round takes the release back instead of asking
 *   - while the step after a check waits for hooks, rounds go on; the release moves on after one that passed
 *
 * A release that has a `check` step has one count: the limits that gates and hooks have for themselves do not act.
 */
import type { Measurement } from "../analysis/measurement.ts";
import type { ThresholdGate } from "../analysis/metric.ts";
import { isInRange, valueInWords } from "../analysis/threshold.ts";
import type { Draft } from "./draft.ts";
import type { Hook, HookAnswer } from "./hook.ts";
import type { Spec } from "./spec.ts";
import { isUnderway, type Rounds, type Status } from "./status.ts";
import type { Check } from "./steps/check.ts";
import type { Step } from "./steps/index.ts";

const none: Rounds = { failed: 0, failedAt: 0, step: 0, asked: 0, passed: 0, objection: "" };

/** Of the present step; what was counted of another is over, but for the failed rounds. */
export function roundsOf({ rounds = none, step }: Pick<Status, "rounds" | "step">): Rounds {
  return rounds.step === step ? rounds : { ...none, failed: rounds.failed, failedAt: rounds.failedAt, step };
}

const checkAt = (steps: readonly Step[], index: number): Check | null => {
  const step = steps[index];
  return step !== undefined && "check" in step ? step.check : null;
};

/** Whether the release counts by rounds. */
export const countsRounds = ({ steps }: Pick<Status, "steps">): boolean => steps.some((step) => "check" in step);

/** The check whose rounds go on: the present step, or the one before while the present waits for hooks to begin. */
export function presentCheck(status: Status): Check | null {
  const { begun, step, steps, pausedBy } = status;
  if (!isUnderway(status) || pausedBy === "person") return null;
  return checkAt(steps, begun ? step : step - 1);
}

/** Which round it is time for, from 1; after an outage the last one, for those that were missed are not made up for. */
const roundAt = ({ everyMs }: Check, { enteredAt }: Status, now: number): number =>
  Math.floor((now - enteredAt) / everyMs);

/** The moment of the round that is to be asked now; null when it is not time, or the router has another plan. */
export function roundDue(status: Status, now: number): number | null {
  const check = presentCheck(status);
  if (check === null || status.liveAt === null || overdrawn(status, now) !== null) return null;
  const round = roundAt(check, status, now);
  return round > roundsOf(status).asked ? status.enteredAt + round * check.everyMs : null;
}

/** Why the release goes back now: too many rounds have failed, and it is time for the next. */
export function overdrawn(status: Status, now: number): string | null {
  const check = presentCheck(status) ?? status.steps.flatMap((step) => ("check" in step ? [step.check] : []))[0];
  if (check === undefined || !isUnderway(status)) return null;
  const { failed, failedAt, objection } = status.rounds ?? none;
  if (failed < check.failures || now < failedAt + check.everyMs) return null;
  return `${failed} of ${check.failures} rounds failed, the last: ${objection}`;
}

/** What stands between a passed check and the next move: the last round, if it did not pass. */
export const roundObjection = (status: Status): string =>
  presentCheck(status) === null ? "" : roundsOf(status).objection;

/** What was heard in one round. */
export interface Heard {
  readonly measurements: Readonly<Record<string, Measurement>>;
  readonly hooks: Readonly<Record<string, HookAnswer>>;
}

type Answer = { readonly said: "yes" | "no" | "nothing"; readonly why: string };

/** Counts what this look heard. `asked` is the status that the questions were made from. */
export function countRound(draft: Draft, asked: Status, heard: Heard): void {
  const { status } = draft;
  if (!countsRounds(status) || status.release !== asked.release || status.step !== asked.step) return;
  if (status.begun !== asked.begun) return;
  const check = presentCheck(asked);
  if (check !== null) return judgeRound(draft, check, heard);
  const first = status.steps.flatMap((step) => ("check" in step ? [step.check] : []))[0];
  const failed = answersOf(draft.spec.hooks, "preRollout", heard).find((answer) => objects(first, answer));
  if (failed !== undefined) fail(draft, first, { ...roundsOf(status), failedAt: draft.now, objection: failed.why });
}

function judgeRound(draft: Draft, check: Check, heard: Heard): void {
  const { status, spec, now } = draft;
  const rounds = roundsOf(status);
  const round = roundAt(check, status, now);
  if (round <= rounds.asked || status.liveAt === null || overdrawn(status, now) !== null) return;
  const answers = [...answersOf(spec.hooks, "rollout", heard), ...limitsOf(spec).map((gate) => limitSays(gate, heard))];
  if (answers.length > 0 && !wasAsked(spec, heard)) return;
  const objection = answers.find((answer) => objects(check, answer));
  if (objection !== undefined) {
    const failedAt = status.enteredAt + round * check.everyMs;
    return fail(draft, check, { ...rounds, asked: round, failedAt, objection: objection.why });
  }
  const silent = answers.find(({ said }) => said === "nothing");
  if (silent !== undefined) return missing(draft, { ...rounds, asked: round, objection: silent.why });
  const reason = status.reason === rounds.objection ? "" : status.reason;
  draft.set({ reason, rounds: { ...rounds, asked: round, passed: rounds.passed + 1, objection: "" } });
}

/** Nobody objects and somebody is silent: nothing follows, and it is said once. */
function missing(draft: Draft, rounds: Rounds): void {
  const reason = rounds.objection;
  if (draft.status.reason !== reason) draft.tell({ type: "waiting", for: "evidence", reason });
  draft.set({ rounds, reason });
}

/** A round is asked as a whole, so one answer says that it was asked. */
const wasAsked = (spec: Spec, { measurements, hooks }: Heard): boolean =>
  limitsOf(spec).some(({ name }) => measurements[name] !== undefined) ||
  spec.hooks.some(({ name, on }) => on === "rollout" && hooks[name] !== undefined);

const objects = (check: Check, { said }: Answer): boolean =>
  said === "no" || (said === "nothing" && check.unanswered === "fails");

/** `failedAt` is the moment that the round was for: answers that come late must not put off the end of the release. */
function fail(draft: Draft, { failures }: Check, rounds: Rounds): void {
  const failed = rounds.failed + 1;
  draft.set({ rounds: { ...rounds, failed } });
  draft.tell({ type: "roundFailed", failed, of: failures, reason: rounds.objection });
}

/** The fixed limits that act. */
const limitsOf = ({ gates }: Spec): readonly ThresholdGate[] =>
  gates.filter((gate): gate is ThresholdGate => gate.kind === "threshold" && !gate.dryRun);

function limitSays(gate: ThresholdGate, { measurements }: Heard): Answer {
  const measurement = measurements[gate.name];
  if (measurement?.kind === "value" && Number.isFinite(measurement.value)) {
    const said = isInRange(gate, measurement.value) ? "yes" : "no";
    return { said, why: `${gate.name}: ${valueInWords(gate, measurement.value)}` };
  }
  const reason = measurement !== undefined && "reason" in measurement ? measurement.reason : "there was no value";
  return { said: "nothing", why: `${gate.name}: ${reason}` };
}

/** Hooks of a moment as far as they were asked in this look. */
function answersOf(hooks: readonly Hook[], on: Hook["on"], heard: Heard): readonly Answer[] {
  return hooks.flatMap((hook): Answer[] => {
    const answer = heard.hooks[hook.name];
    if (hook.on !== on || (answer === undefined && on === "preRollout")) return [];
    if (answer === undefined) return [{ said: "nothing", why: `${hook.name} was not asked` }];
    const { said, reason } = answer;
    return [{ said: said === "error" ? "nothing" : said, why: `${hook.name} said ${said}: ${reason}` }];
  });
}
