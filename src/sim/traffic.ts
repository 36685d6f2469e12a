/**
 * Invented traffic with a known truth: what each second's requests would have come to under the plan that was live.
 * Every second has chance of its own, drawn from the seed and the second's number, so that looking twice, or at more,
 * changes nothing.
 */
import type { Counts, Histogram, Measurement, Tick, Window } from "../analysis/measurement.ts";
import type { GatewayValue, Query } from "../analysis/metric.ts";
import { SerinError } from "../errors.ts";
import { FULL_WEIGHT, type TrafficPlan } from "../rollout/traffic.ts";
import { addSparse, quantile } from "../stats/histogram.ts";
import { binomial } from "../stats/random.ts";
import { arrive, Chance, durations, outcomes, type Behaviour } from "./sampler.ts";

export type { Behaviour } from "./sampler.ts";

/** The truth about a moment, in seconds since the scene began. */
export interface Truth {
  /** Requests a second, both arms. */
  rate(second: number): number;
  stable(second: number): Behaviour;
  canary(second: number): Behaviour;
}

type Arm = "stable" | "canary";
type Kind = "live" | "mirrored";

/** Apart, so that who only counts need not draw latencies, and whoever draws them changes no counts. */
const COUNTS = 1;
const LATENCY: Readonly<Record<Kind, Readonly<Record<Arm, number>>>> = {
  live: { stable: 2, canary: 3 },
  mirrored: { stable: 4, canary: 5 },
};

/** What one second came to. */
class Second {
  readonly plan: number;
  readonly counts: Readonly<Record<Kind, Readonly<Record<Arm, Counts>>>>;
  readonly #seed: number;
  readonly #behaves: Readonly<Record<Arm, Behaviour>>;
  readonly #histograms = new Map<number, Histogram>();

  constructor(seed: number, plan: TrafficPlan, rate: number, stable: Behaviour, canary: Behaviour) {
    const { version, canaryWeight, mirrorWeight } = plan;
    const weight = plan.canary === null ? 0 : canaryWeight / FULL_WEIGHT;
    const chance = new Chance(seed + COUNTS);
    this.#seed = seed;
    this.#behaves = { stable, canary };
    this.plan = version;
    // a Poisson stream that is split by chance is two of them
    const [usual, tried] = [arrive(chance, rate * (1 - weight)), arrive(chance, rate * weight)];
    const live = { stable: outcomes(chance, usual, stable), canary: outcomes(chance, tried, canary) };
    const copied = plan.canary === null ? 0 : binomial(chance.random, usual, mirrorWeight / FULL_WEIGHT);
    const mirrored = { stable: outcomes(chance, copied, stable), canary: outcomes(chance, copied, canary) };
    this.counts = { live, mirrored };
  }

