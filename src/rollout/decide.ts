/**
 * `decide`: from what is asked, remembered and observed to what follows. The one place where a rollout changes. Pure:
 * the same arguments give the same answer, so any decision of the past can be made again from what was recorded.
 *
 *   1. the document may have changed            wishes.ts
 *   2. people have asked for something          obey.ts
 *   3. the router reports what is live          believe
 *   4. hooks have answered                      hooks.ts
 *   5. measurements are folded and judged       weigh.ts
 *      and counted, where the release counts rounds   rounds.ts
 *   6. harm takes the release back, whatever step it is in
 *   7. otherwise it goes on as far as it can    proceed.ts
 *   8. what was promoted is watched             watching.ts
 */
import type { Measurement } from "../analysis/measurement.ts";
import type { Decision } from "./decision.ts";
import { Draft } from "./draft.ts";
import { LOOK_MS } from "./due.ts";
import type { RolloutEvent } from "./events.ts";
import { rollBack } from "./finish.ts";
import type { HookAnswer } from "./hook.ts";
import { isDue, isNews, refusal, remember } from "./hooks.ts";
import { obey } from "./obey.ts";
import { proceed, stageLive } from "./proceed.ts";
import type { Readiness } from "./readiness.ts";
import { countRound, overdrawn } from "./rounds.ts";
import type { StoredSignal } from "./signals.ts";
import type { Spec } from "./spec.ts";
import { isUnderway, type Status } from "./status.ts";
import { samePlan, type TrafficPlan } from "./traffic.ts";
import { harmful, weigh } from "./weigh.ts";
import { watchOn } from "./watching.ts";
import { followDocument } from "./wishes.ts";

/** What was seen of the world. What could not be asked is left out, never guessed. */
export interface Observed {
  /** Epoch milliseconds. */
  readonly now: number;
  /** The plan that the router reports; null where it has none, undefined when it could not be asked. */
  readonly plan: TrafficPlan | null | undefined;
  readonly canary: Readiness;
  /** The revision before, while what was promoted is watched. */
  readonly previous?: Readiness;
  /** By gate. */
  readonly measurements: Readonly<Record<string, Measurement>>;
  /** By hook. */
  readonly hooks: Readonly<Record<string, HookAnswer>>;
  /** Oldest first. */
  readonly signals: readonly StoredSignal[];
}

export interface Decided {
  readonly status: Status;
  readonly events: readonly RolloutEvent[];
  readonly decision: Decision;
}

export function decide(spec: Spec, status: Status, observed: Observed): Decided {
  const draft = new Draft(spec, status, observed.now);
  followDocument(draft);
  for (const signal of observed.signals) obey(draft, signal);
  believe(draft, observed.plan);
  hear(draft, observed.hooks);
  if (draft.underway) {
    weigh(draft, observed.measurements);
    countRound(draft, status, observed);
    takeBackOrProceed(draft, observed.canary);
  } else watchOn(draft, observed.measurements, observed.previous ?? null);
  // assignment and forced matches of the document, whatever else happens
  draft.want({});
  draft.set({ wakeAt: wakeAt(draft) });
  return { status: draft.status, events: draft.events, decision: draft.decision };
}

/** A plan counts as live when the router reports it, and no longer when it reports another. */
function believe(draft: Draft, reported: TrafficPlan | null | undefined): void {
  if (reported === undefined) return;
  const { plan, liveAt } = draft.status;
  const live = samePlan(reported, plan);
  if (!live && reported !== null && reported.version >= plan.version) return outbid(draft, reported);
  if (live === (liveAt !== null)) return;
  draft.set({ liveAt: live ? draft.now : null });
  if (!live) return;
  // a release's plans are worth telling; the first plan of a rollout that only serves is not
  if (draft.status.release > 0) draft.tell({ type: "planLive", version: plan.version, ...told(plan) });
  stageLive(draft);
}

/**
 * The router has a plan that was made by somebody who knew more or other things: our memory was restored from a backup,
 * or the rollout was removed and added again. What is wanted stays wanted, under a version above that one.
 */
function outbid(draft: Draft, reported: TrafficPlan): void {
  const version = reported.version + 1;
  draft.set({ plan: { ...draft.status.plan, version }, stagePlan: version, liveAt: null });
}

const told = ({ canaryWeight, mirrorWeight, stable, canary }: TrafficPlan) => ({
  weight: canaryWeight,
  mirror: mirrorWeight,
  stable: stable.revision,
  canary: canary?.revision ?? null,
});

function hear(draft: Draft, answers: Readonly<Record<string, HookAnswer>>): void {
  for (const hook of draft.spec.hooks) {
    const answer = answers[hook.name];
    const memory = answer === undefined ? null : remember(hook, draft.status, answer, draft.now);
    if (memory === null) continue;
    const { said, reason, output } = memory;
    const printed = output === undefined ? {} : { output };
    if (isNews(hook, draft.status, memory))
      draft.tell({ type: "hookAnswered", hook: hook.name, on: hook.on, said, reason, ...printed });
    draft.set({ hooks: { ...draft.status.hooks, [hook.name]: memory } });
  }
}

function takeBackOrProceed(draft: Draft, canary: Readiness): void {
  const harm = harmful(draft);
  if (harm !== null) return rollBack(draft, harm.gates, harm.reason);
  const refused = refusal(draft.spec.hooks, draft.status);
  if (refused !== null) return rollBack(draft, [], refused.reason);
  const tooMany = overdrawn(draft.status, draft.now);
  if (tooMany !== null) return rollBack(draft, [], tooMany);
  proceed(draft, canary);
}

/** A plan that is not live is looked after closely; one that is, now and then: a router may lose it. */
const UNLIVE_MS = 250;
const QUIET_MS = 5000;
/** Looks of a watch: everybody has the new revision, and a watch lasts longer than a release. */
const WATCH_MS = 1000;

function wakeAt({ status, spec, now, asksAgain }: Draft): number {
  if (asksAgain) return now;
  if (status.liveAt === null) return now + UNLIVE_MS;
  if (status.watch !== undefined) return now + WATCH_MS;
  const asking = spec.hooks.some((hook) => isDue(hook, status, now + LOOK_MS));
  return now + (isUnderway(status) || asking ? LOOK_MS : QUIET_MS);
}
