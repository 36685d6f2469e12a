/**
 * An invented world behind every port: a router that may be slow or away, sources that may fail, a canary that may not
 * come up, people and hooks that say what the scene says. The engine in it is the engine that serves people.
 */
import type { Measurement, Window } from "../analysis/measurement.ts";
import type { Query } from "../analysis/metric.ts";
import type { Ports } from "../engine/observe.ts";
import type { Router } from "../engine/ports.ts";
import { SerinError } from "../errors.ts";
import type { Hook, HookAnswer } from "../rollout/hook.ts";
import { samePlan, type TrafficPlan } from "../rollout/traffic.ts";
import type { Arm } from "../analysis/measurement.ts";
import type { VirtualClock } from "./clock.ts";
import { Traffic, type Truth } from "./traffic.ts";

/** A span of seconds since the scene began, [from, to). */
export type Span = readonly [from: number, to: number];

/** What goes wrong, and when. */
export interface Trouble {
  /** The router can be neither told nor asked. */
  readonly router?: Span;
  /** Sources can not be asked. */
  readonly sources?: Span;
  /** An arm does not take traffic. */
  readonly stable?: Span;
  readonly canary?: Span;
  /** What was stable before the last promotion. */
  readonly previous?: Span;
  /** What each hook answers from a moment on; the last entry that has begun counts. Yes unless said. */
  readonly hooks?: Readonly<Record<string, readonly (readonly [from: number, answer: HookAnswer])[]>>;
}

type AnyArm = Arm | "previous";
export type ArmState = "well" | "unwell" | "absent";

const SLOW_MS = 20;

export class World implements Ports {
  readonly router: Router;
  readonly workload: Ports["workload"];
  readonly #clock: VirtualClock;
  readonly #trouble: Trouble;
  readonly #startedAt: number;
  readonly #traffic: Traffic;
  readonly #states = new Map<AnyArm, ArmState>();
  /** Every plan that was ever live, oldest first. */
  readonly plans: { readonly at: number; readonly plan: TrafficPlan }[] = [];

  constructor(clock: VirtualClock, truth: Truth, seed: number, trouble: Trouble = {}) {
    this.#clock = clock;
    this.#trouble = trouble;
    this.#startedAt = clock.now();
    this.#traffic = new Traffic(truth, seed, clock.now(), (at) => this.planAt(at));
    this.router = { apply: (plan) => this.#apply(plan), read: () => this.#read() };
    this.workload = { ready: (arm) => this.#ready(arm) };
  }

  /** The plan that was live at a moment; null before the first. */
  planAt(at: number): TrafficPlan | null {
    return this.plans.findLast((live) => live.at <= at)?.plan ?? null;
  }

  source() {
    return { measure: (query: Query, window: Window, signal: AbortSignal) => this.#measure(query, window, signal) };
  }

  async ask({ name }: Hook): Promise<HookAnswer> {
    const said = this.#trouble.hooks?.[name]?.findLast(([from]) => this.#second() >= from);
    const answer = said?.[1] ?? { said: "yes", reason: "" };
    if (answer.said === "error") throw new SerinError("SOURCE_FAILED", answer.reason);
    return answer;
  }

  async #measure(query: Query, window: Window, signal: AbortSignal): Promise<Measurement> {
    signal.throwIfAborted();
    if (this.#during("sources")) throw new SerinError("SOURCE_FAILED", "the scene has the sources away");
    return this.#traffic.measure(query, window);
  }

  /** Takes a moment, as the real one does. The newest plan wins, whichever comes last. */
  async #apply(plan: TrafficPlan): Promise<void> {
    this.#reach();
    this.#refuseOlder(plan);
    await new Promise<void>((resolve) => this.#clock.wakeAt(this.#clock.now() + SLOW_MS, resolve));
    if (plan.version > (this.#live?.version ?? -1)) this.plans.push({ at: this.#clock.now(), plan });
  }

  #refuseOlder(plan: TrafficPlan): void {
    const live = this.#live;
    if (live === null || plan.version > live.version || samePlan(plan, live)) return;
    throw new SerinError("CONFLICT", `plan ${live.version} is live, and plan ${plan.version} is not newer`);
  }

  get #live(): TrafficPlan | null {
    return this.plans.at(-1)?.plan ?? null;
  }

  async #read(): Promise<TrafficPlan | null> {
    this.#reach();
    return this.#live;
  }

  #reach(): void {
    if (this.#during("router")) throw new SerinError("GATEWAY_UNREACHABLE", "the scene has the router away");
  }

  /** From here on, whatever the scene says. */
  become(arm: AnyArm, state: ArmState): void {
    this.#states.set(arm, state);
  }

  async #ready(arm: AnyArm): Promise<{ ready: boolean; reason?: string }> {
    const state = this.#states.get(arm) ?? (this.#during(arm) ? "unwell" : "well");
    if (state === "absent") return { ready: false, reason: `there is no ${arm}` };
    return state === "well" ? { ready: true } : { ready: false, reason: `the ${arm} does not answer its health check` };
  }

  #second(): number {
    return (this.#clock.now() - this.#startedAt) / 1000;
  }

  #during(what: "router" | "sources" | AnyArm): boolean {
    const span = this.#trouble[what];
    return span !== undefined && this.#second() >= span[0] && this.#second() < span[1];
  }
}
