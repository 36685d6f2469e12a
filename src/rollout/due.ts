/** `due`: what the engine is to look at now, for `decide` to learn from. Pure. */
import type { Window } from "../analysis/measurement.ts";
import type { Gate, Query, ThresholdGate, ValuesQuery } from "../analysis/metric.ts";
import { gatesOf, looksNow, paceOf, queryOf, type Pace } from "./gates.ts";
import type { Hook } from "./hook.ts";
import { isDue } from "./hooks.ts";
import { countsRounds, roundDue } from "./rounds.ts";
import type { Spec } from "./spec.ts";
import { isUnderway, type Status } from "./status.ts";
import { sends, splitOf } from "./steps/index.ts";
import { baselineWindow, watchedGates } from "./watch-gates.ts";

export type Due =
  /** Which plan is live? */
  | { readonly look: "plan" }
  /** Can the canary take traffic; or the revision before, once again? */
  | { readonly look: "ready"; readonly arm: "canary" | "previous" }
  | { readonly look: "gate"; readonly gate: Gate; readonly query: Query | ValuesQuery; readonly window: Window }
  | { readonly look: "hook"; readonly hook: Hook };

/** How often a release under way is looked at, milliseconds: twice a second, so that harm is stopped within one. */
export const LOOK_MS = 500;
/** Sources remember for a while; what is older than this is asked for no more. */
const MEMORY_MS = 600_000;

export function due(spec: Spec, status: Status, now: number): readonly Due[] {
  return [
    { look: "plan" },
    ...(awaitsCanary(status) ? [{ look: "ready" as const, arm: "canary" as const }] : []),
    ...(isUnderway(status) ? releaseDue(spec, status, now) : watchDue(spec, status, now)),
    ...spec.hooks.filter((hook) => isDue(hook, status, now)).map((hook) => ({ look: "hook" as const, hook })),
  ];
}

/** Before a step sends anybody to the canary, the canary is to say that it is well. */
export function awaitsCanary(status: Status): boolean {
  const { begun, step, steps, plan } = status;
  if (!isUnderway(status) || begun || step >= steps.length) return false;
  const split = splitOf(steps[step]);
  return plan.canary === null || (split !== null && sends(split));
}

const releaseDue = (spec: Spec, status: Status, now: number): Due[] =>
  gatesOf(spec).flatMap((gate) => (looksNow(gate, status) ? gateDue(gate, status, now) : []));

/** After a promotion: the level to watch by, then what has come since. */
function watchDue(spec: Spec, status: Status, now: number): Due[] {
  const { watch, liveAt, startedAt } = status;
  if (watch === undefined || watch.from === 0 || liveAt === null) return [];
  const dues = watchedGates(spec, watch).flatMap((gate): Due[] => {
    if (watch.gates[gate.name] !== undefined) return gateDue(gate, status, now);
    const window = baselineWindow(gate, watch, startedAt);
    return watch.holdback > 0 ? [] : [{ look: "gate", gate, query: queryOf(gate, status), window }];
  });
  return [{ look: "ready", arm: "previous" }, ...dues];
}

/** Nothing is measured before the first stage is live: `measuredTo` begins there. */
function gateDue(gate: Gate, status: Status, now: number): Due[] {
  const measuredTo = status.measuredTo[gate.name];
  if (measuredTo === undefined) return [];
  // a limit of some steps asks about nothing before them
  const ofSteps = gate.kind === "threshold" && gate.threshold.during !== undefined;
  const from = ofSteps ? Math.max(measuredTo, status.enteredAt) : measuredTo;
  const window = windowOf(gate, { ...status, from }, now);
  return window === null ? [] : [{ look: "gate", gate, query: queryOf(gate, status), window }];
}

function windowOf(gate: Gate, status: Status & { readonly from: number }, now: number): Window | null {
  const pace = paceOf(gate);
  if (gate.kind === "threshold" && countsRounds(status)) return inRound(gate, pace, roundDue(status, now));
  return pace === null ? momentary(gate, status.from, now) : paced(gate, pace, status, now);
}

/** In a round a limit looks back from the round's moment, over a span of its own length. */
function inRound({ threshold }: ThresholdGate, pace: Pace | null, moment: number | null): Window | null {
  if (moment === null) return null;
  const to = pace === null ? moment : Math.floor((moment - pace.delayMs) / 1000) * 1000;
  return { from: to - threshold.everyMs, to };
}

/** How often a gate looks that looks at intervals; null for one that counts whatever there is. */
export function everyOf(gate: Gate): number | null {
  if (gate.kind === "kayenta") return gate.kayenta.stepMs;
  if (gate.kind === "series") return gate.series.everyMs;
  return gate.kind === "threshold" ? gate.threshold.everyMs : null;
}

function momentary(gate: Gate, from: number, now: number): Window | null {
  const every = everyOf(gate);
  return every === null ? sinceThen(from, now) : lastInterval(from, every, now);
}

/** So many intervals of a source are asked for at once at most. */
const MEMORY_INTERVALS = 240;

/**
 * Whole intervals, on the grid of round times that others aggregate by, and of the present plan alone: an interval in
 * which the split changed belongs to neither stage. Nothing is asked while nobody knows which plan is live.
 */
function paced(
  gate: Gate,
  { intervalMs, delayMs }: Pace,
  { from, liveAt, plan }: Pick<Status, "liveAt" | "plan"> & { readonly from: number },
  now: number,
): Window | null {
  if (liveAt === null || plan.canary === null) return null;
  const own = everyOf(gate);
  const [every, most] = own === null ? [intervalMs, MEMORY_INTERVALS] : [own, 1];
  const first = Math.ceil(Math.max(from, liveAt) / every) * every;
  const to = Math.floor((now - delayMs) / every) * every;
  return to > first ? { from: Math.max(first, to - most * every), to } : null;
}

/** Counts add up: whatever was not looked at so far is looked at now. */
function sinceThen(from: number, now: number): Window | null {
  return now > from ? { from: Math.max(from, now - MEMORY_MS), to: now } : null;
}

/** A fixed limit is checked once an interval. After an outage the last whole interval is checked, not every missed one. */
function lastInterval(from: number, everyMs: number, now: number): Window | null {
  const whole = Math.floor((now - from) / everyMs);
  if (whole < 1) return null;
  const to = from + whole * everyMs;
  return { from: to - everyMs, to };
}
