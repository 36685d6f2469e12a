/** Where a trial's numbers come from: invented traffic, or traffic that was recorded. */
import type { Arm, Counts, Measurement, Window } from "../analysis/measurement.ts";
import type { GatewayValue, Query } from "../analysis/metric.ts";
import { SerinError } from "../errors.ts";
import { addSparse, quantile, type SparseCounts } from "../stats/histogram.ts";

/** Live requests that an arm met. */
export interface Met {
  readonly requests: number;
  readonly failures: number;
}

export interface Stream {
  /** What a gate's source would have answered. The same question has the same answer, until the plan was another. */
  measure(query: Query, window: Window, gate: string): Measurement;
  /** Live requests of whole seconds in [from, to), epoch milliseconds. */
  met(from: number, to: number): Readonly<Record<Arm, Met>>;
  /** What was said of the time from a moment on was said too early: another plan is live. */
  forget(from: number): void;
  /** What was before a moment has been taken: it is hardly asked for again, and need not be kept at hand. */
  taken(before: number): void;
}

const quantiles: Partial<Record<string, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 };

/** What was counted of one arm in one window. Latencies are only asked for when they are needed. */
export interface Totals {
  readonly counts: Iterable<Counts>;
  readonly done: () => Iterable<SparseCounts>;
}

/** A value as the gateway gives it: rates from 0 to 1, requests a second, milliseconds. */
export function valueOf(
  { value, arm }: Query & { readonly ask: "value" },
  { counts, done }: Totals,
  window: Window,
): Measurement {
  let [n, bad] = [0, 0];
  for (const side of counts) {
    n += side.n;
    bad += side.bad;
  }
  const is = (number: number): Measurement => ({ kind: "value", window, value: number });
  const name = value as GatewayValue;
  if (name === "requestRate") return is((n * 1000) / Math.max(1, window.to - window.from));
  if (n === 0) return { kind: "noData", window, reason: `${arm} had no requests` };
  if (name === "failureRate") return is(bad / n);
  if (name === "successRate") return is((n - bad) / n);
  const q = quantiles[name];
  if (q === undefined) throw new SerinError("USAGE", `there is no value named ${value}`);
  let all: SparseCounts = [];
  for (const some of done()) all = addSparse(all, some);
  const us = quantile(all, q);
  return us === null ? { kind: "noData", window, reason: `${arm} has no latencies` } : is(us / 1000);
}
