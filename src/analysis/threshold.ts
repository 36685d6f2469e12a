/**
 * Evidence of a `threshold` gate: checks of one value against a fixed limit, counted as Flagger counts them: over the
 * whole release, not in a row. It promises no error rate. A check without a value is no check.
 */
import { firstLook, lookFailed, looked, type Look } from "./look.ts";
import type { Measurement } from "./measurement.ts";
import type { ThresholdGate } from "./metric.ts";
import type { Verdict } from "./verdict.ts";

/** Plain JSON of constant size. */
export interface ThresholdEvidence {
  readonly kind: "threshold";
  readonly look: Look;
  /** Checks with a value: in the release, out of range in the release, in the present stage. */
  readonly checks: number;
  readonly outOfRange: number;
  readonly stageChecks: number;
  /** The last value and whether it was in range. */
  readonly value: number;
  readonly inRange: boolean;
}

export const initialThreshold: ThresholdEvidence = {
  kind: "threshold",
  look: firstLook,
  checks: 0,
  outOfRange: 0,
  stageChecks: 0,
  value: 0,
  inRange: false,
};

export const enterThresholdStage = (evidence: ThresholdEvidence): ThresholdEvidence => ({
  ...evidence,
  stageChecks: 0,
});

export function foldThreshold(
  gate: ThresholdGate,
  evidence: ThresholdEvidence,
  measurement: Measurement & { readonly kind: "value" },
): ThresholdEvidence {
  const { value } = measurement;
  if (!Number.isFinite(value)) {
    return { ...evidence, look: lookFailed(evidence.look, measurement, `the value is not a number: ${value}`) };
  }
  const inRange = isInRange(gate, value);
  return {
    ...evidence,
    look: looked(evidence.look, measurement),
    checks: evidence.checks + 1,
    outOfRange: evidence.outOfRange + (inRange ? 0 : 1),
    stageChecks: evidence.stageChecks + 1,
    value,
    inRange,
  };
}

/** Both ends belong to the range. */
export const isInRange = ({ threshold: { min, max } }: ThresholdGate, value: number): boolean =>
  (min === undefined || value >= min) && (max === undefined || value <= max);

const DIGITS = 4;
const ALL_DIGITS = 17;

/** 20.342985915492957 -> "20.34", with as many digits as show on which side of a limit it lies: 0.98999 of 0.99 stays. */
function legible({ threshold: { min, max } }: ThresholdGate, value: number): string {
  const sides = (x: number) => [min, max].map((limit) => limit !== undefined && Math.sign(x - limit));
  for (let digits = DIGITS; digits < ALL_DIGITS; digits++) {
    const shown = Math.abs(value) >= 10 ** DIGITS ? Math.round(value) : Number(value.toPrecision(digits));
    if (sides(shown).join() === sides(value).join()) return String(shown);
  }
  return String(value);
}

/** "p99 of canary is 610, at most 500 allowed" */
export const valueInWords = (gate: ThresholdGate, value: number): string =>
  `${gate.threshold.value} of ${gate.threshold.arm} is ${legible(gate, value)}, ${rangeInWords(gate)}`;

/** Whether so many checks were out of range that the release goes back. */
export const overLimit = (gate: ThresholdGate, evidence: ThresholdEvidence): boolean =>
  evidence.outOfRange >= gate.threshold.failures;

export function judgeThreshold(gate: ThresholdGate, evidence: ThresholdEvidence): Verdict {
  const { look, checks, outOfRange, stageChecks, value } = evidence;
  const verdict = (kind: Verdict["verdict"], reason: string): Verdict => ({
    verdict: kind,
    logHarm: 0,
    logSafe: 0,
    measured: stageChecks > 0,
    reason: look.gap === "" ? reason : `${reason} (not all of the time was recorded: ${look.gap})`,
    numbers: {
      checks,
      outOfRange,
      stageChecks,
      failures: gate.threshold.failures,
      gaps: look.gaps,
      ...(checks > 0 ? { value } : {}),
      ...(gate.threshold.min === undefined ? {} : { min: gate.threshold.min }),
      ...(gate.threshold.max === undefined ? {} : { max: gate.threshold.max }),
    },
  });
  const tally = `${outOfRange} of ${checks} checks out of range, ${gate.threshold.failures} roll back`;
  const last = valueInWords(gate, value);
  if (overLimit(gate, evidence)) return verdict("fail", `${last}: ${tally}`);
  if (look.last === "error") return verdict("error", `could not measure: ${look.why}`);
  if (look.last === "noData") return verdict("inconclusive", `no data: ${look.why}`);
  if (stageChecks === 0) return verdict("inconclusive", `not checked in this stage yet${stepsInWords(gate)}`);
  return evidence.inRange ? verdict("pass", `${last}: in range`) : verdict("inconclusive", `${last}: ${tally}`);
}

/** ", it looks in step 3", ", it looks from step 2 on" */
function stepsInWords({ threshold: { during } }: ThresholdGate): string {
  if (during === undefined) return "";
  const { from, to } = during;
  if (to === undefined) return `, it looks from step ${from} on`;
  return `, it looks in ${from === to ? `step ${from}` : `steps ${from} to ${to}`}`;
}

function rangeInWords({ threshold: { min, max } }: ThresholdGate): string {
  if (min !== undefined && max !== undefined) return `allowed ${min} to ${max}`;
  return min === undefined ? `at most ${max} allowed` : `at least ${min} needed`;
}
