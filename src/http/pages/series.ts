/** A trace as columns for charts, in as few points as a chart has room for. */
import type { Gate } from "../../analysis/metric.ts";
import { quantile } from "../../stats/histogram.ts";
import { FULL_WEIGHT } from "../../rollout/weight.ts";
import type { GateSeries, Series, Traffic } from "../wire-pages.ts";
import { merged, type Bin, type Buckets, type GateBin, type Summed } from "./bins.ts";
import type { Trace } from "./trace.ts";

export interface Span {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly points: number;
}

export function seriesOf(trace: Trace, release: number, complete: boolean, span: Span): Series {
  const { bins, stepMs } = thinned(trace, span);
  const { gates } = trace;
  return {
    release,
    complete,
    stepMs,
    at: bins.map(({ index }) => (index + 1) * stepMs),
    wanted: bins.map(({ wanted }) => wanted),
    measured: bins.map((bin) => shareOf(bin, gates)),
    logHarm: bins.map(({ logHarm }) => logHarm),
    logSplit: trace.logSplit,
    gates: gates.map((gate) => gateSeries(gate, bins)),
  };
}

/** Neighbouring bins become one until there are few enough. */
function thinned(trace: Trace, { from = 0, to = Infinity, points }: Span): { bins: readonly Bin[]; stepMs: number } {
  const { lengthMs, all } = trace.bins;
  const within = all.filter(({ index }) => (index + 1) * lengthMs > from && index * lengthMs < to);
  const first = within[0]?.index ?? 0;
  const span = (within.at(-1)?.index ?? first) - first + 1;
  // One point more than asked may begin before and one after the span: they are cut where bins begin.
  const join = Math.max(1, Math.ceil(span / (points - 1)));
  const bins = join === 1 ? within : merged(within, ({ index }) => Math.floor(index / join));
  return { bins, stepMs: lengthMs * join };
}

/** The share as the first gate that counts on both arms saw it. */
function shareOf(bin: Bin, gates: readonly Gate[]): number | null {
  const counted = countedBy(bin, gates);
  return counted === null ? null : (counted.canary.n / (counted.stable.n + counted.canary.n)) * FULL_WEIGHT;
}

function countedBy(bin: Bin, gates: readonly Gate[]): GateBin | null {
  for (const { name } of gates) {
    const gate = bin.gates.get(name);
    if (gate !== undefined && gate.stable.n + gate.canary.n > 0) return gate;
  }
  return null;
}

function gateSeries(gate: Gate, bins: readonly Bin[]): GateSeries {
  const found = bins.map((bin) => bin.gates.get(gate.name) ?? null);
  const pick = (of: (gate: GateBin) => number | null | undefined) =>
    found.map((one) => (one === null ? null : (of(one) ?? null)));
  const value = (arm: "stable" | "canary") => pick((one) => valueOf(gate, one, arm));
  return {
    gate: gate.name,
    unit: found.findLast((one) => one?.compared != null)?.compared?.unit ?? "rate",
    stable: value("stable"),
    canary: value("canary"),
    stableN: found.map((one) => one?.stable.n || (one?.amounts.stable.n ?? 0)),
    canaryN: found.map((one) => one?.canary.n || (one?.amounts.canary.n ?? 0)),
    difference: pick(({ compared }) => compared?.difference),
    low: pick(({ compared }) => compared?.low),
    high: pick(({ compared }) => compared?.high),
    margin: pick(({ compared }) => compared?.margin),
    logHarm: pick(({ logHarm }) => logHarm),
    logSafe: pick(({ logSafe }) => logSafe),
  };
}

/** An arm's own value within a bin: a rate, a quantile in milliseconds, or the value that was asked for. */
function valueOf(gate: Gate, bin: GateBin, arm: "stable" | "canary"): number | null {
  if (gate.kind === "failures") return bin[arm].n === 0 ? null : bin[arm].bad / bin[arm].n;
  if (gate.kind === "threshold") return gate.threshold.arm === arm ? bin.value : null;
  if (gate.kind === "kayenta") return null;
  if (gate.kind === "mean" || gate.kind === "series") return meanOf(bin.amounts[arm]);
  return quantileMs(arm === "stable" ? bin.stableBuckets : bin.canaryBuckets, gate.latency.quantile);
}

const meanOf = ({ n, sum }: Summed): number | null => (n === 0 ? null : sum / n);

function quantileMs(buckets: Buckets, q: number): number | null {
  const us = quantile([...buckets], q);
  return us === null ? null : us / 1000;
}

const SPARKS = 40;
const SPARK_MS = 600_000;

/** Requests a second of both arms lately: what fits into a row. */
export function trafficOf(trace: Trace): Traffic | null {
  // The last bin is not over yet, and its rate would look like a fall.
  const last = trace.bins.all.at(-2);
  if (last === undefined) return null;
  const end = (last.index + 1) * trace.bins.lengthMs;
  const { bins, stepMs } = thinned(trace, { from: end - SPARK_MS, to: end, points: SPARKS });
  const first = bins[0].index;
  const slots = Array.from({ length: bins[bins.length - 1].index - first + 1 }, () => null as GateBin | null);
  for (const bin of bins) slots[bin.index - first] = countedBy(bin, trace.gates);
  const rate = (n: number | undefined) => (n === undefined ? null : Math.round((n * 10_000) / stepMs) / 10);
  return {
    from: first * stepMs,
    stepMs,
    stable: slots.map((gate) => rate(gate?.stable.n)),
    canary: slots.map((gate) => rate(gate?.canary.n)),
  };
}
