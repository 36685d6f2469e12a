/** What the evidence of a latency gate says, in a verdict and in words. */
import { lowerEdge } from "../stats/histogram.ts";
import type { Block } from "../stats/inputs.ts";
import { logMean } from "../stats/logs.ts";
import { logSafetyEvidence } from "../stats/safety.ts";
import { hidden } from "./coarse.ts";
import { logLatencyHarm, ODDS, POINTS, weightOf, type LatencyEvidence } from "./latency.ts";
import { needed, QUANTILES, quantilesOf, type Threshold } from "./latency-thresholds.ts";
import type { LatencyGate } from "./metric.ts";
import { rule, type Promised } from "./ruling.ts";
import type { Verdict } from "./verdict.ts";
import { latency, points, quantileName, times, whole } from "./words.ts";

/** The verdict on the gate; `weightShare` is its share of the false-rollback budget. */
export function judgeLatency(
  gate: LatencyGate,
  evidence: LatencyEvidence,
  promised: Promised,
  weightShare: number,
): Verdict {
  const { quantiles, users } = quantilesOf(gate);
  const worst = mostTelling(evidence, users);
  const told = evidence.thresholds[worst];
  const usual = evidence.thresholds[users];
  const comparison = () => (told === null ? "" : inWords(told, told.seen, quantiles[worst]));
  return rule(
    {
      look: evidence.look,
      logHarm: logLatencyHarm(gate, evidence),
      deciding: logLatencyHarm(gate, evidence),
      logSafe: logSafetyEvidence(evidence.safe),
      // only one of them is ever said
      get harmful() {
        return `${comparison()}: slower than ${times(gate.latency.ratio)} stable`;
      },
      get safe() {
        return usual === null ? "" : safeInWords(gate, evidence, usual);
      },
      get soFar() {
        return comparison();
      },
      measured: usual === null ? evidence.stableN > 0 : evidence.stage.n > 0 && evidence.stage.n0 > 0,
      missing: missingOf(evidence, usual, quantiles[users]),
      hidden: evidence.sight && hidden(evidence.sight, gate.latency.ratio),
      numbers: numbersOf(evidence, users, worst),
    },
    promised,
    weightShare,
  );
}

/** The threshold whose bets weigh most now: the user's own unless another says more. */
function mostTelling(evidence: LatencyEvidence, users: number): number {
  let best = users;
  const says = (i: number) => logMean(evidence.harm.logs, i * ODDS.length, ODDS.length) + Math.log(weightOf(i, users));
  for (let i = 0; i < QUANTILES.length; i++)
    if (evidence.thresholds[i] !== null && (evidence.thresholds[best] === null || says(i) > says(best))) best = i;
  return best;
}

function inWords(threshold: Threshold, block: Block, q: number): string {
  const some = (k: number) => (k === 0 ? "none" : whole(k));
  return (
    `canary took longer than ${latency(lowerEdge(threshold.canary))} in ${some(block.bad)} of ${whole(block.n)} requests, ` +
    `stable longer than ${latency(lowerEdge(threshold.stable))} (about its ${quantileName(q)}) in ${some(block.bad0)} of ${whole(block.n0)}`
  );
}

function safeInWords(gate: LatencyGate, evidence: LatencyEvidence, usual: Threshold): string {
  const shown = `slow requests less than ${times(gate.latency.limit)} stable's share or ${points(POINTS)} above it`;
  return `${inWords(usual, evidence.stage, gate.latency.quantile)} in this stage: shown to be ${shown}`;
}

function missingOf(evidence: LatencyEvidence, usual: Threshold | null, q: number): string | null {
  if (evidence.stableN === 0 && usual === null) return "no stable requests to compare with yet";
  if (usual === null) {
    const seen = `${whole(evidence.stableN)} of ${whole(needed(q))} requests seen`;
    return `waiting to know stable's ${quantileName(q)}: ${seen}`;
  }
  if (evidence.stage.n === 0) return "no canary requests in this stage yet";
  return evidence.stage.n0 === 0 ? "no stable requests in this stage to compare with" : null;
}

function numbersOf(evidence: LatencyEvidence, users: number, worst: number): Record<string, number> {
  const { stage, thresholds } = evidence;
  return {
    stableRequests: evidence.stableN,
    stageCanaryN: stage.n,
    stageCanaryBad: stage.bad,
    stageStableN: stage.n0,
    stageStableBad: stage.bad0,
    ...thresholdNumbers(thresholds[users], ""),
    ...(worst === users ? {} : thresholdNumbers(thresholds[worst], "worst")),
    ...(worst === users ? {} : { worstQuantile: QUANTILES[worst] }),
  };
}

function thresholdNumbers(threshold: Threshold | null, prefix: string): Record<string, number> {
  if (threshold === null) return {};
  const { n, bad, n0, bad0 } = threshold.seen;
  const entries: [string, number][] = [
    ["canaryN", n],
    ["canaryBad", bad],
    ["stableN", n0],
    ["stableBad", bad0],
    ["canaryThresholdUs", lowerEdge(threshold.canary)],
    ["stableThresholdUs", lowerEdge(threshold.stable)],
  ];
  const named = (name: string) => (prefix === "" ? name : prefix + name[0].toUpperCase() + name.slice(1));
  return Object.fromEntries(entries.map(([name, value]) => [named(name), value]));
}
