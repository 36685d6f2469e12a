/**
 * A Measurement is what one look at one metric gave: sufficient statistics per arm for each tick of a window,
 * or why there are none. It carries counts, never rates: a rate has lost n.
 */
import type { Differences, Spread } from "../stats/spread.ts";

/** The two arms of a rollout. */
export type Arm = "stable" | "canary";
export const arms: readonly Arm[] = ["stable", "canary"];

/** Half-open span of time [from, to), epoch milliseconds; the gateway's windows end on whole ticks. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** How many units were tried and how many of them went bad. Whole numbers, bad <= n. */
export interface Counts {
  readonly n: number;
  readonly bad: number;
}

/**
 * A latency histogram over the fixed boundaries of `stats/histogram.ts`, sparse.
 * `done` are finished requests by bucket. `carried` is a difference array over boundaries: +1 at the first and -1
 * after the last boundary that a request's *age* crossed in this tick without being in `done` of this tick (still in
 * flight), and the reverse for boundaries that had already been counted in an earlier tick. So for a boundary b:
 *   crossed(b) = sum of done[k >= b] + prefix sum of carried up to b        (additive over ticks, never double)
 *   resolved(b) = sum of done[k < b] + crossed(b)
 */
export interface Histogram {
  readonly done: readonly (readonly [bucket: number, count: number])[];
  readonly carried: readonly (readonly [boundary: number, delta: number])[];
  /**
   * Of sources with buckets of their own: `done` is placed where it says least for harm (the canary's at the lower
   * end of their bucket, stable's at the upper), this where it says least for safety. See `coarse.ts`.
   */
  readonly doneForSafety?: readonly (readonly [bucket: number, count: number])[];
}

/**
 * Stable alone, cut into slices of its units by their hash, over the whole window: what the A/A strip is made of. Only of
 * a source that assigns, and where units come again.
 */
export interface Slices {
  readonly n: readonly number[];
  readonly bad: readonly number[];
}

/** Amounts of one arm in a tick, spread over the range that was asked for; `stats/spread.ts`. */
export interface Amounts {
  readonly spread: Spread;
  /** How many were below or above the range, and count as its end. */
  readonly outside: number;
}

/** One tick (of the gateway: a quarter of a second) of one plan. `plan` is the version of the TrafficPlan that was live. */
export interface Tick<S> {
  readonly at: number;
  readonly plan: number;
  readonly stable: S;
  readonly canary: S;
}

/** What a source gives. `gap` says that part of the window was not recorded: marked, never guessed. */
export type Measurement =
  | {
      readonly kind: "counts";
      readonly window: Window;
      readonly ticks: readonly Tick<Counts>[];
      readonly slices?: Slices;
      readonly gap?: string;
    }
  | {
      readonly kind: "histogram";
      readonly window: Window;
      readonly ticks: readonly Tick<Histogram>[];
      /** The bounds of a source's own buckets, microseconds, ascending. */
      readonly bounds?: readonly number[];
      readonly gap?: string;
    }
  | {
      readonly kind: "mean";
      readonly window: Window;
      /** `pairs`: differences canary less stable of what belongs together. */
      readonly ticks: readonly (Tick<Amounts> & { readonly pairs?: Differences })[];
      /** The range that amounts are parts of. */
      readonly floor: number;
      readonly cap: number;
      /** What each value is of: a person, or one report. */
      readonly each: "unit" | "value";
      readonly gap?: string;
    }
  | { readonly kind: "value"; readonly window: Window; readonly value: number; readonly gap?: string }
  | {
      readonly kind: "values";
      readonly window: Window;
      /** By the value's name; null where there was none. */
      readonly stable: Readonly<Record<string, number | null>>;
      readonly canary: Readonly<Record<string, number | null>>;
      readonly gap?: string;
    }
  | { readonly kind: "noData"; readonly window: Window; readonly reason: string }
  | { readonly kind: "error"; readonly window: Window; readonly reason: string };
