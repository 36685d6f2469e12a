/** A `kayenta` gate as people write it: the words of Kayenta's canary config, with its defaults. */
import { z } from "zod";
import type { KayentaGate, KayentaMetric } from "../analysis/metric.ts";
import { durationFrom, formatDuration } from "./amounts.ts";

/** Status is written with every look, so points are not kept without end. */
const MOST_POINTS = 2000;

const score = z.number().min(0).max(100);
const size = z.number();
const effectSize = z.strictObject({
  measure: z.enum(["meanRatio", "cles"]).optional().describe("ratio of the means, or how often one exceeds the other"),
  allowedIncrease: size.optional().describe("an increase up to this is no High"),
  allowedDecrease: size.optional().describe("a decrease down to this is no Low"),
  criticalIncrease: size.optional().describe("from this on a critical metric fails the canary"),
  criticalDecrease: size.optional().describe("down to this a critical metric fails the canary"),
});

const metricOf = <S extends z.ZodType<Readonly<Record<string, unknown>>>>(source: S) =>
  z.strictObject({
    value: z.string().min(1).max(200).describe("a value of the source, e.g. failureRate, p99"),
    name: z.string().min(1).max(200).optional().describe("what it is called; as the value unless said"),
    source: source.optional().describe("where it comes from; the gate's source unless said"),
    groups: z.array(z.string().min(1).max(200)).max(20).default(["all"]).describe("whose scores it counts for"),
    direction: z.enum(["increase", "decrease", "either"]).default("either").describe("which change is bad"),
    nanStrategy: z.enum(["remove", "replace"]).default("remove").describe("minutes without a value: left out, or 0"),
    outlierFactor: z.number().gt(0).optional().describe("outliers beyond so many interquartile ranges are left out"),
    critical: z.boolean().default(false).describe("fails the canary by itself"),
    mustHaveData: z.boolean().default(false).describe("without data it counts as failed"),
    muted: z.boolean().default(false).describe("told, and not counted"),
    effectSize: effectSize.prefault({}).describe("how large a change must be to count"),
  });

/** `source` is closed by the document. */
export function kayentaSchema<S extends z.ZodType<Readonly<Record<string, unknown>>>>(source: S) {
  return z
    .strictObject({
      step: durationFrom(1000).prefault("1m").describe("one value of each metric and version this often"),
      interval: durationFrom(1000).prefault("10m").describe("judged this often"),
      lookback: durationFrom(1000).prefault("1h").describe("over the last so much of the stage at most"),
      pass: score.default(75).describe("a score from here on passes"),
      marginal: score.default(50).describe("a score of this or less rolls back at once"),
      metrics: z.array(metricOf(source)).min(1).max(50).describe("what is compared"),
      groupWeights: z
        .record(z.string(), z.number().min(0).max(100))
        .default({})
        .describe("of groups, in percent; the others share the rest"),
    })
    .superRefine((written, ctx) => {
      const { step, interval, lookback, metrics, marginal, pass } = written;
      const wrong = (path: string, message: string) => ctx.addIssue({ code: "custom", path: [path], message });
      if (interval % step !== 0) wrong("interval", `expected a multiple of step, ${formatDuration(step)}`);
      if (lookback < interval) wrong("lookback", `expected at least interval, ${formatDuration(interval)}`);
      if (marginal >= pass) wrong("marginal", `expected less than pass, ${pass}`);
      const points = Math.ceil(lookback / step) * metrics.length;
      if (points > MOST_POINTS)
        wrong(
          "lookback",
          `expected at most ${MOST_POINTS} points of all metrics together, found ${points}: a longer step or fewer metrics`,
        );
      const names = metrics.map(({ name, value }) => name ?? value);
      const twice = names.findIndex((name, i) => names.indexOf(name) < i);
      if (twice >= 0)
        ctx.addIssue({
          code: "custom",
          path: ["metrics", twice],
          message: `there is a metric named ${names[twice]} already`,
        });
    });
}

type Written = z.output<ReturnType<typeof kayentaSchema>>;

export function kayentaOf(written: Written, source: KayentaMetric["source"]): KayentaGate["kayenta"] {
  const { step, interval, lookback, metrics, ...rest } = written;
  return {
    ...rest,
    stepMs: step,
    intervalMs: interval,
    lookbackMs: lookback,
    metrics: metrics.map(({ name, source: own, outlierFactor, ...metric }) => ({
      ...metric,
      name: name ?? metric.value,
      source: own ?? source,
      outlierFactor: outlierFactor ?? null,
    })),
  };
}
