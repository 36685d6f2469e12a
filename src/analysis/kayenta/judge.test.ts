/** Against vectors that were made by running the upstream judge: every double to the last bit. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SerinError } from "../../errors.ts";
import { classify } from "./classify.ts";
import { judgeCanary, judgeResultJson } from "./judge.ts";
import { commonLanguage, mannWhitney, wilcoxonDifference, Z_98 } from "./mann-whitney.ts";
import { score, type Scored } from "./score.ts";
import { meanRatio, outliers, percentile, stats, transform } from "./series.ts";

const vectors = JSON.parse(readFileSync(new URL("../../../test/vectors/kayenta.json", import.meta.url), "utf8"));

const number = (v: unknown) => (typeof v === "string" ? Number(v) : (v as number));
const numbers = (vs: unknown[]) => vs.map(number);
/** Quantiles of the levels that the upstream tests use. */
const zOf: Record<string, number> = { "0.98": Z_98, "0.95": 1.959963984540054 };

describe("whole judgements", () => {
  for (const vector of [...vectors.judge, ...vectors.judgeRandom]) {
    const input = {
      canaryConfig: vector.config,
      scoreThresholds: vector.thresholds,
      metricSetPairList: vector.metricSetPairList,
    };
    if ("throws" in vector.expect) {
      test(`${vector.id} ${vector.title}`, () => expect(() => judgeCanary(input)).toThrow(SerinError));
    } else if ("nondeterministic" in vector) {
      test(`${vector.id} ${vector.title}: the same verdict every time`, () =>
        expect(judgeCanary(input)).toEqual(judgeCanary(input)));
    } else {
      test(`${vector.id} ${vector.title}`, () =>
        expect(JSON.parse(judgeResultJson(judgeCanary(input)))).toStrictEqual(vector.expect.judgeResult));
    }
  }
});

/** The values of a vector that upstream code returned; bit for bit, unless the vector gives a tolerance only. */
function close(actual: number, expected: number, tolerance: number | undefined) {
  if (tolerance === undefined || Number.isNaN(expected)) expect(actual).toBe(expected);
  else expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance);
}

type Vector = { input: any; expect: any; reference?: any; tolerance?: any; nondeterministic?: unknown };

const checks: Record<string, (v: Vector) => void> = {
  wilcoxonDiff: ({ input, reference }) =>
    expect(wilcoxonDifference(input.x, input.y, input.mu, input.quantile)).toBe(reference.wd),
  mannWhitney({ input, reference }) {
    const { lower, upper, estimate } = mannWhitney(input.x, input.y, zOf[input.confLevel]);
    expect({ lo: lower, hi: upper, est: estimate }).toEqual(reference);
  },
  mannWhitneyIntermediate({ input, reference }) {
    const { lower, upper, estimate } = mannWhitney(input.x, input.y, zOf[input.confLevel]);
    expect({ lo: lower, hi: upper, est: estimate }).toEqual(reference);
  },
  mannWhitneyClassifier({ input, expect: expected, reference, nondeterministic }) {
    const metric = {
      name: "m",
      groups: [],
      direction: input.direction,
      nanStrategy: input.nanStrategy,
      outlierFactor: null,
      critical: input.critical,
      mustHaveData: input.mustHaveData,
      muted: false,
      effect: { measure: input.effectSizeMeasure, ...input },
    };
    const side = (values: unknown[]) => transform(numbers(values), input.nanStrategy, null);
    const constants = { tolerance: input.tolerance, z: zOf[input.confLevel] };
    const found = classify(metric, side(input.experiment), side(input.control), constants);
    if (expected.classification !== undefined) expect(found.classification).toBe(expected.classification);
    if (nondeterministic !== undefined) return;
    const { classification, reason, critical, ratio } = found;
    expect({ classification, reason, critical, ratio }).toEqual({
      classification: reference.classification,
      reason: reference.reason,
      critical: reference.critical,
      ratio: number(reference.deviation),
    });
  },
  scorer({ input, expect: expected }) {
    const results = input.results.map((r: Partial<Scored>) => ({ reason: "", ratio: null, groups: [], ...r }));
    const { summary } = score(results, new Map(Object.entries(input.groupWeights)), { pass: 95, marginal: 75 });
    expect(summary.score).toBe(expected.summaryScore);
  },
  percentileR7: ({ input, expect: expected, reference, tolerance }) =>
    close(
      percentile(input.values, input.p),
      number(reference?.p ?? expected.value),
      reference === undefined ? tolerance : undefined,
    ),
  meanRatio: ({ input, expect: expected, tolerance }) =>
    close(meanRatio(input.experiment, input.control), number(expected.value), tolerance),
  cles: ({ input, reference }) => expect(commonLanguage(input.experiment, input.control)).toBe(reference.cles),
  iqrOutliers: ({ input, expect: expected }) =>
    expect(outliers(input.values, input.factor, input.reduceSensitivity)).toEqual(expected.outlier),
  summary({ input, expect: expected, tolerance }) {
    const found: Record<string, number> = { ...stats(numbers(input.values)) };
    for (const [key, value] of Object.entries(expected))
      close(found[key], number(value), (tolerance as Record<string, number> | undefined)?.[key]);
  },
  removeNaNs: ({ input, expect: expected }) =>
    expect(transform(numbers(input.values), "remove", null)).toEqual(expected.values),
  replaceNaNs: ({ input, expect: expected }) =>
    expect(transform(numbers(input.values), "replace", null)).toEqual(expected.values),
};

/** Upstream code that its shipped judge never calls. */
const unused = new Set([
  "meanInequalityClassifier",
  "kSigmaOutliers",
  "kSigmaRemove",
  "cohenD",
  "normalQuantile",
  "iqrRemove",
]);

describe("upstream's own unit tests", () => {
  for (const vector of vectors.unit.filter((v: { kind: string }) => !unused.has(v.kind))) {
    test(`${vector.id} ${vector.test}`, () => checks[vector.kind](vector));
  }
});

test("sweep: six bad minutes of sixty against k", () => {
  const [sweep] = vectors.sweeps;
  const minutes = (ones: number) => Array.from({ length: 60 }, (_, i) => (i < ones ? 1 : 0));
  const metric = { name: "m", query: {}, groups: ["g"], analysisConfigurations: { canary: { direction: "increase" } } };
  const found = sweep.expectClassificationByK.map((_: unknown, k: number) => {
    const pair = { name: "m", id: "m", tags: {}, values: { experiment: minutes(k), control: minutes(6) } };
    const input = {
      canaryConfig: { metrics: [metric] },
      scoreThresholds: { pass: 95, marginal: 75 },
      metricSetPairList: [pair],
    };
    return judgeCanary(input).results[0].classification;
  });
  expect(found).toEqual(sweep.expectClassificationByK);
});
