/** What each gate compares, how near it is to either end, and what is missing. Words and numbers of one gate's tile. */
import {
  GRADE,
  type Distance,
  type FailuresGate,
  type Gate,
  type LatencyGate,
  type MeanGate,
  type SeriesGate,
  type ThresholdGate,
  type Worsening,
} from "../../analysis/metric.ts";
import { hasGivenWay } from "../../analysis/strip.ts";
import { evidence, latency, quantileName, rough } from "../../analysis/words.ts";
import type { Verdict } from "../../analysis/verdict.ts";
import { formatDuration } from "../../rollout/amounts.ts";
import { gatesOf } from "../../rollout/gates.ts";
import type { Spec } from "../../rollout/spec.ts";
import { isUnderway, type Status } from "../../rollout/status.ts";
import { gateView } from "../views.ts";
import type { GateView } from "../wire.ts";
import type { Compared, Outlook } from "../wire-pages.ts";
import { part } from "./light.ts";

type Numbers = Readonly<Partial<Record<string, number>>>;

/** One for each gate of the rollout, the dangerous first; among equals the one that is furthest from a pass. */
export function outlooks(spec: Spec, status: Status, now: number): Outlook[] {
  const loaded = { spec, status, version: 0, signals: [] };
  return gatesOf(spec)
    .map((gate) => outlook(gate, gateView(gate, loaded), status, now))
    .toSorted((a, b) => b.danger - a.danger || a.safe - b.safe);
}

function outlook(gate: Gate, view: GateView, status: Status, now: number): Outlook {
  const harm = part(view.logHarm, view.harmAt);
  const safe = part(view.logSafe, view.safeAt);
  const lost = hasGivenWay(status.strips?.[gate.name]);
  const safeInMs = lost ? null : untilSafe(view, status, now);
  const verdict = status.verdicts[gate.name];
  const found = verdict === undefined ? null : compared(gate, verdict);
  return {
    gate: gate.name,
    danger: danger(gate, view, harm),
    harm,
    safe,
    // an interval promises as much as a verdict
    compared: found !== null && lost ? { ...found, low: null, high: null } : found,
    missing:
      lost && isUnderway(status) && view.verdict !== "fail" ? NO_GROUND : missing(view, safeInMs, isUnderway(status)),
    safeInMs,
  };
}

/** A gate that only reports is never above one that acts; what cannot be measured is above what is merely not shown. */
function danger(gate: Gate, { verdict, numbers }: GateView, harm: number): number {
  if (gate.dryRun) return harm - 2;
  if (verdict === "fail") return 2;
  if (verdict === "error") return 1;
  return gate.kind === "threshold" ? part(numbers["outOfRange"] ?? 0, gate.threshold.failures) : harm;
}

/** Evidence gathered before this share of the way says too little about its pace. */
const TELLING = 0.1;

/** Evidence of safety grows steadily in its logarithm while nothing changes. */
function untilSafe(view: GateView, status: Status, now: number): number | null {
  if (view.verdict === "pass") return 0;
  const elapsed = (status.pausedBy === "person" ? (status.pausedAt ?? now) : now) - status.stageAt;
  if (!isUnderway(status) || status.stageAt === 0 || part(view.logSafe, view.safeAt) < TELLING) return null;
  return Math.round((elapsed * (view.safeAt - view.logSafe)) / view.logSafe);
}

const NO_GROUND = "Nothing is called safe here: what the gate promises does not hold in this release.";

function missing(view: GateView, safeInMs: number | null, underway: boolean): string {
  if (!underway) return "The release is over.";
  if (view.verdict === "fail") return "Nothing: it has shown harm.";
  if (view.verdict === "pass") return "Nothing: it has passed this stage.";
  if (view.kind === "threshold") return "The next check decides.";
  if (view.kind === "kayenta") return "The next judgement decides.";
  const needs = `${evidence(view.logSafe)} of the ${evidence(view.safeAt)} it takes to pass`;
  if (safeInMs === null) return `Evidence of safety is ${needs}; how long that takes cannot be said yet.`;
  return `Evidence of safety is ${needs}; at this pace about ${formatDuration(roughly(safeInMs))} more.`;
}

/** To the second below a minute, to ten seconds below ten minutes, to the minute beyond. */
export function roughly(ms: number): number {
  const to = ms < 60_000 ? 1000 : ms < 600_000 ? 10_000 : 60_000;
  return Math.max(to, Math.round(ms / to) * to);
}

export function compared(gate: Gate, verdict: Verdict): Compared | null {
  if (gate.kind === "failures") return comparedFailures(gate, verdict.numbers);
  if (gate.kind === "latency") return comparedLatency(gate, verdict.numbers);
  if (gate.kind === "mean") return comparedMean(gate, verdict.numbers);
  if (gate.kind === "series") return comparedSeries(gate, verdict.numbers);
  return gate.kind === "threshold" ? comparedValue(gate, verdict.numbers) : null;
}

