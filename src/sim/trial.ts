/**
 * One invented release from start to end: `due` and `decide` in a loop, on a clock that jumps, with no store and no
 * network. What the engine does between looks (apply the plan, look again) is done here in the same order.
 *
 * Looks may be far apart: how ticks are cut into measurements makes no difference to evidence, and evidence that has
 * reached its mark stays there. Whenever a wide look brings news, or evidence comes near a mark, it is taken back and
 * the time is gone through more finely, down to single ticks; `trial.test.ts` compares both ways.
 */
import type { Measurement } from "../analysis/measurement.ts";
import { decide, type Decided, type Observed } from "../rollout/decide.ts";
import { due } from "../rollout/due.ts";
import type { HookAnswer } from "../rollout/hook.ts";
import { initialStatus } from "../rollout/initial.ts";
import type { Outcome } from "../rollout/outcome.ts";
import type { Spec } from "../rollout/spec.ts";
import { isUnderway, type Status } from "../rollout/status.ts";
import type { TrafficPlan } from "../rollout/traffic.ts";
import { Traffic, type Truth } from "./traffic.ts";

/** What a release met and how it ended. Counts are of live traffic until the router had the last plan. */
export interface Trial {
  readonly outcome: Outcome | null;
  /** Of what a release that has not ended was waiting, if it was. */
  readonly waiting: "person" | "evidence" | null;
  /** When it ended, milliseconds after its start; null when it has not. */
  readonly tookMs: number | null;
  /** Step it was in, from 0, and the canary's weight, basis points. */
  readonly step: number;
  readonly weight: number;
  readonly guilty: readonly string[];
  readonly canary: Met;
  readonly stable: Met;
}

export interface Met {
  readonly requests: number;
  readonly failures: number;
}

const STARTED_AT = Date.UTC(2026, 0, 1);
const TICK_MS = 1000;
/** A router takes a plan within this, as the simulated world's does. */
const APPLY_MS = 20;
/** Looks in ticks, widest first. Each is a part of the one before. */
export const STRIDES: readonly number[] = [64, 8, 1];

/** Plays a release of `spec` for at most `horizonMs`. The same arguments give the same release. */
export function trial(spec: Spec, truth: Truth, seed: number, horizonMs: number, strides = STRIDES): Trial {
  const play = new Play(spec, truth, seed, horizonMs, strides);
  while (play.goesOn()) play.advance();
  return play.result();
}

/** Everything that changes while it is played. */
class Play {
  readonly #spec: Spec;
  readonly #traffic: Traffic;
  readonly #end: number;
  readonly #strides: readonly number[];
  readonly #plans: { readonly at: number; readonly plan: TrafficPlan }[] = [];
  #status: Status;
  #now = STARTED_AT;
  #guilty: readonly string[] = [];
  /** By stride: until when finer ones are taken. */
  readonly #finer: number[];

  constructor(spec: Spec, truth: Truth, seed: number, horizonMs: number, strides: readonly number[]) {
    this.#spec = spec;
    this.#traffic = new Traffic(truth, seed, STARTED_AT, (at) => this.#planAt(at));
    this.#end = STARTED_AT + horizonMs;
    this.#strides = strides;
    this.#finer = strides.map(() => 0);
    this.#status = initialStatus(spec, STARTED_AT, `seed-${seed}`);
    this.#take(this.#look(STARTED_AT), STARTED_AT);
  }

  /** Until the release has ended and its last plan is live, the time is up, or only a person could go on. */
  goesOn(): boolean {
    const over = !isUnderway(this.#status) && this.#status.liveAt !== null;
    return !over && this.#now < this.#end && waitingFor(this.#status) !== "person";
  }

  advance(): void {
    if (this.#status.liveAt === null) return this.#apply();
    for (const [level, stride] of this.#strides.entries()) {
      if (this.#now < this.#finer[level]) continue;
      const at = Math.min(this.#end, (Math.floor(this.#now / TICK_MS) + stride) * TICK_MS);
      const decided = this.#look(at);
      if (stride === 1 || !(isNews(decided) || nearMark(this.#spec, decided.status, stride)))
        return this.#take(decided, at);
      this.#finer[level] = at;
    }
  }

  result(): Trial {
    const { outcome, phase, startedAt, endedAt, step, plan } = this.#status;
    const met = this.#traffic.met(STARTED_AT, this.#now);
    return {
      outcome,
      waiting: phase === "paused" ? waitingFor(this.#status) : null,
      tookMs: endedAt === null ? null : endedAt - startedAt,
      step,
      weight: plan.canaryWeight,
      guilty: this.#guilty,
      ...met,
    };
  }

  #planAt(at: number): TrafficPlan | null {
    for (let i = this.#plans.length - 1; i >= 0; i--) if (this.#plans[i].at <= at) return this.#plans[i].plan;
    return null;
  }

  #look(at: number): Decided {
    const measurements: Record<string, Measurement> = {};
    const hooks: Record<string, HookAnswer> = {};
    let ready: Observed["canary"] = null;
    for (const one of due(this.#spec, this.#status, at)) {
      if (one.look === "gate") measurements[one.gate.name] = this.#traffic.measure(one.query, one.window);
      if (one.look === "hook") hooks[one.hook.name] = { said: one.hook.on === "rollback" ? "no" : "yes", reason: "" };
      if (one.look === "ready") ready = { ready: true };
    }
    const plan = this.#plans.at(-1)?.plan ?? null;
    return decide(this.#spec, this.#status, { now: at, plan, canary: ready, measurements, hooks, signals: [] });
  }

  #take({ status, events, decision }: Decided, at: number): void {
    this.#status = status;
    this.#now = at;
    if (decision === "rollback")
      for (const event of events) if (event.type === "rolledBack") this.#guilty = event.gates;
  }

  /** The router takes the plan, and the engine looks again at once. */
  #apply(): void {
    const at = this.#now + APPLY_MS;
    this.#plans.push({ at, plan: this.#status.plan });
    this.#traffic.forget(at);
    this.#take(this.#look(at), at);
  }
}

/** What a paused release waits for; evidence may come by itself, a person does not in a simulation. */
function waitingFor({ phase, pausedBy }: Status): Trial["waiting"] {
  if (phase !== "paused") return null;
  return pausedBy === "undecided" ? "evidence" : "person";
}

const isNews = ({ events, decision, status }: Decided): boolean =>
  events.length > 0 || decision !== "hold" || status.liveAt === null;

/** Evidence moves by about the square root of the time: what is this near to a mark may have reached it in between. */
const NEAR = 0.2;

function nearMark({ gates, promise }: Spec, { verdicts, logHarm }: Status, stride: number): boolean {
  const near = NEAR * Math.sqrt(stride);
  if (logHarm > -Math.log(promise.falseRollback) - near) return true;
  const mark = -Math.log(promise.falsePromotion) - near;
  return gates.some(({ name }) => verdicts[name]?.verdict === "inconclusive" && verdicts[name].logSafe > mark);
}
