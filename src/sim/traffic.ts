/**
 * Invented traffic with a known truth: what each second's requests would have come to under the plan that was live.
 * Every second has chance of its own, drawn from the seed and the second's number, so that looking twice, or at more,
 * changes nothing.
 */
import type { Amounts, Arm, Counts, Histogram, Measurement, Tick, Window } from "../analysis/measurement.ts";
import { gatewayValues, type Query } from "../analysis/metric.ts";
import { FULL_WEIGHT, type TrafficPlan } from "../rollout/traffic.ts";
import { binomial } from "../stats/random.ts";
import type { Differences } from "../stats/spread.ts";
import { amountsDrawn, averageDrawn, pairsDrawn, usualAmounts } from "./amounts.ts";
import { arrive, Chance, durations, outcomes, type Behaviour } from "./sampler.ts";
import { valueOf, type Met, type Stream } from "./stream.ts";

export type { Behaviour } from "./sampler.ts";

/** The truth about a moment, in seconds since the scene began. */
export interface Truth {
  /** Requests a second, both arms. */
  rate(second: number): number;
  stable(second: number): Behaviour;
  canary(second: number): Behaviour;
}

type Kind = "live" | "mirrored";

/** Apart, so that who only counts need not draw latencies, and whoever draws them changes no counts. */
const COUNTS = 1;
const LATENCY: Readonly<Record<Kind, Readonly<Record<Arm, number>>>> = {
  live: { stable: 2, canary: 3 },
  mirrored: { stable: 4, canary: 5 },
};

/** Amounts, by arm; pairs are of both. */
const AMOUNTS: Readonly<Record<Arm | "pairs", number>> = { pairs: 0, stable: 6, canary: 7 };

const nobodyMet = { stable: { requests: 0, failures: 0 }, canary: { requests: 0, failures: 0 } };
const nobody = { stable: { n: 0, bad: 0 }, canary: { n: 0, bad: 0 } };

type MeanQuery = Query & { readonly ask: "mean" };
type MeanTick = (Measurement & { readonly kind: "mean" })["ticks"][number];
type MeanSample = Readonly<Record<Arm, Amounts>> & { readonly pairs?: Differences };

