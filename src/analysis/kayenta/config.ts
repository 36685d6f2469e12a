/**
 * The part of a Kayenta canary config that the judge reads, with the types its JVM would have insisted on: a number that
 * is a string, an integer beyond 32 bits or a missing key fails the whole judgement there, and so it does here.
 */
import { SerinError } from "../../errors.ts";
import type { NanStrategy } from "./series.ts";

export interface MetricConfig {
  readonly name: string;
  readonly groups: readonly string[];
  readonly direction: "increase" | "decrease" | "either";
  readonly nanStrategy: NanStrategy;
  /** null: outliers are kept. */
  readonly outlierFactor: number | null;
  readonly critical: boolean;
  readonly mustHaveData: boolean;
  readonly muted: boolean;
  readonly effect: {
    readonly measure: "meanRatio" | "cles";
    readonly allowedIncrease: number;
    readonly allowedDecrease: number;
    readonly criticalIncrease: number;
    readonly criticalDecrease: number;
  };
}

export type Json = Readonly<Record<string, unknown>>;

export function refuse(message: string): never {
  throw new SerinError("DOCUMENT_INVALID", message);
}

export function asObject(value: unknown, path: string): Json {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Json;
  return refuse(`${path}: expected an object`);
}

export function asArray(value: unknown, path: string): readonly unknown[] {
  return Array.isArray(value) ? value : refuse(`${path}: expected a list`);
}

/** The object at a key; absent and null are empty. */
function within(parent: Json, key: string, path: string): Json {
  const value = parent[key];
  return value === undefined || value === null ? {} : asObject(value, `${path}.${key}`);
}

const INT_MAX = 2 ** 31;

function numberAt(parent: Json, key: string, otherwise: number, path: string): number {
  const value = parent[key];
  if (value === undefined) return otherwise;
  if (value === null) return 0;
  if (typeof value !== "number") return refuse(`${path}.${key}: expected a number, found ${JSON.stringify(value)}`);
  if (Number.isInteger(value) && (value >= INT_MAX || value < -INT_MAX))
    return refuse(`${path}.${key}: ${value} is beyond 32 bits`);
  return value;
}

function wordAt(parent: Json, key: string, otherwise: string, path: string): string {
  const value = parent[key];
  if (value === undefined) return otherwise;
  if (value === null) return refuse(`${path}.${key}: null where a word is expected`);
  return typeof value === "string" ? value : JSON.stringify(value);
}

function flagAt(parent: Json, key: string, path: string): boolean {
  const value = parent[key];
  if (value === undefined || value === null) return false;
  return typeof value === "boolean"
    ? value
    : refuse(`${path}.${key}: expected true or false, found ${JSON.stringify(value)}`);
}

/** Unknown words mean the default, as upstream reads them. */
export function readMetric(raw: Json, path: string): MetricConfig {
  const canary = within(within(raw, "analysisConfigurations", path), "canary", `${path}.analysisConfigurations`);
  const at = `${path}.analysisConfigurations.canary`;
  const direction = wordAt(canary, "direction", "either", at);
  const outliers = within(canary, "outliers", at);
  const effect = within(canary, "effectSize", at);
  const measure = wordAt(effect, "measure", "meanRatio", `${at}.effectSize`) === "cles" ? "cles" : "meanRatio";
  const neutral = measure === "cles" ? 0.5 : 1;
  const bound = (key: string) => numberAt(effect, key, neutral, `${at}.effectSize`);
  return {
    name: String(raw["name"]),
    groups: asArray(raw["groups"], `${path}.groups`).map(String),
    direction: direction === "increase" || direction === "decrease" ? direction : "either",
    nanStrategy: wordAt(canary, "nanStrategy", "none", at) === "replace" ? "replace" : "remove",
    outlierFactor: readOutliers(outliers, `${at}.outliers`),
    critical: flagAt(canary, "critical", at),
    mustHaveData: flagAt(canary, "mustHaveData", at),
    muted: flagAt(canary, "muted", at),
    effect: {
      measure,
      allowedIncrease: bound("allowedIncrease"),
      allowedDecrease: bound("allowedDecrease"),
      criticalIncrease: bound("criticalIncrease"),
      criticalDecrease: bound("criticalDecrease"),
    },
  };
}

function readOutliers(outliers: Json, path: string): number | null {
  const factor = numberAt(outliers, "outlierFactor", 3, path);
  if (wordAt(outliers, "strategy", "none", path) !== "remove") return null;
  return factor > 0 ? factor : refuse(`${path}.outlierFactor: ${factor} must be above 0`);
}

/** Group name to its configured weight. */
export function readWeights(config: Json): ReadonlyMap<string, number> {
  const weights = within(within(config, "classifier", "canaryConfig"), "groupWeights", "canaryConfig.classifier");
  const entries = Object.entries(weights).map(([group, weight]): [string, number] => {
    const value = Number(weight);
    return [
      group,
      Number.isNaN(value) ? refuse(`canaryConfig.classifier.groupWeights.${group}: expected a number`) : value,
    ];
  });
  return new Map(entries);
}
