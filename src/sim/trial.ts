/**
 * One invented release from start to end: `due` and `decide` in a loop, on a clock that jumps, with no store and no
 * network. What the engine does between looks (apply the plan, look again) is done here in the same order.
 *
 * Looks may be far apart: how ticks are cut into measurements makes no difference to evidence, and evidence that has
 * reached its mark stays there. Whenever a wide look brings news, or evidence comes near a mark, it is taken back and
 * the time is gone through more finely, down to single ticks; `trial.test.ts` compares both ways. What is
 * left is that evidence for safety may reach its mark and fall far below it within a minute: such a stage may end a
 * little late.
 */
import type { Measurement } from "../analysis/measurement.ts";
import { alarms, fold, type Evidence } from "../analysis/evidence.ts";
import { logMeanSafety } from "../analysis/mean.ts";
import type { Gate } from "../analysis/metric.ts";
import { questionsOf, valuesOf } from "../analysis/values.ts";
import { decide, type Decided, type Observed } from "../rollout/decide.ts";
import { circumstances } from "../rollout/draft.ts";
import { due, everyOf, type Due } from "../rollout/due.ts";
import type { HookAnswer } from "../rollout/hook.ts";
import { initialStatus } from "../rollout/initial.ts";
import type { Outcome } from "../rollout/outcome.ts";
import type { Spec } from "../rollout/spec.ts";
import { isUnderway, type Status } from "../rollout/status.ts";
import { plannedMs } from "../rollout/steps/index.ts";
import type { TrafficPlan } from "../rollout/traffic.ts";
import { logSafetyEvidence } from "../stats/safety.ts";
import type { Met, Stream } from "./stream.ts";
import { Traffic, type Truth } from "./traffic.ts";

/** What a release met and how it ended. Counts are of live traffic until the router had the last plan. */
export interface Trial {
  readonly outcome: Outcome | null;
  /** Of what a release that has not ended was waiting, if it was. */
  readonly waiting: "person" | "evidence" | null;
  /** When it ended, milliseconds after its start; null when it has not. */
  readonly tookMs: number | null;
  /** Step it was in, from 0, and the canary's weight, basis points; of a rollback the weight that it was taken back from. */
  readonly step: number;
  readonly weight: number;
  readonly guilty: readonly string[];
  readonly canary: Met;
  readonly stable: Met;
}

const STARTED_AT = Date.UTC(2026, 0, 1);
const TICK_MS = 1000;
/** A router takes a plan within this, as the simulated world's does. */
const APPLY_MS = 20;
/** Looks in ticks, widest first. Each is a part of the one before. */
export const STRIDES: readonly number[] = [64, 8, 1];

/** Plays a release of `spec` for at most `horizonMs` in invented traffic. The same arguments give the same release. */
export function trial(spec: Spec, truth: Truth, seed: number, horizonMs: number, strides = STRIDES): Trial {
  const stage = { from: STARTED_AT, to: STARTED_AT + horizonMs, strides };
  return playOn(spec, stage, (planAt) => new Traffic(truth, seed, STARTED_AT, planAt));
}

/** When it is played, epoch milliseconds, and how wide looks may be. */
export interface Stage {
  readonly from: number;
  readonly to: number;
  readonly strides: readonly number[];
}

/** Plays a release in whatever traffic. `streamOf` is told how to learn which plan was live at a moment. */
export function playOn(
  spec: Spec,
  stage: Stage,
  streamOf: (planAt: (at: number) => TrafficPlan | null) => Stream,
): Trial {
  const play = new Play(spec, stage, streamOf);
  while (play.goesOn()) play.advance();
  return play.result();
}

/** Everything that changes while it is played. */
class Play {
  readonly #spec: Spec;
  readonly #traffic: Stream;
  readonly #from: number;
  readonly #end: number;
  readonly #strides: readonly number[];
  readonly #alarms: Readonly<Record<string, number>>;
  readonly #plans: { readonly at: number; readonly plan: TrafficPlan }[] = [];
  #status: Status;
  #now: number;
  #taken: { readonly guilty: readonly string[]; readonly weight: number } | null = null;
  /** By stride: until when finer ones are taken. */
  readonly #finer: number[];