const rate = (bad = 0, n = 0): number | null => (n > 0 ? bad / n : null);
const less = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a - b);

/** Worth saying when a request counts for less than this. */
const WHOLE_REQUEST = 0.9;
const inBursts = ({ countsAs = 1 }: Numbers) =>
  countsAs < WHOLE_REQUEST ? ` (as far as they come in bursts each counts as ${rough(countsAs)} of one)` : "";

/** The interval of the ratio, put into points at stable's own rate. */
function comparedFailures({ failures }: FailuresGate, numbers: Numbers): Compared {
  const { canaryN = 0, canaryBad, stableN = 0, stableBad, ratioLow, ratioHigh } = numbers;
  const [stable, canary] = [rate(stableBad, stableN), rate(canaryBad, canaryN)];
  const points = (ratio: number | undefined) => (ratio === undefined || stable === null ? null : stable * (ratio - 1));
  const { margin } = failures;
  return {
    unit: "rate",
    about:
      failures.count === "requests"
        ? `requests that failed${inBursts(numbers)}`
        : "visits in which a person met a failure",
    stable,
    canary,
    difference: less(canary, stable),
    low: points(ratioLow),
    high: points(ratioHigh),
    margin: "points" in margin ? margin.points : points(margin.ratio),
    stableN,
    canaryN,
  };
}

/** How often each arm is slower than its own line: the canary's lies higher by what is tolerated, so equal shares are the edge. */
function comparedLatency({ latency: { quantile } }: LatencyGate, numbers: Numbers): Compared {
  const { canaryN = 0, canaryBad, stableN = 0, stableBad, canaryThresholdUs, stableThresholdUs } = numbers;
  const [stable, canary] = [rate(stableBad, stableN), rate(canaryBad, canaryN)];
  const lines =
    canaryThresholdUs === undefined || stableThresholdUs === undefined
      ? `requests slower than stable's ${quantileName(quantile)}`
      : `requests over ${latency(stableThresholdUs)} (stable's ${quantileName(quantile)}); the canary may take ${latency(canaryThresholdUs)}`;
  return {
    unit: "rate",
    about: lines,
    stable,
    canary,
    difference: less(canary, stable),
    low: null,
    high: null,
    margin: 0,
    stableN,
    canaryN,
  };
}

/** The margin as a difference from stable: below 0 where lower is worse. */
function marginAt(margin: Distance, worse: Worsening, stable: number | null): number | null {
  if ("amount" in margin) return worse === "higher" ? margin.amount : -margin.amount;
  return stable === null ? null : stable * (margin.ratio - 1);
}

function comparedMean({ name, mean: { margin, worse, unit, pairs } }: MeanGate, numbers: Numbers): Compared {
  const { canaryN = 0, canaryMean = null, stableN = 0, stableMean = null } = numbers;
  const { difference = null, differenceLow = null, differenceHigh = null } = numbers;
  return {
    unit: "number",
    about: `${unit === "" ? name : unit} on average${pairs ? ", within pairs" : ""}; ${worse} is worse`,
    stable: stableMean,
    canary: canaryMean,
    difference,
    low: differenceLow,
    high: differenceHigh,
    margin: marginAt(margin, worse, stableMean),
    stableN,
    canaryN,
  };
}

/** No interval: one number an interval says nothing of how sure it is. */
function comparedSeries({ series: { value, margin, worse, unit } }: SeriesGate, numbers: Numbers): Compared {
  const { canary = null, stable = null, intervals = 0 } = numbers;
  return {
    unit: "number",
    about: `${value}${unit === "" ? "" : ` in ${unit}`}, one number an interval (${GRADE}); ${worse} is worse`,
    stable,
    canary,
    difference: less(canary, stable),
    low: null,
    high: null,
    margin: marginAt(margin, worse, stable),
    stableN: intervals,
    canaryN: intervals,
  };
}

function comparedValue({ threshold }: ThresholdGate, { value, checks = 0 }: Numbers): Compared {
  const limit = threshold.max ?? threshold.min ?? null;
  const isTime = /^p\d+$/.test(threshold.value);
  const isRate = threshold.value === "failureRate" || threshold.value === "successRate";
  const on = (arm: "stable" | "canary") => (threshold.arm === arm ? (value ?? null) : null);
  return {
    unit: isRate ? "rate" : isTime ? "milliseconds" : "number",
    about: `${threshold.value} of ${threshold.arm}`,
    stable: on("stable"),
    canary: on("canary"),
    difference: null,
    low: threshold.min ?? null,
    high: threshold.max ?? null,
    margin: limit,
    stableN: threshold.arm === "stable" ? checks : 0,
    canaryN: threshold.arm === "canary" ? checks : 0,
  };
}
