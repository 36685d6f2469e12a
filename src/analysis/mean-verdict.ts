/** What the evidence of a mean gate says, in a verdict and in words. */
import { differenceOf } from "../stats/means.ts";
import { limitInWords, marginInWords, sideOf } from "./distance.ts";
import { logMeanHarm, logMeanSafety, type MeanEvidence, type Totals } from "./mean.ts";
import type { MeanGate } from "./metric.ts";
import { rule, type Promised } from "./ruling.ts";
import type { Verdict } from "./verdict.ts";
import { amount, finiteNumbers, times, whole } from "./words.ts";

/** The verdict on the gate; `weightShare` is its share of the false-rollback budget. */
export function judgeMean(gate: MeanGate, evidence: MeanEvidence, promised: Promised, weightShare: number): Verdict {
  const { worse, margin, limit, unit } = gate.mean;
  const counted = meansInWords(gate, evidence, evidence.total);
  const logHarm = logMeanHarm(evidence);
  return rule(
    {
      look: evidence.look,
      logHarm,
      deciding: logHarm,
      logSafe: logMeanSafety(evidence),
      harmful: `${counted}: ${comparison(gate, evidence)}beyond the margin of ${marginInWords(margin, worse, unit)}`,
      safe: `${meansInWords(gate, evidence, evidence.stage)} in this stage: shown to be ${limitInWords(limit, worse, unit)}`,
      soFar: counted,
      measured: gate.mean.pairs ? evidence.pairs > 0 : evidence.stage.n > 0 && evidence.stage.n0 > 0,
      missing: missingOf(gate, evidence),
      hidden: outsideInWords(gate, evidence.total),
      numbers: numbersOf(gate, evidence, promised),
    },
    promised,
    weightShare,
  );
}

/** In the metric's own unit; NaN of nothing. */
const meanOf = ({ mean: { floor, cap } }: MeanGate, n: number, sum: number) => floor + ((cap - floor) * sum) / n;

function meansInWords(gate: MeanGate, { each }: MeanEvidence, { n, sum, n0, sum0 }: Totals): string {
  const of = (count: number, parts: number) =>
    count === 0 ? "nothing" : `${amount(meanOf(gate, count, parts), gate.mean.unit)} on average`;
  const what = each === "unit" ? "units" : "values";
  return `canary has ${of(n, sum)} over ${whole(n)} ${what}, stable ${of(n0, sum0)} over ${whole(n0)}`;
}

/** "about 1.43 times as much, " or "about 62 tokens more, "; empty while neither is known, or it says little. */
function comparison(gate: MeanGate, evidence: MeanEvidence): string {
  const { margin, unit, worse, floor, cap } = gate.mean;
  if ("ratio" in margin) {
    const ratio = ratioOf(evidence);
    return ratio === undefined ? "" : `about ${times(Number(ratio.toPrecision(3)))} as much, `;
  }
  const found = differenceOf(evidence.difference, 0.5);
  const by = found === null ? 0 : found.likeliest * (cap - floor);
  // a fault of the last minutes does not show in sums of the whole release
  if (by * sideOf(worse) <= 0) return "";
  return `about ${amount(Math.abs(by), unit)} ${by > 0 ? "more" : "less"}, `;
}

const ratioOf = ({ above, below }: MeanEvidence) => (below > 0 ? above / below : undefined);

function missingOf({ mean: { pairs } }: MeanGate, { stage, pairs: found }: MeanEvidence): string | null {
  if (pairs) return found === 0 ? "no pairs in this stage yet" : null;
  if (stage.n === 0 && stage.n0 === 0) return "nothing reported in this stage yet";
  if (stage.n === 0) return `nothing of the canary in this stage yet, stable has ${whole(stage.n0)}`;
  return stage.n0 === 0 ? `nothing of stable in this stage to compare with, canary has ${whole(stage.n)}` : null;
}

/** What the cap hides. */
function outsideInWords({ mean: { floor, cap, unit } }: MeanGate, { outside, outside0 }: Totals): string | null {
  if (outside + outside0 === 0) return null;
  const from = `${amount(floor)} to ${amount(cap, unit)}`;
  return `${whole(outside)} of canary's and ${whole(outside0)} of stable's lay outside ${from} and count as its ends`;
}

function numbersOf(gate: MeanGate, evidence: MeanEvidence, promised: Promised): Record<string, number> {
  const { total, stage, pairs } = evidence;
  const scale = gate.mean.cap - gate.mean.floor;
  const difference = differenceOf(evidence.difference, promised.falseRollback);
  const inUnit = (part: number | undefined) => (part === undefined ? undefined : part * scale);
  // an end of the range is no finding
  const known = (part: number | undefined) => (part === undefined || Math.abs(part) >= 1 ? undefined : part * scale);
  return finiteNumbers({
    canaryN: total.n,
    stableN: total.n0,
    stageCanaryN: stage.n,
    stageStableN: stage.n0,
    canaryMean: meanOf(gate, total.n, total.sum),
    stableMean: meanOf(gate, total.n0, total.sum0),
    ratio: gate.mean.pairs ? undefined : ratioOf(evidence),
    difference: inUnit(difference?.likeliest),
    differenceLow: known(difference?.low),
    differenceHigh: known(difference?.high),
    canaryOutside: total.outside,
    stableOutside: total.outside0,
    ...(gate.mean.pairs ? { stagePairs: pairs } : {}),
  });
}