  constructor(
    spec: Spec,
    { from, to, strides }: Stage,
    streamOf: (planAt: (at: number) => TrafficPlan | null) => Stream,
  ) {
    this.#spec = spec;
    this.#traffic = streamOf((at) => this.#planAt(at));
    [this.#from, this.#now, this.#end] = [from, from, to];
    this.#strides = strides;
    this.#alarms = alarms(spec.gates, spec.promise);
    this.#finer = strides.map(() => 0);
    this.#status = initialStatus(spec, from, spec.name);
    this.#take(this.#look(from), from);
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
      const tick = Math.floor(this.#now / TICK_MS) * TICK_MS;
      const at = Math.min(this.#end, this.#nextCheck(), this.#nextDeadline(), tick + stride * TICK_MS);
      if (this.#goTo(at)) return;
      this.#finer[level] = at;
    }
  }

  /** Goes on to `at`, or to the tick before something happens; false when that is not known without a closer look. */
  #goTo(at: number): boolean {
    const decided = this.#look(at);
    if (at - this.#now <= TICK_MS) return this.#take(decided, at);
    const shown = this.#shownBefore(decided, at);
    if (shown === null && !isNews(decided) && !this.#nearHarm(decided, at)) return this.#take(decided, at);
    const before = (shown ?? at) - TICK_MS;
    if (before <= this.#now) return false;
    const quiet = this.#look(before);
    return !isNews(quiet) && !this.#nearHarm(quiet, before) && this.#take(quiet, before);
  }

  /** Whether harm of all gates together may have reached the mark on the way to `at` and gone back. One gate's own stays. */
  #nearHarm({ status }: Decided, at: number): boolean {
    return status.logHarm > -Math.log(this.#spec.promise.falseRollback) - this.#near(at);
  }

  #near = (at: number) => NEAR * Math.sqrt((at - this.#now) / TICK_MS);

  /** When the first of the gates that come close to it shows safety on the way to `at`; null when none does. */
  #shownBefore({ status: { verdicts } }: Decided, at: number): number | null {
    const mark = -Math.log(this.#spec.promise.falsePromotion) - this.#near(at);
    const before = this.#status.verdicts;
    const close = this.#spec.gates.filter(({ name }) => {
      const open = verdicts[name] !== undefined && before[name]?.verdict !== "pass";
      return open && verdicts[name].logSafe > mark;
    });
    return close.length === 0 ? null : this.#shownBy(at, new Set(close.map(({ name }) => name)));
  }

  /** When the first of these gates shows safety on the way to `at`; null when none does. */
  #shownBy(at: number, gates: ReadonlySet<string>): number | null {
    let first: number | null = null;
    for (const one of due(this.#spec, this.#status, at)) {
      if (one.look !== "gate" || !gates.has(one.gate.name)) continue;
      const measured = this.#measure(one);
      const shown = shownAt(one.gate, this.#status, this.#spec.promise, this.#alarms[one.gate.name], measured);
      if (shown !== null && (first === null || shown < first)) first = shown;
    }
    return first;
  }

  /** Fixed limits are checked at every interval: that is not to be looked past. */
  #nextCheck(): number {
    const { measuredTo } = this.#status;
    return this.#spec.gates.reduce((next, gate) => {
      const from = measuredTo[gate.name];
      const every = everyOf(gate);
      return every === null || from === undefined ? next : Math.min(next, from + every);
    }, Infinity);
  }

  /** Nor is a moment at which a step may end. */
  #nextDeadline(): number {
    const { step, steps, enteredAt, begun } = this.#status;
    const current = begun ? steps[step] : undefined;
    const spans =
      current === undefined
        ? []
        : "analyze" in current
          ? [current.analyze.atLeastMs, current.analyze.forMs]
          : [plannedMs([current])];
    const moments = spans.map((ms) => Math.ceil((enteredAt + ms) / TICK_MS) * TICK_MS);
    return Math.min(...moments.filter((moment) => moment > this.#now), Infinity);
  }

  result(): Trial {
    const { outcome, phase, startedAt, endedAt, step, plan } = this.#status;
    const met = this.#traffic.met(this.#from, this.#now);
    return {
      outcome,
      waiting: phase === "paused" ? waitingFor(this.#status) : null,
      tookMs: endedAt === null ? null : endedAt - startedAt,
      step,
      weight: this.#taken?.weight ?? plan.canaryWeight,
      guilty: this.#taken?.guilty ?? [],
      ...met,
    };
  }

  #planAt(at: number): TrafficPlan | null {
    for (let i = this.#plans.length - 1; i >= 0; i--) if (this.#plans[i].at <= at) return this.#plans[i].plan;
    return null;
  }

  #measure({ gate, query, window }: Due & { readonly look: "gate" }): Measurement {
    if (query.ask !== "values") return this.#traffic.measure(query, window, gate.name);
    const answers = questionsOf(query).map((one) => this.#traffic.measure(one.query, window, gate.name));
    return valuesOf(query, answers, window);
  }

  #look(at: number): Decided {
    const measurements: Record<string, Measurement> = {};
    const hooks: Record<string, HookAnswer> = {};
    let ready: Observed["canary"] = null;
    for (const one of due(this.#spec, this.#status, at)) {
      if (one.look === "gate") measurements[one.gate.name] = this.#measure(one);
      if (one.look === "hook") hooks[one.hook.name] = { said: one.hook.on === "rollback" ? "no" : "yes", reason: "" };
      if (one.look === "ready") ready = { ready: true };
    }
    const plan = this.#plans.at(-1)?.plan ?? null;
    return decide(this.#spec, this.#status, { now: at, plan, canary: ready, measurements, hooks, signals: [] });
  }

  #take({ status, events, decision }: Decided, at: number): true {
    this.#status = status;
    this.#now = at;
    this.#traffic.taken(at);
    if (decision === "rollback")
      for (const event of events)
        if (event.type === "rolledBack") this.#taken = { guilty: event.gates, weight: event.weight };
    return true;
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
const NEAR = 0.5;

/** Ticks that are gone through at once as long as their evidence stays a good way below its mark. */
const PIECE = 8;

/** ln of a gate's evidence for safety. */
function logSafe(evidence: Evidence): number {
  if (evidence.kind === "mean") return logMeanSafety(evidence);
  return evidence.kind === "failures" || evidence.kind === "latency" ? logSafetyEvidence(evidence.safe) : 0;
}

/** When a gate's evidence for safety reaches its mark, if it does: piece by piece, and tick by tick where it comes close. */
function shownAt(gate: Gate, status: Status, promise: Spec["promise"], alarm: number, measured: Measurement) {
  if (!("ticks" in measured)) return null;
  const where = circumstances({ status }, plannedMs(status.steps));
  const mark = -Math.log(promise.falsePromotion);
  const after = (evidence: Evidence, from: number, to: number) => {
    const ticks = measured.ticks.slice(from, to);
    const window = { from: ticks[0].at, to: ticks[ticks.length - 1].at + TICK_MS };
    return fold(gate, evidence, { ...measured, window, ticks } as Measurement, where, alarm);
  };
  let evidence = status.evidence[gate.name];
  for (let at = 0; at < measured.ticks.length; at += PIECE) {
    const next = after(evidence, at, at + PIECE);
    if (logSafe(next) > mark - NEAR * Math.sqrt(PIECE)) {
      for (let i = at; i < Math.min(at + PIECE, measured.ticks.length); i++) {
        evidence = after(evidence, i, i + 1);
        if (logSafe(evidence) >= mark) return measured.ticks[i].at + TICK_MS;
      }
    }
    evidence = next;
  }
  return null;
}
