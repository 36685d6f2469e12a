/**
 * What a decision rested on, as it is kept beside it. With the status before, the document in force and the measurements
 * of the same commit, `decide` can be asked again and must say the same. Kept short: what is as usual is left out, and
 * of what came out only prints of the parts that changed, since a whole status a commit would be twenty times as much.
 */
import { createHash } from "node:crypto";
import { FORMULA } from "../analysis/formula.ts";
import type { Measurement } from "../analysis/measurement.ts";
import type { Decided, Observed } from "../rollout/decide.ts";
import type { Decision } from "../rollout/decision.ts";
import type { HookAnswer } from "../rollout/hook.ts";
import type { StoredSignal } from "../rollout/signals.ts";
import type { Status } from "../rollout/status.ts";
import { samePlan, type TrafficPlan } from "../rollout/traffic.ts";

export interface Inputs {
  /** See `analysis/formula.ts`. */
  readonly formula: number;
  /** Epoch milliseconds. */
  readonly now: number;
  /** What the router reported: the plan that was wanted, none, another; or that it could not be asked. */
  readonly reported: "wanted" | "none" | "unknown" | TrafficPlan;
  /** Whether the canary was ready; left out when nobody was asked. */
  readonly canary?: { readonly ready: boolean; readonly reason?: string };
  /** The same of the revision before, while what was promoted is watched. */
  readonly previous?: { readonly ready: boolean; readonly reason?: string };
  readonly hooks?: Readonly<Record<string, HookAnswer>>;
  /** The signals that were taken, oldest first. */
  readonly signals?: readonly StoredSignal[];
  readonly decision: Decision;
  /** Print by part of the status, of those parts that changed; see `partsOf`. */
  readonly changed: Readonly<Record<string, string>>;
}

export function inputsOf(before: Status, observed: Observed, decided: Decided): Inputs {
  const { now, canary, previous = null, hooks, signals } = observed;
  return {
    formula: FORMULA,
    now,
    reported: reportedOf(observed.plan, before.plan),
    ...(canary === null ? {} : { canary }),
    ...(previous === null ? {} : { previous }),
    ...(Object.keys(hooks).length === 0 ? {} : { hooks }),
    ...(signals.length === 0 ? {} : { signals }),
    decision: decided.decision,
    changed: changesOf(before, decided.status),
  };
}

function reportedOf(plan: Observed["plan"], wanted: TrafficPlan): Inputs["reported"] {
  if (plan === undefined) return "unknown";
  if (plan === null) return "none";
  return samePlan(plan, wanted) ? "wanted" : plan;
}

/** What `decide` was given, again. */
export function observedOf(
  inputs: Inputs,
  before: Status,
  measurements: Readonly<Record<string, Measurement>>,
): Observed {
  const { now, reported, canary = null, previous = null, hooks = {}, signals = [] } = inputs;
  return { now, plan: planOf(reported, before.plan), canary, previous, hooks, signals, measurements };
}

function planOf(reported: Inputs["reported"], wanted: TrafficPlan): Observed["plan"] {
  if (reported === "wanted") return wanted;
  if (reported === "none") return null;
  return reported === "unknown" ? undefined : reported;
}

/** A status part by part: what is kept by gate as "evidence.latency", and first, since all else follows from it. */
export function partsOf({ evidence, strips = {}, verdicts, ...rest }: Status): ReadonlyMap<string, unknown> {
  const byGate = (kept: string, values: Readonly<Record<string, unknown>>) =>
    Object.entries(values).map(([gate, value]): [string, unknown] => [`${kept}.${gate}`, value]);
  return new Map([
    ...byGate("evidence", evidence),
    ...byGate("strips", strips),
    ...byGate("verdicts", verdicts),
    ...Object.entries(rest),
  ]);
}

/** The print of a part that is gone. */
const GONE = "-";

/** Prints of the parts in which a status differs from the one before. */
export function changesOf(before: Status, after: Status): Record<string, string> {
  const [old, now] = [partsOf(before), partsOf(after)];
  const changed: Record<string, string> = {};
  for (const [part, value] of now) if (!same(old.get(part), value)) changed[part] = print(value);
  for (const part of old.keys()) if (!now.has(part)) changed[part] = GONE;
  return changed;
}

const same = (a: unknown, b: unknown) => a === b || JSON.stringify(a) === JSON.stringify(b);

/** 48 bits of a part as it is written down: two that differ have the same print once in 280 million million times. */
function print(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 8);
}