  histogram(kind: Kind, arm: Arm): Histogram {
    const part = LATENCY[kind][arm];
    let histogram = this.#histograms.get(part);
    if (histogram === undefined) {
      histogram = durations(new Chance(this.#seed + part), this.counts[kind][arm].n, this.#behaves[arm]);
      this.#histograms.set(part, histogram);
    }
    return histogram;
  }
}

/** Seeds of one second; the next second's begin after them. */
const PARTS = 8;

export class Traffic {
  readonly #truth: Truth;
  readonly #seed: number;
  readonly #startedAt: number;
  readonly #planAt: (at: number) => TrafficPlan | null;
  readonly #known = new Map<number, Second | null>();

  /** `planAt` says which plan was live at a moment. */
  constructor(truth: Truth, seed: number, startedAt: number, planAt: (at: number) => TrafficPlan | null) {
    this.#truth = truth;
    this.#seed = seed;
    this.#startedAt = startedAt;
    this.#planAt = planAt;
  }

  /** What a perfect recorder would say of the whole seconds of the window. */
  measure(query: Query, { from, to }: Window): Measurement {
    const [first, end] = [Math.floor(from / 1000), Math.floor(to / 1000)];
    const window = { from: first * 1000, to: Math.max(first, end) * 1000 };
    if (query.ask === "value") return valueOf(query, this.#seconds(first, end), window);
    const { ask, traffic } = query;
    const ticks =
      ask === "counts"
        ? this.#ticks(first, end, traffic, (second, arm) => second.counts[traffic][arm])
        : this.#ticks(first, end, traffic, (second, arm) => second.histogram(traffic, arm));
    if (ticks.length === 0) return { kind: "noData", window, reason: "there were no requests" };
    return { kind: ask, window, ticks } as Measurement;
  }

  /** Live requests of whole seconds in [from, to), epoch milliseconds. */
  met(from: number, to: number): Readonly<Record<Arm, { readonly requests: number; readonly failures: number }>> {
    const seconds = this.#seconds(Math.floor(from / 1000), Math.floor(to / 1000));
    const of = (arm: Arm) => ({
      requests: seconds.reduce((sum, { counts }) => sum + counts.live[arm].n, 0),
      failures: seconds.reduce((sum, { counts }) => sum + counts.live[arm].bad, 0),
    });
    return { stable: of("stable"), canary: of("canary") };
  }

  /** What was said of the time from a moment on was said too early: another plan is live. */
  forget(from: number): void {
    for (const at of this.#known.keys()) if (at * 1000 >= from) this.#known.delete(at);
  }

  /** Seconds in which anything came. */
  #ticks<S>(first: number, end: number, kind: Kind, read: (second: Second, arm: Arm) => S): Tick<S>[] {
    const ticks: Tick<S>[] = [];
    for (let at = first; at < end; at++) {
      const second = this.#second(at);
      if (second === null) continue;
      const { stable, canary } = second.counts[kind];
      if (stable.n + canary.n === 0) continue;
      ticks.push({ at: at * 1000, plan: second.plan, stable: read(second, "stable"), canary: read(second, "canary") });
    }
    return ticks;
  }

  /** Seconds since the epoch, [first, end). */
  #seconds(first: number, end: number): Second[] {
    return Array.from({ length: Math.max(0, end - first) }, (_, i) => this.#second(first + i)).filter(
      (second) => second !== null,
    );
  }

  #second(at: number): Second | null {
    let second = this.#known.get(at);
    if (second === undefined) this.#known.set(at, (second = this.#invent(at)));
    return second;
  }

  #invent(at: number): Second | null {
    const plan = this.#planAt(at * 1000);
    if (plan === null) return null;
    const since = at - Math.floor(this.#startedAt / 1000);
    const truth = this.#truth;
    const seed = (this.#seed * 1_000_003 + since) * PARTS;
    return new Second(seed, plan, truth.rate(since), truth.stable(since), truth.canary(since));
  }
}

const quantiles: Partial<Record<string, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 };

function valueOf(
  { value, arm }: Query & { readonly ask: "value" },
  seconds: readonly Second[],
  window: Window,
): Measurement {
  const sides = seconds.map(({ counts }) => counts.live[arm]);
  const n = sides.reduce((sum, side) => sum + side.n, 0);
  const bad = sides.reduce((sum, side) => sum + side.bad, 0);
  const is = (number: number): Measurement => ({ kind: "value", window, value: number });
  const name = value as GatewayValue;
  if (name === "requestRate") return is((n * 1000) / Math.max(1, window.to - window.from));
  if (n === 0) return { kind: "noData", window, reason: `${arm} had no requests` };
  if (name === "failureRate") return is(bad / n);
  if (name === "successRate") return is((n - bad) / n);
  const q = quantiles[name];
  if (q === undefined) throw new SerinError("USAGE", `there is no value named ${value}`);
  const all = seconds.map((second) => second.histogram("live", arm).done).reduce((a, b) => addSparse(a, b), []);
  return is((quantile(all, q) ?? 0) / 1000);
}
