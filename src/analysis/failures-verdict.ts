/** What the evidence of a failures gate says, in a verdict and in words. */
import { differenceInterval } from "../stats/difference.ts";
import { excessFailures } from "../stats/excess.ts";
import type { Block } from "../stats/inputs.ts";
import { ratioInterval } from "../stats/interval.ts";
import { logSafetyEvidence } from "../stats/safety.ts";
import { decidingFailures, logFailuresHarm, type FailuresEvidence } from "./failures.ts";
import type { FailuresGate } from "./metric.ts";
import { rule, type Promised } from "./ruling.ts";
import type { Verdict } from "./verdict.ts";
import { windowInWords } from "./planned.ts";
import { lateFault, type Since } from "./since.ts";
import { lasting, points, rough, times, whole } from "./words.ts";

/** The verdict on the gate; `weightShare` is its share of the false-rollback budget. */
export function judgeFailures(
  gate: FailuresGate,
  evidence: FailuresEvidence,
  promised: Promised,
  weightShare: number,
): Verdict {
  return rule(
    {
      look: evidence.look,
      logHarm: logFailuresHarm(evidence),
      deciding: decidingFailures(evidence),
      logSafe: logSafetyEvidence(evidence.safe),
      // only one of them is ever said
      get harmful() {
        return `${harmInWords(gate, evidence)}beyond the margin of ${marginInWords(gate)}`;
      },
      get safe() {
        return `${countsInWords(evidence.stage, gate)} in this stage: shown to be ${limitInWords(gate)}`;
      },
      get soFar() {
        return countsInWords(evidence.total, gate);
      },
      measured: evidence.stage.n > 0 && evidence.stage.n0 > 0,
      missing: missingArm(evidence.stage, gate),
      hidden: remarksOn(evidence),
      numbers: numbersOf(evidence, promised),
    },
    promised,
    weightShare,
  );
}

/** By what less is made of the counts, or more. */
function remarksOn({ bursts, planned }: FailuresEvidence): string | null {
  const said = [
    ...(bursts?.shown === true ? [`requests fail in bursts: each counts as ${rough(1 / bursts.phi)}`] : []),
    ...(planned === undefined ? [] : [windowInWords(planned, whole)]),
  ];
  return said.length === 0 ? null : said.join("; ");
}

/** A visit is a unit that is there in one tick and has not failed in this stage: it is what may fail, and is no person more. */
const unitsOf = (gate: FailuresGate) => (gate.failures.count === "requests" ? "requests" : "visits");

function countsInWords(block: Block, gate: FailuresGate): string {
  const bad = (k: number) => (k === 0 ? "none" : whole(k));
  return `canary failed ${bad(block.bad)} of ${whole(block.n)} ${unitsOf(gate)}, stable ${bad(block.bad0)} of ${whole(block.n0)}`;
}

/** What the canary did: of a fault that came late what was counted since, else all of it. */
function harmInWords(gate: FailuresGate, evidence: FailuresEvidence): string {
  const late = lateFault(evidence.since ?? null, evidence.total);
  if (late === null) return `${countsInWords(evidence.total, gate)}: ${comparison(gate, evidence)}`;
  return `within ${lasting(evidence.pastAt - late.at)} ${countsInWords(late.block, gate)}: ${lateComparison(gate, late)}`;
}

function lateComparison(gate: FailuresGate, { block: { n, bad, n0, bad0 } }: Since): string {
  if ("points" in gate.failures.margin) return `about ${points(bad / n - bad0 / n0)} more often, `;
  return bad0 === 0 ? "" : `about ${rough((bad / n / bad0) * n0)} times as often, `;
}

/** "about 34 times as often, ", or the difference in points; empty where stable never failed. */
function comparison(gate: FailuresGate, { above, below, total }: FailuresEvidence): string {
  if ("points" in gate.failures.margin) {
    return total.n === 0 || total.n0 === 0
      ? ""
      : `about ${points(total.bad / total.n - total.bad0 / total.n0)} more often, `;
  }
  // a fault that does not show in the sums of the release is not told by them
  if (below === 0 || above / below <= gate.failures.margin.ratio) return "";
  // totals over stages with different shares may mislead: the ratio compares within each tick, and says so where it differs
  const ratio = above / below;
  const crude = total.bad / total.n / (total.bad0 / total.n0);
  const how = Math.abs(Math.log(ratio / crude)) > 0.2 ? " within the same seconds" : "";
  return `about ${rough(ratio)} times as often${how}, `;
}

function marginInWords({ failures: { margin } }: FailuresGate): string {
  return "points" in margin ? points(margin.points) : times(margin.ratio);
}

function limitInWords({ failures: { limit } }: FailuresGate): string {
  const said: string[] = [];
  if (limit.ratio !== undefined) said.push(`below ${times(limit.ratio)} stable's rate`);
  if (limit.points !== undefined) said.push(`less than ${points(limit.points)} above it`);
  const text = said.join(" or ");
  return limit.ratio === undefined ? text.replace(/it$/, "stable's rate") : text;
}

function missingArm(stage: Block, gate: FailuresGate): string | null {
  const units = unitsOf(gate);
  if (stage.n === 0 && stage.n0 === 0) return `no ${units} counted in this stage yet`;
  if (stage.n === 0) return `no canary ${units} in this stage yet, stable has ${whole(stage.n0)}`;
  if (stage.n0 === 0) return `no stable ${units} in this stage to compare with, canary has ${whole(stage.n)}`;
  return null;
}

function numbersOf(evidence: FailuresEvidence, promised: Promised): Record<string, number> {
  const { total, stage, above, below, curve, differences, bursts, planned } = evidence;
  const ratio = below > 0 ? above / below : undefined;
  const { low, high } = ratioInterval(curve, promised.falseRollback);
  const excess = ratio === undefined ? null : excessFailures(total.bad, { low, likeliest: ratio, high });
  const difference = differences && differenceInterval(differences, promised.falseRollback);
  return finite({
    canaryN: total.n,
    canaryBad: total.bad,
    stableN: total.n0,
    stableBad: total.bad0,
    stageCanaryN: stage.n,
    stageCanaryBad: stage.bad,
    stageStableN: stage.n0,
    stageStableBad: stage.bad0,
    canaryRate: total.bad / total.n,
    stableRate: total.bad0 / total.n0,
    ratio,
    ratioLow: low,
    ratioHigh: high,
    excess: excess?.likeliest,
    excessLow: excess?.low,
    excessHigh: excess?.high,
    bursts: bursts?.phi,
    countsAs: bursts && 1 / bursts.phi,
    planned: planned?.failures,
    plannedSeen: planned?.seen,
    plannedMark: planned && Math.exp(planned.mark),
    differenceLow: difference?.low,
    differenceHigh: difference?.high,
  });
}

/** Only what is known: no rates of nothing, no open ends. */
function finite(numbers: Readonly<Record<string, number | undefined>>): Record<string, number> {
  const known: Record<string, number> = {};
  for (const name in numbers) {
    const number = numbers[name];
    if (number !== undefined && Number.isFinite(number)) known[name] = number;
  }
  return known;
}
