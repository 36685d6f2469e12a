/**
 * NetflixACAJudge-v1.0 (Spinnaker Kayenta), bit for bit wherever upstream is deterministic: canary config, thresholds and
 * metric set pairs in, the judge result that upstream would write out. `docs/kayenta.md` says where this judge errs.
 */
import { asArray, asObject, readMetric, readWeights, refuse, type Json, type MetricConfig } from "./config.ts";
import { classify, type Classified } from "./classify.ts";
import { score, type GroupScore, type Summary } from "./score.ts";
import { stats, transform, type Stats } from "./series.ts";

export interface JudgeInput {
  readonly canaryConfig: unknown;
  readonly scoreThresholds: unknown;
  readonly metricSetPairList: unknown;
}

/** One metric's result, fields in upstream's order; NaN and infinities are numbers here and words in JSON. */
export interface MetricResult {
  readonly name: string;
  readonly tags: unknown;
  readonly id: unknown;
  readonly classification: Classified["classification"];
  readonly classificationReason?: string;
  readonly groups: readonly string[];
  readonly experimentMetadata: { readonly stats: Stats };
  readonly controlMetadata: { readonly stats: Stats };
  readonly resultMetadata?: { readonly ratio: number };
  readonly critical: boolean;
  readonly muted: boolean;
}

export interface JudgeResult {
  readonly judgeName: "NetflixACAJudge-v1.0";
  readonly results: readonly MetricResult[];
  readonly groupScores: readonly GroupScore[];
  readonly score: Summary;
}

const words = new Map<unknown, number>([
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

function points(pair: Json, side: "experiment" | "control", path: string): number[] {
  const values = asArray(asObject(pair["values"], `${path}.values`)[side], `${path}.values.${side}`);
  return values.map((value, i) => {
    const number = typeof value === "number" ? value : words.get(value);
    return number ?? refuse(`${path}.values.${side}[${i}]: expected a number or "NaN", found ${JSON.stringify(value)}`);
  });
}

function judgePair(pair: Json, metrics: readonly Json[], path: string): MetricResult {
  const name = pair["name"];
  const at = metrics.findIndex((metric) => metric["name"] === name);
  if (at < 0) return refuse(`${path}.name: could not find metric config for ${String(name)}`);
  const metric = readMetric(metrics[at], `canaryConfig.metrics[${at}]`);
  const side = (which: "experiment" | "control") =>
    transform(points(pair, which, path), metric.nanStrategy, metric.outlierFactor);
  return result(pair, metric, side("experiment"), side("control"));
}

function result(
  pair: Json,
  metric: MetricConfig,
  experiment: readonly number[],
  control: readonly number[],
): MetricResult {
  const { classification, reason, critical, ratio } = classify(metric, experiment, control);
  return {
    name: metric.name,
    tags: pair["tags"] ?? {},
    id: pair["id"],
    classification,
    ...(reason === null ? {} : { classificationReason: reason }),
    groups: metric.groups,
    experimentMetadata: { stats: stats(experiment) },
    controlMetadata: { stats: stats(control) },
    ...(ratio === null ? {} : { resultMetadata: { ratio } }),
    critical,
    muted: metric.muted,
  };
}

function readThresholds(raw: unknown): { pass: number; marginal: number } {
  const object = asObject(raw, "scoreThresholds");
  const read = (key: "pass" | "marginal") => {
    const value = object[key];
    return typeof value === "number" ? value : refuse(`scoreThresholds.${key}: expected a number`);
  };
  return { pass: read("pass"), marginal: read("marginal") };
}

/**
 * Judges one canary. Input as parsed from JSON ("NaN" and "Infinity" may be words).
 * Throws DOCUMENT_INVALID with the path where upstream would fail as a whole.
 */
export function judgeCanary(input: JudgeInput): JudgeResult {
  const config = asObject(input.canaryConfig, "canaryConfig");
  const metrics = asArray(config["metrics"], "canaryConfig.metrics").map((m, i) =>
    asObject(m, `canaryConfig.metrics[${i}]`),
  );
  const weights = readWeights(config);
  const thresholds = readThresholds(input.scoreThresholds);
  const pairs = asArray(input.metricSetPairList, "metricSetPairList");
  const results = pairs.map((pair, i) =>
    judgePair(asObject(pair, `metricSetPairList[${i}]`), metrics, `metricSetPairList[${i}]`),
  );
  const counted = results
    .filter((r) => !r.muted)
    .map((r) => ({ ...r, reason: r.classificationReason ?? null, ratio: r.resultMetadata?.ratio ?? null }));
  const { groupScores, summary } = score(counted, weights, thresholds);
  return { judgeName: "NetflixACAJudge-v1.0", results, groupScores, score: summary };
}

/** JSON text as upstream writes it: numbers that JSON has no digits for become words. */
export function judgeResultJson(judged: JudgeResult): string {
  return JSON.stringify(judged, (_key, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
  );
}
