/** The stream of time that was recorded: both arms as they were counted, or one that is split. */
import type { Arm, Counts, Histogram, Measurement, Tick, Window } from "../../analysis/measurement.ts";
import type { Query } from "../../analysis/metric.ts";
import { FULL_WEIGHT, type TrafficPlan } from "../../rollout/traffic.ts";
import { valueOf, type Met, type Stream } from "../stream.ts";
import { ticksOf, within, type Series } from "./series.ts";
import { chanceOf, splitCounts, splitHistogram } from "./split.ts";

export class Recorded implements Stream {
  readonly #series: Series;
  readonly #seed: number;
  readonly #planAt: (at: number) => TrafficPlan | null;

  /** `seed` splits a series of one arm. */
  constructor(series: Series, seed: number, planAt: (at: number) => TrafficPlan | null) {
    this.#series = series;
    this.#seed = seed;
    this.#planAt = planAt;
  }

  measure(query: Query, window: Window, gate: string): Measurement {
    if (query.ask === "value") return this.#value(query, window, gate);
    if (query.ask === "mean") return this.#amounts(query, window, gate);
    const ticks = query.ask === "counts" ? this.#counts(gate, window) : this.#histograms(gate, window);
    if (ticks === null) return { kind: "noData", window, reason: `nothing was recorded that ${gate} could use` };
    if (ticks.length === 0) return { kind: "noData", window, reason: "there were no requests" };
    return { kind: query.ask, window, ticks } as Measurement;
  }

  met(from: number, to: number): Readonly<Record<Arm, Met>> {
    const ticks = this.#counts("", { from, to }) ?? [];
    const of = (arm: Arm) => ({
      requests: ticks.reduce((sum, tick) => sum + tick[arm].n, 0),
      failures: ticks.reduce((sum, tick) => sum + tick[arm].bad, 0),
    });
    return { stable: of("stable"), canary: of("canary") };
  }

  /** What was recorded stays, and splits follow the plan that is live. */
  forget(): void {}

  taken(): void {}

  #counts(gate: string, { from, to }: Window): readonly Tick<Counts>[] | null {
    const all = ticksOf(this.#series, gate, "counts");
    return (
      all &&
      within(all, from, to).map((tick) => {
        const { plan, weight } = this.#liveAt(tick.at);
        return { ...(weight === null ? tick : splitCounts(tick, weight, chanceOf(this.#seed, gate, tick.at))), plan };
      })
    );
  }

  #histograms(gate: string, { from, to }: Window): readonly Tick<Histogram>[] | null {
    const all = ticksOf(this.#series, gate, "histogram");
    return (
      all &&
      within(all, from, to).map((tick) => {
        const { plan, weight } = this.#liveAt(tick.at);
        return {
          ...(weight === null ? tick : splitHistogram(tick, weight, chanceOf(this.#seed, gate, tick.at))),
          plan,
        };
      })
    );
  }

  /** The plan of this play, for the recorded one had versions of its own; and the pretend canary's share, if it is one. */
  #liveAt(at: number): { readonly plan: number; readonly weight: number | null } {
    const live = this.#planAt(at);
    const share = live === null || live.canary === null ? 0 : live.canaryWeight / FULL_WEIGHT;
    return { plan: live?.version ?? 0, weight: this.#series.arms === "both" ? null : share };
  }

  /** Only what was recorded on the range that is asked for can be compared on it. */
  #amounts({ floor, cap }: Query & { readonly ask: "mean" }, window: Window, gate: string): Measurement {
    const own = this.#series.gates[gate];
    if (own?.kind !== "mean" || own.floor !== floor || own.cap !== cap)
      return { kind: "noData", window, reason: `no amounts from ${floor} to ${cap} were recorded of ${gate}` };
    const ticks = within(own.ticks, window.from, window.to).map((tick) => ({
      ...tick,
      plan: this.#liveAt(tick.at).plan,
    }));
    if (ticks.length === 0) return { kind: "noData", window, reason: "nothing was reported" };
    return { kind: "mean", window, ticks, floor, cap, each: "value" };
  }

  #value(query: Query & { readonly ask: "value" }, window: Window, gate: string): Measurement {
    const own = this.#series.gates[gate];
    if (own?.kind === "values") {
      const value = within(own.ticks, window.from + 1, window.to + 1).at(-1)?.[query.arm] ?? null;
      return value === null
        ? { kind: "noData", window, reason: "no number was recorded" }
        : { kind: "value", window, value };
    }
    const counts = this.#counts(gate, window);
    if (counts === null) return { kind: "noData", window, reason: "no counts were recorded" };
    const done = () => (this.#histograms(gate, window) ?? []).map((tick) => tick[query.arm].done);
    return valueOf(query, { counts: counts.map((tick) => tick[query.arm]), done }, window);
  }
}
