/** What was recorded, as the answer to a query: counts, histograms or one value over cells of ticks. Pure. */
import type { Counts, Histogram, Measurement, Slices, Tick, Window } from "../analysis/measurement.ts";
import {
  failureKinds,
  gatewayValues,
  type Counting,
  type FailureKind,
  type GatewayValue,
  type Query,
} from "../analysis/metric.ts";
import { SLICES } from "../analysis/strip.ts";
import { SerinError } from "../errors.ts";
import { BUCKETS, lowerEdge } from "../stats/histogram.ts";
import { trackIndex, type Cell } from "./cell.ts";
import { pairsOf } from "./sparse.ts";
import { COLUMNS, FAILED, KIND_MASK, REQUESTS, SLICE_COLUMNS, type Track } from "./tick.ts";

/** One plan's cell of one tick that began at `at`, epoch milliseconds. */
export interface Found {
  readonly at: number;
  readonly cell: Cell;
}

export function answerQuery(query: Query, found: readonly Found[], window: Window): Measurement {
  if (query.ask === "value") return value(query, found, window);
  if (query.ask === "mean")
    throw new SerinError("SOURCE_FAILED", "the gateway counts and times requests: it has no amounts");
  const pair =
    query.traffic === "live"
      ? ([trackIndex("assigned.stable"), trackIndex("assigned.canary")] as const)
      : ([trackIndex("original"), trackIndex("copy")] as const);
  if (query.ask === "counts") {
    const mask = kindMask(query.failures);
    const count = query.count === "units" ? unitsAtRisk : requestCounts;
    const ticks = ticksOf(
      found,
      pair,
      (cell, track) => count(cell, track, mask),
      ({ n }) => n === 0,
    );
    if (ticks.length === 0) return nothing(window);
    const slices = query.traffic === "live" ? slicesOf(found, query.count, mask) : null;
    return { kind: "counts", window, ticks, ...(slices === null ? {} : { slices }) };
  }
  const of = query.count;
  const empty = ({ done, carried }: Histogram) => done.length === 0 && carried.length === 0;
  const ticks = ticksOf(found, pair, (cell, track) => histogramOf(cell, of, track), empty);
  return ticks.length > 0 ? { kind: "histogram", window, ticks } : nothing(window);
}

function nothing(window: Window): Measurement {
  return { kind: "noData", window, reason: "there were no requests" };
}

function ticksOf<S>(
  found: readonly Found[],
  [stableTrack, canaryTrack]: readonly [number, number],
  read: (cell: Cell, track: number) => S,
  empty: (sample: S) => boolean,
): Tick<S>[] {
  const ticks: Tick<S>[] = [];
  for (const { at, cell } of found) {
    const [stable, canary] = [read(cell, stableTrack), read(cell, canaryTrack)];
    if (!empty(stable) || !empty(canary)) ticks.push({ at, plan: cell.plan, stable, canary });
  }
  return ticks;
}

/** Stable by slices over the whole window; null where no units were named, so that there is nothing to slice by. */
function slicesOf(found: readonly Found[], count: Counting, mask: number): Slices | null {
  const slices = { n: zeros(), bad: zeros() };
  const add = count === "units" ? addUnits : addRequests;
  for (const { cell } of found) add(slices, cell, mask);
  return slices.n.some((n) => n > 0) ? slices : null;
}

const zeros = (): number[] => Array.from({ length: SLICES }, () => 0);

function addRequests(into: { readonly n: number[]; readonly bad: number[] }, { slices }: Cell, mask: number): void {
  for (let i = 0; i < slices.length; i += 2) {
    const [slice, column] = [Math.floor(slices[i] / SLICE_COLUMNS), slices[i] % SLICE_COLUMNS];
    if (column === REQUESTS) into.n[slice] += slices[i + 1];
    else if (mask & (1 << (column - FAILED))) into.bad[slice] += slices[i + 1];
  }
}

function addUnits(
  into: { readonly n: number[]; readonly bad: number[] },
  { slicedOutcomes }: Cell,
  mask: number,
): void {
  for (let i = 0; i < slicedOutcomes.length; i += 2) {
    const [key, count] = [slicedOutcomes[i], slicedOutcomes[i + 1]];
    if ((key >>> 4) & mask) continue;
    into.n[key >>> 8] += count;
    if (key & mask) into.bad[key >>> 8] += count;
  }
}

function histogramOf(cell: Cell, of: "requests" | "units", track: number): Histogram {
  const { done, carried } = cell[of][track];
  return { done: pairsOf(done), carried: pairsOf(carried) };
}

