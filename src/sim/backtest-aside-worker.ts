/** The thread of backtest-aside.ts: every series once, and out. */
import { parentPort, workerData } from "node:worker_threads";
import { asSerinError } from "../errors.ts";
import { backtest } from "./backtest.ts";
import type { BacktestSaid, BacktestTask } from "./backtest-aside.ts";

function said(): BacktestSaid {
  const { spec, series, splits } = workerData as BacktestTask;
  try {
    const found = series.map((one) => backtest(spec, one, { splits }));
    return {
      found: {
        releases: found.flatMap(({ releases }) => releases),
        quiet: found.flatMap(({ quiet }) => quiet),
        skipped: found.flatMap(({ skipped }) => skipped),
      },
    };
  } catch (thrown) {
    return { error: asSerinError(thrown).message };
  }
}

parentPort?.postMessage(said(), []);
