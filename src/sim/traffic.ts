/**
 * Invented traffic with a known truth: what each second's requests would have come to under the plan that was live.
 * Every second has chance of its own, drawn from the seed and the second's number, so that looking twice, or at more,
 * changes nothing.
 */
import type { Counts, Histogram, Measurement, Tick, Window } from "../analysis/measurement.ts";
import type { GatewayValue, Query } from "../analysis/metric.ts";
import { SerinError } from "../errors.ts";
import { FULL_WEIGHT, type TrafficPlan } from "../rollout/traffic.ts";
import { addSparse, bucketOf, quantile } from "../stats/histogram.ts";
import { binomial, normal, poisson, seeded, type Random } from "../stats/random.ts";

/** How an arm behaves: share of requests that fail, median latency, and the spread of its logarithm. */
export interface Behaviour {
  readonly failures: number;
  readonly medianMs: number;
  readonly sigma: number;
}

/** The truth about a moment, in seconds since the scene began. */
export interface Truth {
  /** Requests a second, both arms. */
  rate(second: number): number;
  stable(second: number): Behaviour;
  canary(second: number): Behaviour;
}

interface Side {
  readonly counts: Counts;
  readonly histogram: Histogram;
}

interface Second {
  readonly plan: number;
  readonly live: { readonly stable: Side; readonly canary: Side };
  readonly mirrored: { readonly stable: Side; readonly canary: Side };
}

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
    const seconds = Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
    const found = seconds.flatMap((at) => {
      const second = this.#second(at);
      return second === null ? [] : [{ at: at * 1000, second }];
    });
    if (query.ask === "value")
      return valueOf(
        query,
        found.map(({ second }) => second.live[query.arm]),
        window,
      );
    const ticks = found.flatMap(({ at, second }) => {
      const { stable, canary } = query.traffic === "live" ? second.live : second.mirrored;
      return stable.counts.n + canary.counts.n === 0 ? [] : [{ at, plan: second.plan, stable, canary }];
    });
    if (ticks.length === 0) return { kind: "noData", window, reason: "there were no requests" };
    return query.ask === "counts"
      ? { kind: "counts", window, ticks: ticks.map((tick) => only(tick, "counts")) }
      : { kind: "histogram", window, ticks: ticks.map((tick) => only(tick, "histogram")) };
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
    const random = seeded(this.#seed * 1_000_003 + since);
    const requests = poisson(random, this.#truth.rate(since));
    const [stable, canary] = [this.#truth.stable(since), this.#truth.canary(since)];
    const toCanary = plan.canary === null ? 0 : binomial(random, requests, plan.canaryWeight / FULL_WEIGHT);
    const copied = plan.canary === null ? 0 : binomial(random, requests - toCanary, plan.mirrorWeight / FULL_WEIGHT);
    const live = { stable: serve(random, requests - toCanary, stable), canary: serve(random, toCanary, canary) };
    const mirrored = { stable: serve(random, copied, stable), canary: serve(random, copied, canary) };
    return { plan: plan.version, live, mirrored };
  }
}

function only<K extends keyof Side>(tick: Tick<Side>, key: K): Tick<Side[K]> {
  return { at: tick.at, plan: tick.plan, stable: tick.stable[key], canary: tick.canary[key] };
}

function serve(random: Random, n: number, { failures, medianMs, sigma }: Behaviour): Side {
  const buckets = new Map<number, number>();
  for (let i = 0; i < n; i++) {
    const bucket = bucketOf(medianMs * 1000 * Math.exp(sigma * normal(random)));
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }
  const done = [...buckets].toSorted(([a], [b]) => a - b);
  return { counts: { n, bad: binomial(random, n, failures) }, histogram: { done, carried: [] } };
}

const quantiles: Partial<Record<string, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 };

function valueOf(
  { value, arm }: Query & { readonly ask: "value" },
  sides: readonly Side[],
  window: Window,
): Measurement {
  const n = sides.reduce((sum, { counts }) => sum + counts.n, 0);
  const bad = sides.reduce((sum, { counts }) => sum + counts.bad, 0);
  const is = (number: number): Measurement => ({ kind: "value", window, value: number });
  const name = value as GatewayValue;
  if (name === "requestRate") return is((n * 1000) / Math.max(1, window.to - window.from));
  if (n === 0) return { kind: "noData", window, reason: `${arm} had no requests` };
  if (name === "failureRate") return is(bad / n);
  if (name === "successRate") return is((n - bad) / n);
  const q = quantiles[name];
  if (q === undefined) throw new SerinError("USAGE", `there is no value named ${value}`);
  const all = sides.map(({ histogram }) => histogram.done).reduce((a, b) => addSparse(a, b), []);
  return is((quantile(all, q) ?? 0) / 1000);
}
