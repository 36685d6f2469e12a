/** One metric: both sides' points to Pass, High, Low, Nodata, NodataFailMetric or Error, with the reason in upstream's words. */
import type { MetricConfig } from "./config.ts";
import { AllTied, commonLanguage, mannWhitney, Z_98, type Interval } from "./mann-whitney.ts";
import { ascending, meanRatio } from "./series.ts";

export const classifications = ["Pass", "High", "Low", "Nodata", "NodataFailMetric", "Error"] as const;

export interface Classified {
  readonly classification: (typeof classifications)[number];
  readonly reason: string | null;
  readonly critical: boolean;
  /** Mean ratio; null where classification failed. */
  readonly ratio: number | null;
}

/** The judge's constants; upstream's properties of the same names are ignored there. */
export const judgeConstants = { tolerance: 0.25, z: Z_98 };

const pass = (reason: string | null = null): Classified => ({
  classification: "Pass",
  reason,
  critical: false,
  ratio: 1,
});

export function classify(
  metric: MetricConfig,
  experiment: readonly number[],
  control: readonly number[],
  constants = judgeConstants,
): Classified {
  if (experiment.length === 0 || control.length === 0) return missing(metric);
  if (same(ascending(experiment), ascending(control))) return pass("The Canary and Baseline data are identical");
  if (new Set([...experiment, ...control]).size === 1) return pass();
  try {
    return compare(metric, experiment, control, constants);
  } catch (thrown) {
    if (!(thrown instanceof AllTied)) throw thrown;
    return { classification: "Error", reason: "Metric Classification Failed", critical: false, ratio: null };
  }
}

function missing(metric: MetricConfig): Classified {
  if (metric.nanStrategy === "replace") return pass();
  const reason = `Missing data for ${metric.name}`;
  if (metric.mustHaveData && !metric.critical)
    return { classification: "NodataFailMetric", reason, critical: false, ratio: 1 };
  return { classification: "Nodata", reason, critical: metric.critical, ratio: 1 };
}

const same = (a: Float64Array, b: Float64Array) => a.length === b.length && a.every((x, i) => x === b[i]);

const constant = (values: readonly number[]) => values.every((x) => x === values[0]);

/**
 * Two different constants: upstream adds unseeded noise of one part in 100,000 before the test, so that the same input
 * need not give the same verdict. Serin compares the constants themselves: the interval is their difference.
 */
function interval(experiment: readonly number[], control: readonly number[], z: number): Interval {
  if (!constant(experiment) || !constant(control)) return mannWhitney(experiment, control, z);
  const difference = experiment[0] - control[0];
  return { lower: difference, upper: difference, estimate: difference };
}

function compare(
  metric: MetricConfig,
  experiment: readonly number[],
  control: readonly number[],
  constants: typeof judgeConstants,
): Classified {
  const { lower, upper, estimate } = interval(experiment, control, constants.z);
  const ratio = meanRatio(experiment, control);
  const { direction, effect, critical, name } = metric;
  const size = effect.measure === "cles" ? commonLanguage(experiment, control) : ratio;
  const bound = constants.tolerance * Math.abs(estimate);
  const reaches = (limit: number) => Number.isNaN(size) || size >= limit;
  const fallsTo = (limit: number) => Number.isNaN(size) || size <= limit;
  const verdict = (word: "High" | "Low", grave: boolean): Classified => ({
    classification: word,
    reason: grave ? `The metric ${name} was classified as ${word} (Critical)` : `${name} was classified as ${word}`,
    critical: grave,
    ratio,
  });
  if (direction !== "decrease" && lower > bound && reaches(effect.allowedIncrease))
    return verdict("High", critical && reaches(effect.criticalIncrease));
  if (direction !== "increase" && upper < -bound && fallsTo(effect.allowedDecrease))
    return verdict("Low", critical && fallsTo(effect.criticalDecrease));
  return { classification: "Pass", reason: null, critical: false, ratio };
}
