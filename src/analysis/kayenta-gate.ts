/**
 * Evidence of a `kayenta` gate: one value of each metric and arm a step, judged by Kayenta's judge at each interval over
 * all that was gathered in the stage. "Time-series grade": it looks at minutes and not at requests, and promises no error
 * rate (`docs/kayenta.md`). What follows from a score follows as in Kayenta's standalone analysis: at `marginal` or below
 * the release goes back at once, and the last score decides whether the gate passes.
 */
import { judgeCanary, type JudgeResult } from "./kayenta/judge.ts";
import { firstLook, looked, type Look } from "./look.ts";
import type { Measurement } from "./measurement.ts";
import { GRADE, type KayentaGate, type KayentaMetric } from "./metric.ts";
import type { Verdict } from "./verdict.ts";

/** Points of one metric, one a step; null where there was no value. */
interface Points {
  readonly stable: readonly (number | null)[];
  readonly canary: readonly (number | null)[];
}

/** Plain JSON, as long as the lookback. */
export interface KayentaEvidence {
  readonly kind: "kayenta";
  readonly look: Look;
  /** By the metric's name, of the present stage. */
  readonly points: Readonly<Record<string, Points>>;
  /** Steps of the present stage, those that the lookback has left behind included. */
  readonly steps: number;
  /** Where the last step ended, epoch milliseconds; 0 before the first. */
  readonly to: number;
  /** The last judgement of the present stage; `sound` when metrics were compared and none failed to be. */
  readonly judged: { readonly score: number; readonly why: string; readonly sound: boolean } | null;
  /** Judgements of the release; the score and words of the one that took it back. */
  readonly judgements: number;
  readonly failed: { readonly score: number; readonly why: string } | null;
}

export const initialKayenta: KayentaEvidence = {
  kind: "kayenta",
  look: firstLook,
  points: {},
  steps: 0,
  to: 0,
  judged: null,
  judgements: 0,
  failed: null,
};

export const enterKayentaStage = (evidence: KayentaEvidence): KayentaEvidence => ({
  ...evidence,
  points: {},
  steps: 0,
  to: 0,
  judged: null,
});

export function foldKayenta(
  gate: KayentaGate,
  evidence: KayentaEvidence,
  measurement: Measurement & { readonly kind: "values" },
): KayentaEvidence {
  const { stepMs, intervalMs, lookbackMs } = gate.kayenta;
  const most = Math.round(lookbackMs / stepMs);
  const missed = missedSteps(evidence, measurement.window.from, stepMs, most);
  const points = Object.fromEntries(
    gate.kayenta.metrics.map(({ name }) => {
      const known = evidence.points[name] ?? { stable: [], canary: [] };
      const grown = (arm: "stable" | "canary") =>
        [...known[arm], ...Array<null>(missed).fill(null), measurement[arm][name] ?? null].slice(-most);
      return [name, { stable: grown("stable"), canary: grown("canary") }];
    }),
  );
  const steps = evidence.steps + missed + 1;
  const next = { ...evidence, look: looked(evidence.look, measurement), points, steps, to: measurement.window.to };
  const every = Math.round(intervalMs / stepMs);
  // what was missed may have held the end of an interval
  return Math.floor(steps / every) > Math.floor(evidence.steps / every) ? judgedNow(gate, next) : next;
}

/** Steps between the last one and this that nobody measured: minutes without a value, as Kayenta has them. */
function missedSteps({ to }: KayentaEvidence, from: number, stepMs: number, most: number): number {
  return to === 0 ? 0 : Math.min(most, Math.max(0, Math.round((from - to) / stepMs)));
}

/**
 * Where Kayenta and Serin part: data that is missing takes nothing back there where the author did not say that it must
 * be there, and a metric that could not be judged is no pass.
 */