/** What one second came to. */
class Second {
  readonly plan: number;
  readonly counts: Readonly<Record<Kind, Readonly<Record<Arm, Counts>>>>;
  readonly #seed: number;
  readonly #behaves: Readonly<Record<Arm, Behaviour>>;
  /** By part, drawn when they are asked for. */
  #histograms: (Histogram | undefined)[] | null = null;

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
    if (plan.canary === null || mirrorWeight === 0) {
      this.counts = { live, mirrored: nobody };
      return;
    }
    const copied = binomial(chance.random, usual, mirrorWeight / FULL_WEIGHT);
    this.counts = {
      live,
      mirrored: { stable: outcomes(chance, copied, stable), canary: outcomes(chance, copied, canary) },
    };
  }

  /** How much each of them was; copies are what there is while nobody meets the canary. */
  amounts(query: MeanQuery): MeanSample {
    const { live, mirrored } = this.counts;
    const [stable, canary] = [this.#amounting("stable"), this.#amounting("canary")];
    if (query.pairs)
      return pairsDrawn(new Chance(this.#seed + AMOUNTS.pairs).words, mirrored.stable.n, [stable, canary], query);
    const counts = live.canary.n === 0 && mirrored.canary.n > 0 ? mirrored : live;
    const of = (arm: Arm, law: typeof stable) =>
      amountsDrawn(new Chance(this.#seed + AMOUNTS[arm]).words, counts[arm].n, law, query);
    return { stable: of("stable", stable), canary: of("canary", canary) };
  }

  /** What somebody's own metric would be on average over `n` requests from here on; undefined where nobody said. */
  average(arm: Arm, n: number): number | undefined {
    const { amounts } = this.#behaves[arm];
    if (amounts === undefined || amounts.mean === null || n === 0) return undefined;
    return averageDrawn(new Chance(this.#seed + AMOUNTS[arm]).random, n, { ...amounts, mean: amounts.mean });
  }

  #amounting = (arm: Arm) => this.#behaves[arm].amounts ?? usualAmounts;

  histogram(kind: Kind, arm: Arm): Histogram {
    const part = LATENCY[kind][arm];
    const drawn = (this.#histograms ??= []);
    return (drawn[part] ??= durations(new Chance(this.#seed + part), this.counts[kind][arm].n, this.#behaves[arm]));
  }
}

const isOfGateway = (value: string): boolean => (gatewayValues as readonly string[]).includes(value);
const total = (counts: readonly Counts[]): number => counts.reduce((sum, { n }) => sum + n, 0);

/** Seeds of one second; the next second's begin after them. */
const PARTS = 8;

export class Traffic implements Stream {
  readonly #truth: Truth;
  readonly #seed: number;
  readonly #planAt: (at: number) => TrafficPlan | null;
  /** By second since the start. */
  readonly #known: (Second | null | undefined)[] = [];
  /** Seconds since the epoch: the start, and before which all have been taken. */
  readonly #first: number;
  #takenTo: number;
  #met: Readonly<Record<Arm, Met>> = nobodyMet;

  /** `planAt` says which plan was live at a moment. */
  constructor(truth: Truth, seed: number, startedAt: number, planAt: (at: number) => TrafficPlan | null) {
    this.#truth = truth;
    this.#seed = seed;
    this.#first = Math.floor(startedAt / 1000);
    this.#takenTo = this.#first;
    this.#planAt = planAt;
  }

  /** What a perfect recorder would say of the whole seconds of the window. */
  measure(query: Query, { from, to }: Window): Measurement {
    const [first, end] = [Math.floor(from / 1000), Math.floor(to / 1000)];
    const window = { from: first * 1000, to: Math.max(first, end) * 1000 };
    if (query.ask === "value") return this.#value(query, this.#seconds(first, end), window);
    if (query.ask === "mean") return this.#amounts(query, first, end, window);
    const { ask, traffic } = query;
    const ticks =
      ask === "counts"
        ? this.#ticks(first, end, traffic, (second, arm) => second.counts[traffic][arm])
        : this.#ticks(first, end, traffic, (second, arm) => second.histogram(traffic, arm));
    if (ticks.length === 0) return { kind: "noData", window, reason: "there were no requests" };
    return { kind: ask, window, ticks } as Measurement;
  }

  met(from: number, to: number): Readonly<Record<Arm, Met>> {
    const [first, end] = [Math.floor(from / 1000), Math.floor(to / 1000)];
    if (first > this.#first || end < this.#takenTo) return this.#metIn(nobodyMet, first, end);
    return this.#metIn(this.#met, this.#takenTo, end);
  }

  /** Of seconds in [first, end), on top of what was met before. */
  #metIn(before: Readonly<Record<Arm, Met>>, first: number, end: number): Readonly<Record<Arm, Met>> {
    const met = { stable: { ...before.stable }, canary: { ...before.canary } };
    for (let at = first; at < end; at++) {
      const live = this.#second(at)?.counts.live;
      if (live === undefined) continue;
      met.stable.requests += live.stable.n;
      met.stable.failures += live.stable.bad;
      met.canary.requests += live.canary.n;
      met.canary.failures += live.canary.bad;
    }
    return met;
  }

  /** Seconds that have been taken are added up and let go; they are invented again, the same, if anybody asks. */
  taken(before: number): void {
    const end = Math.floor(before / 1000);
    if (end <= this.#takenTo) return;
    this.#met = this.#metIn(this.#met, this.#takenTo, end);
    this.#known.fill(undefined, this.#takenTo - this.#first, end - this.#first);
    this.#takenTo = end;
  }

  forget(from: number): void {
    const kept = Math.max(0, Math.ceil(from / 1000) - this.#first);
    if (kept < this.#known.length) this.#known.length = kept;
  }

  #value(query: Query & { readonly ask: "value" }, seconds: readonly Second[], window: Window): Measurement {
    const { arm } = query;
    const counts = seconds.map((second) => second.counts.live[arm]);
    const average = isOfGateway(query.value) ? undefined : seconds[0]?.average(arm, total(counts));
    if (average !== undefined) return { kind: "value", window, value: average };
    return valueOf(query, { counts, done: () => seconds.map((second) => second.histogram("live", arm).done) }, window);
  }

  #amounts(query: MeanQuery, first: number, end: number, window: Window): Measurement {
    const ticks: MeanTick[] = [];
    for (let at = first; at < end; at++) {
      const second = this.#second(at);
      if (second === null) continue;
      const drawn = second.amounts(query);
      if (drawn.stable.spread.length + drawn.canary.spread.length === 0) continue;
      ticks.push({ at: at * 1000, plan: second.plan, ...drawn });
    }
    if (ticks.length === 0) return { kind: "noData", window, reason: "there were no requests" };
    return { kind: "mean", window, ticks, floor: query.floor, cap: query.cap, each: "value" };
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
    const since = at - this.#first;
    if (since < 0) return null;
    while (this.#known.length < since) this.#known.push(undefined);
    return (this.#known[since] ??= this.#invent(at, since));
  }

  #invent(at: number, since: number): Second | null {
    const plan = this.#planAt(at * 1000);
    if (plan === null) return null;
    const truth = this.#truth;
    const seed = (this.#seed * 1_000_003 + since) * PARTS;
    return new Second(seed, plan, truth.rate(since), truth.stable(since), truth.canary(since));
  }
}
