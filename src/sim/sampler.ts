/** Requests drawn by the second: how many come, how many of them fail, and how long they take. Exact laws throughout. */
import type { Counts, Histogram } from "../analysis/measurement.ts";
import { BUCKETS, upperEdge } from "../stats/histogram.ts";
import { binomial, fromWords, poisson, seededWords, type Random, type Words } from "../stats/random.ts";
import { normalBelow } from "../stats/special.ts";
import { multinomial, poissonTable, Table } from "../stats/table.ts";

import type { Amounting } from "./amounts.ts";

/** How an arm behaves: share of requests that fail, median latency, and the spread of its logarithm. */
export interface Behaviour {
  readonly failures: number;
  readonly medianMs: number;
  readonly sigma: number;
  /** What `mean` gates are told of; `usualAmounts` unless said. */
  readonly amounts?: Amounting;
}

/** Laws that were prepared. A truth that changes all the time would fill them without end. */
const MOST_KEPT = 64;

function remembered<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const kept = new Map<Key, Value>();
  return (key) => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    if (kept.size >= MOST_KEPT) kept.clear();
    const made = make(key);
    kept.set(key, made);
    return made;
  };
}

const arrivals = remembered(poissonTable);
/** Beyond this mean a table is larger than it is worth. */
const LARGEST_TABLE = 100_000;

/** The chance of one part of one second. */
export class Chance {
  readonly words: Words;
  readonly random: Random;

  constructor(seed: number) {
    this.words = seededWords(seed);
    this.random = fromWords(this.words);
  }
}

/** How many come when `mean` are expected. */
export function arrive({ words, random }: Chance, mean: number): number {
  if (mean === 0) return 0;
  if (mean > LARGEST_TABLE) return poisson(random, mean);
  const { from, table } = arrivals(mean);
  return from + table.draw(words);
}

/** How `n` requests fare. */
export const outcomes = ({ random }: Chance, n: number, { failures }: Behaviour): Counts => ({
  n,
  bad: binomial(random, n, failures),
});

interface Latencies {
  readonly law: Table;
  /** Buckets that anything can fall into: [from, to). */
  readonly from: number;
  readonly to: number;
}

/** Log-normal latencies by bucket; shape and scale in one key, so that equal behaviours share a law. */
const latencies = remembered((key: string): Latencies => {
  const [medianMs, sigma] = key.split("/").map(Number);
  let below = 0;
  const law = new Table(
    Array.from({ length: BUCKETS }, (_, bucket) => {
      const edge = upperEdge(bucket);
      const to = edge === Infinity ? 1 : normalBelow(Math.log(edge / (medianMs * 1000)) / sigma);
      const part = Math.max(0, to - below);
      below = to;
      return part;
    }),
  );
  const from = law.probabilities.findIndex((p) => p > 0);
  return { law, from, to: law.probabilities.findLastIndex((p) => p > 0) + 1 };
});

const known = new WeakMap<Behaviour, Latencies>();

/** Most truths hand out the same few behaviours. */
function latenciesOf(behaviour: Behaviour): Latencies {
  let found = known.get(behaviour);
  if (found === undefined) known.set(behaviour, (found = latencies(`${behaviour.medianMs}/${behaviour.sigma}`)));
  return found;
}

const counts = new Uint32Array(BUCKETS);
/** So few are sorted sooner than all buckets are looked through. */
const FEW = 24;
const few = new Uint32Array(FEW);
/** [bucket, count] pairs of small counts, made once: nobody changes them. */
const pairs = Array.from({ length: BUCKETS }, (_, bucket) =>
  Array.from({ length: 32 }, (_none, count) => [bucket, count] as const),
);

/** How long `n` requests take; all of them finish within their second. */
export function durations({ words }: Chance, n: number, behaviour: Behaviour): Histogram {
  if (n === 0) return { done: [], carried: [] };
  const { law, from, to } = latenciesOf(behaviour);
  if (n <= FEW) return { done: sorted(words, n, law), carried: [] };
  multinomial(words, n, law, counts);
  const done: (readonly [number, number])[] = [];
  for (let bucket = from; bucket < to; bucket++) {
    const count = counts[bucket];
    if (count > 0) done.push(pairs[bucket][count] ?? [bucket, count]);
  }
  return { done, carried: [] };
}

/** The same draws, put in order one by one. */
function sorted(words: Words, n: number, law: Table): (readonly [number, number])[] {
  for (let i = 0; i < n; i++) {
    const bucket = law.draw(words);
    let at = i;
    for (; at > 0 && few[at - 1] > bucket; at--) few[at] = few[at - 1];
    few[at] = bucket;
  }
  const done: (readonly [number, number])[] = [];
  for (let i = 0, end = 0; i < n; i = end) {
    while (end < n && few[end] === few[i]) end++;
    done.push(pairs[few[i]][end - i]);
  }
  return done;
}