function judgedNow(gate: KayentaGate, evidence: KayentaEvidence): KayentaEvidence {
  const { pass, marginal } = gate.kayenta;
  const { results, score: summary } = judgeCanary(inputOf(gate, evidence));
  const { score } = summary;
  const why = sentenceOf(results, summary.classificationReason);
  const found = results.filter(({ muted }) => !muted).map(({ classification }) => classification);
  const worse = found.some((one) => one === "High" || one === "Low" || one === "NodataFailMetric");
  const sound = found.some((one) => one === "Pass" || one === "High" || one === "Low") && !found.includes("Error");
  return {
    ...evidence,
    judged: { score, why, sound },
    judgements: evidence.judgements + 1,
    // a score of exactly `marginal` fails, as in Kayenta's own runs; one below `pass` is only not yet a pass
    failed: evidence.failed ?? (worse && score <= marginal && score < pass ? { score, why } : null),
  };
}

function inputOf({ kayenta }: KayentaGate, { points }: KayentaEvidence) {
  const { metrics, groupWeights, pass, marginal } = kayenta;
  const numbers = (some: readonly (number | null)[]) => some.map((value) => value ?? NaN);
  return {
    canaryConfig: {
      metrics: metrics.map(({ name, groups, ...metric }) => ({
        name,
        groups,
        analysisConfigurations: { canary: canaryOf(metric) },
      })),
      classifier: { groupWeights },
    },
    scoreThresholds: { pass, marginal },
    metricSetPairList: metrics.map(({ name }) => ({
      name,
      id: name,
      tags: {},
      values: { experiment: numbers(points[name].canary), control: numbers(points[name].stable) },
    })),
  };
}

function canaryOf({
  direction,
  nanStrategy,
  outlierFactor,
  critical,
  mustHaveData,
  muted,
  effectSize,
}: Omit<KayentaMetric, "name" | "groups">) {
  const outliers = outlierFactor === null ? {} : { outliers: { strategy: "remove", outlierFactor } };
  return { direction, nanStrategy, critical, mustHaveData, muted, effectSize, ...outliers };
}

/** "failureRate High, p99 Pass"; the judge's own reason first, where it gave one. */
function sentenceOf(results: JudgeResult["results"], reason: string): string {
  const each = results.map(({ name, classification }) => `${name} ${classification}`).join(", ");
  return reason === "" ? each : `${reason} (${each})`;
}

/** Whether a score has taken the release back. */
export const hasFailed = ({ failed }: KayentaEvidence): boolean => failed !== null;

export function judgeKayenta(gate: KayentaGate, evidence: KayentaEvidence): Verdict {
  const { look, judged, steps, judgements, failed } = evidence;
  const { pass, marginal, intervalMs, stepMs } = gate.kayenta;
  const verdict = (kind: Verdict["verdict"], reason: string): Verdict => ({
    verdict: kind,
    logHarm: 0,
    logSafe: 0,
    measured: judged?.sound === true,
    reason: look.gap === "" ? reason : `${reason} (not all of the time was recorded: ${look.gap})`,
    numbers: {
      points: Math.min(steps, Math.round(gate.kayenta.lookbackMs / stepMs)),
      judgements,
      pass,
      marginal,
      gaps: look.gaps,
      ...(judged === null ? {} : { score: judged.score }),
    },
  });
  if (failed !== null)
    return verdict("fail", `${GRADE}: score ${failed.score}, and ${marginal} or less rolls back: ${failed.why}`);
  if (look.last === "error") return verdict("error", `could not measure: ${look.why}`);
  if (judged === null) {
    const needed = Math.round(intervalMs / stepMs);
    return verdict("inconclusive", `${GRADE}: ${steps} of ${needed} points until the first judgement`);
  }
  const said = `${GRADE}: score ${judged.score} after ${steps} points`;
  if (!judged.sound) return verdict("inconclusive", `${said}, which rests on too little: ${judged.why}`);
  if (judged.score >= pass) return verdict("pass", `${said}, at least ${pass}: ${judged.why}`);
  return verdict("inconclusive", `${said}, ${pass} passes and ${marginal} or less rolls back: ${judged.why}`);
}
