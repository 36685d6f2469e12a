/** Looking at the world: everything that is due is asked at once, and what cannot be asked is not known. */
import type { Measurement } from "../analysis/measurement.ts";
import type { Gate } from "../analysis/metric.ts";
import { questionsOf, valuesOf } from "../analysis/values.ts";
import { asSerinError, SerinError } from "../errors.ts";
import { formatDuration } from "../rollout/amounts.ts";
import type { Observed } from "../rollout/decide.ts";
import type { Due } from "../rollout/due.ts";
import type { Hook, HookAnswer } from "../rollout/hook.ts";
import { patienceOf } from "./ask-hook.ts";
import type { Status } from "../rollout/status.ts";
import { occasionOf } from "../rollout/hooks.ts";
import type { Questions } from "./questions.ts";
import type { Clock, MetricSource, Router, Workload } from "./ports.ts";

/** One rollout's ends of the ports. */
export interface Ports {
  readonly router: Router;
  readonly workload: Workload;
  source(gate: Gate): MetricSource;
  /** Rejects when the hook could not be asked. */
  ask(hook: Hook, signal: AbortSignal): Promise<HookAnswer>;
}

/** Told of what could not be asked, each time. */
export type Missed = (what: string, why: string) => void;

/** An answer that takes longer is none; the next look asks again. */
export const PATIENCE_MS = 10_000;

/** How questions end that nobody answers. */
interface Asking {
  readonly clock: Clock;
  readonly stop: AbortSignal;
  readonly missed: Missed;
  /** Those of this rollout, from look to look. */
  readonly questions: Questions;
}

type Seen = Pick<Observed, "plan" | "canary" | "previous" | "measurements" | "hooks">;

export async function observe(ports: Ports, dues: readonly Due[], status: Status, asking: Asking): Promise<Seen> {
  const { questions } = asking;
  const asked = dues.map((due) => ({ due, subject: subjectOf(due), topic: topicOf(due, status) }));
  for (const { due, subject, topic } of asked) questions.ask(subject, topic, () => answerTo(due, ports, asking));
  await questions.wait();
  const seen: Mutable<Seen> = { plan: undefined, canary: null, measurements: {}, hooks: {} };
  for (const { due, subject, topic } of asked) note(seen, due, questions.take(subject, topic));
  return seen;
}

/** What a question is called: the same thing is not asked twice at a time. */
function subjectOf(due: Due): string {
  if (due.look === "gate") return `gate ${due.gate.name}`;
  if (due.look === "ready") return `ready ${due.arm}`;
  return due.look === "hook" ? `hook ${due.hook.name}` : due.look;
}

/** What an answer is good for. One that comes when the release has moved on says nothing any more. */
function topicOf(due: Due, status: Status): string {
  const { release, step, plan, liveAt, measuredTo } = status;
  if (due.look === "plan") return `${plan.version} ${liveAt === null}`;
  if (due.look === "ready") return `${release}.${step}`;
  if (due.look === "gate") return `${release} ${measuredTo[due.gate.name]}`;
  return occasionOf(due.hook, status) ?? "";
}

function answerTo(due: Due, ports: Ports, asking: Asking): Promise<unknown> {
  switch (due.look) {
    case "plan":
      return readPlan(ports, asking);
    case "ready":
      return readiness(ports, due.arm, asking);
    case "gate":
      return measure(ports, due, asking);
    case "hook":
      return hear(ports, due.hook, asking);
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Adds an answer to what was seen; undefined is none. */
function note(seen: Mutable<Seen>, due: Due, answer: unknown): void {
  if (answer === undefined) return;
  if (due.look === "plan") seen.plan = answer as Seen["plan"];
  else if (due.look === "ready") seen[due.arm] = answer as Seen["canary"];
  else if (due.look === "hook") seen.hooks = { ...seen.hooks, [due.hook.name]: answer as HookAnswer };
  else if (covers(answer as Measurement))
    seen.measurements = { ...seen.measurements, [due.gate.name]: answer as Measurement };
}

/** A source may have nothing to say yet of a window that has just begun: that is no look. */
const covers = ({ kind, window }: Measurement): boolean => kind === "error" || window.to > window.from;

async function readPlan({ router }: Ports, asking: Asking): Promise<Observed["plan"]> {
  try {
    return await inTime(asking, PATIENCE_MS, () => router.read());
  } catch (thrown) {
    asking.missed("the live plan", asSerinError(thrown).message);
    return undefined;
  }
}

async function readiness({ workload }: Ports, arm: "canary" | "previous", asking: Asking): Promise<Observed["canary"]> {
  const what = arm === "canary" ? "the canary" : "the revision before";
  try {
    return await inTime(asking, PATIENCE_MS, () => workload.ready(arm));
  } catch (thrown) {
    const { message } = asSerinError(thrown);
    asking.missed(`the readiness of ${what}`, message);
    return { ready: false, reason: `nobody could say whether ${what} is ready: ${message}` };
  }
}

async function measure(
  ports: Ports,
  { gate, query, window }: Due & { readonly look: "gate" },
  asking: Asking,
): Promise<Measurement> {
  try {
    return await inTime(asking, PATIENCE_MS, (signal) => answered(ports, { gate, query, window }, signal));
  } catch (thrown) {
    const { message } = asSerinError(thrown, "SOURCE_FAILED");
    asking.missed(`gate ${gate.name}`, message);
    return { kind: "error", window, reason: message };
  }
}

/** Several values are asked of their sources one by one, all at once. */
async function answered(
  ports: Ports,
  { gate, query, window }: Omit<Due & { readonly look: "gate" }, "look">,
  signal: AbortSignal,
): Promise<Measurement> {
  if (query.ask !== "values") return ports.source(gate).measure(query, window, signal);
  const asked = questionsOf(query).map(({ source, query: one }) =>
    ports.source({ ...gate, source }).measure(one, window, signal),
  );
  return valuesOf(query, await Promise.all(asked), window);
}

async function hear(ports: Ports, hook: Hook, asking: Asking): Promise<HookAnswer> {
  try {
    return await inTime(asking, patienceOf(hook), (signal) => ports.ask(hook, signal));
  } catch (thrown) {
    const { message } = asSerinError(thrown);
    asking.missed(`hook ${hook.name}`, message);
    return { said: "error", reason: message };
  }
}

/** Asks, and stops waiting after so many milliseconds of the clock, or when the engine stops. */
async function inTime<T>({ clock, stop }: Asking, ms: number, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const signal = AbortSignal.any([stop, late.signal]);
  const over = () => late.abort(new SerinError("SOURCE_FAILED", `there was no answer within ${formatDuration(ms)}`));
  const cancel = clock.wakeAt(clock.now() + ms, over);
  const ended = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  try {
    return await Promise.race([ask(signal), ended]);
  } finally {
    cancel();
  }
}
