/** Backtesting beside the engine, on a thread of its own: recorded releases, and their stable arms as quiet times. */
import { Worker } from "node:worker_threads";
import { SerinError } from "../errors.ts";
import type { Spec } from "../rollout/spec.ts";
import type { Backtested } from "./backtest.ts";
import type { Series } from "./history/series.ts";

export interface BacktestTask {
  readonly spec: Spec;
  readonly series: readonly Series[];
  readonly splits: number;
}
export type BacktestSaid = { readonly found: Backtested } | { readonly error: string };

const PATIENCE_MS = 25_000;

/** Throws TIMEOUT when it takes too long, INTERNAL for what the thread throws. */
export async function backtestAside(task: BacktestTask, patienceMs = PATIENCE_MS): Promise<Backtested> {
  const file = `backtest-aside-worker${import.meta.url.slice(-3)}`;
  const worker = new Worker(new URL(file, import.meta.url), { workerData: task });
  const { promise, resolve, reject } = Promise.withResolvers<BacktestSaid>();
  const late = () => reject(new SerinError("TIMEOUT", "trying it takes too long here; `serin backtest` has no limit"));
  const timer = setTimeout(late, patienceMs);
  worker.once("message", resolve).once("error", reject);
  try {
    const said = await promise;
    if ("error" in said) throw new SerinError("INTERNAL", said.error);
    return said.found;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

/** A release's stable arm alone: a time in which nothing else was released, for false alarms. */
export const stableOf = (series: Series): Series => ({
  ...series,
  name: `stable in ${series.name}`,
  arms: "one",
  splits: [],
  ended: null,
});