function kindMask(failures: readonly FailureKind[]): number {
  return failures.reduce((mask, kind) => mask | (1 << failureKinds.indexOf(kind)), 0);
}

function requestCounts({ counts }: Cell, track: number, mask: number): Counts {
  const row = track * COLUMNS;
  let bad = 0;
  for (let kind = 0; kind < failureKinds.length; kind++) if (mask & (1 << kind)) bad += counts[row + FAILED + kind];
  return { n: counts[row + REQUESTS], bad };
}

/** Units that had not failed by the asked kinds before, and those of them that did now. */
function unitsAtRisk({ outcomes }: Cell, track: number, mask: number): Counts {
  const flat = outcomes[track];
  let [n, bad] = [0, 0];
  for (let i = 0; i < flat.length; i += 2) {
    const [key, count] = [flat[i], flat[i + 1]];
    if ((key >>> 4) & mask) continue;
    n += count;
    if (key & mask) bad += count;
  }
  return { n, bad };
}

/** Whatever reaches an arm. An original is a request of stable's that is counted as such already. */
const everything: Readonly<Record<"stable" | "canary", readonly Track[]>> = {
  stable: ["assigned.stable", "forced.stable"],
  canary: ["assigned.canary", "forced.canary", "copy"],
};

const quantiles: Partial<Record<GatewayValue, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 };

/** A scalar over the whole window: rates from 0 to 1, requests per second, latencies in milliseconds. */
function value(query: Query & { readonly ask: "value" }, found: readonly Found[], window: Window): Measurement {
  const { value: name, arm, all = false } = query;
  const known = gatewayValues.find((each) => each === name);
  if (known === undefined) throw new SerinError("USAGE", `the gateway has no value named ${name}`);
  const tracks = (all ? everything[arm] : ([`assigned.${arm}`] as const)).map(trackIndex);
  const quantile = quantiles[known];
  const is = (number: number): Measurement => ({ kind: "value", window, value: number });
  if (quantile !== undefined) {
    const us = slowness(found, tracks, quantile);
    return us === null ? { kind: "noData", window, reason: `${arm} had no requests` } : is(us / 1000);
  }
  const { n, bad } = total(found, tracks);
  if (known === "requestRate") return is((n * 1000) / (window.to - window.from));
  if (n === 0) return { kind: "noData", window, reason: `${arm} had no requests` };
  return is(known === "failureRate" ? bad / n : (n - bad) / n);
}

function total(found: readonly Found[], tracks: readonly number[]): Counts {
  let [n, bad] = [0, 0];
  for (const { cell } of found) {
    for (const track of tracks) {
      const counts = requestCounts(cell, track, KIND_MASK);
      n += counts.n;
      bad += counts.bad;
    }
  }
  return { n, bad };
}

/**
 * The q-quantile of latency in microseconds, requests under way included: the first boundary that at most 1 - q of
 * the requests known to be on one side of it have crossed, interpolated from the boundary before. Null without requests.
 */
function slowness(found: readonly Found[], tracks: readonly number[], q: number): number | null {
  const [done, carried] = dense(found, tracks);
  let above = done.reduce((sum, count) => sum + count, 0);
  const sum = above;
  let ahead = carried[0];
  if (sum + ahead <= 0) return null;
  let [share, last] = [1, 0];
  for (let boundary = 1; boundary < BUCKETS; boundary++) {
    above -= done[boundary - 1];
    ahead += carried[boundary];
    const crossed = above + ahead;
    const here = crossed <= 0 ? 0 : crossed / (sum + ahead);
    if (here <= 1 - q) {
      const part = share > here ? Math.min(1, (share - (1 - q)) / (share - here)) : 1;
      return lowerEdge(last) + part * (lowerEdge(boundary) - lowerEdge(last));
    }
    [share, last] = [here, boundary];
  }
  return lowerEdge(BUCKETS - 1);
}

function dense(
  found: readonly Found[],
  tracks: readonly number[],
): readonly [done: Float64Array, carried: Float64Array] {
  const done = new Float64Array(BUCKETS);
  const carried = new Float64Array(BUCKETS);
  for (const { cell } of found) {
    const { requests } = cell;
    for (const track of tracks) {
      addTo(done, requests[track].done);
      addTo(carried, requests[track].carried);
    }
  }
  return [done, carried];
}

function addTo(sums: Float64Array, flat: Int32Array): void {
  for (let i = 0; i < flat.length; i += 2) sums[flat[i]] += flat[i + 1];
}
