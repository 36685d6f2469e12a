/** Latencies of both arms in the present stage, compared in milliseconds. Within one stage the arms saw the same hours. */
import type { LatencyGate } from "../../analysis/metric.ts";
import { quantileName } from "../../analysis/words.ts";
import { quantile, type SparseCounts } from "../../stats/histogram.ts";
import { quantileInterval } from "../../stats/quantile-interval.ts";
import type { Compared } from "../wire-pages.ts";
import { poured, type Buckets } from "./bins.ts";

export class Latencies {
  #stage = -1;
  #stable: Buckets = new Map();
  #canary: Buckets = new Map();

  learn(stage: number, stable: SparseCounts, canary: SparseCounts): void {
    if (stage !== this.#stage) {
      this.#stage = stage;
      this.#stable = new Map();
      this.#canary = new Map();
    }
    poured(this.#stable, stable);
    poured(this.#canary, canary);
  }

  /** Each arm's interval has half of alpha, so that both hold together with 1 - alpha. */
  compared({ latency: { quantile: q, ratio } }: LatencyGate, alpha: number): Compared {
    const [stable, canary] = [side(this.#stable, q, alpha / 2), side(this.#canary, q, alpha / 2)];
    const known = stable.value !== null && canary.value !== null;
    return {
      unit: "milliseconds",
      about: `${quantileName(q)} of the time an answer took, in this stage`,
      stable: stable.value,
      canary: canary.value,
      difference: known ? (canary.value ?? 0) - (stable.value ?? 0) : null,
      low: known && stable.high < Infinity ? canary.low - stable.high : null,
      high: known && canary.high < Infinity ? canary.high - stable.low : null,
      margin: stable.value === null ? null : stable.value * (ratio - 1),
      stableN: stable.n,
      canaryN: canary.n,
    };
  }
}

interface Side {
  readonly n: number;
  readonly value: number | null;
  readonly low: number;
  readonly high: number;
}

const MS = 1000;

function side(buckets: Buckets, q: number, alpha: number): Side {
  const counts = [...buckets];
  const n = counts.reduce((sum, [, count]) => sum + count, 0);
  const us = quantile(counts, q);
  const { low, high } = quantileInterval(counts, q, alpha);
  return { n, value: us === null ? null : us / MS, low: low / MS, high: high / MS };
}
