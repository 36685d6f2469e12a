/**
 * Google Cloud Monitoring (API v3). A question is a filter; counts are what a counter grew by in a span.
 *
 *     source:
 *       google:
 *         project: shop-prod
 *         counts:
 *           total: metric.type="run.googleapis.com/request_count" AND resource.labels.revision_name="{{revision}}"
 *           bad: metric.type="run.googleapis.com/request_count" AND resource.labels.revision_name="{{revision}}" AND metric.labels.response_code_class="5xx"
 */
import { z } from "zod";
import { SerinError } from "../errors.ts";
import { addressSchema, below } from "./asking/address.ts";
import { plainShape } from "./asking/http.ts";
import { serviceOf, type Service } from "./asking/service.ts";
import { googleProver } from "./google/token.ts";
import { numberAnswers, spanwise, type Numbers } from "./numbers.ts";
import { answering, checkQuestions, numberShape, offered, paceShape, wordsShape } from "./questions.ts";
import { defineMetricSource } from "./source.ts";

const aligners = [
  "ALIGN_MEAN",
  "ALIGN_MIN",
  "ALIGN_MAX",
  "ALIGN_SUM",
  "ALIGN_DELTA",
  "ALIGN_RATE",
  "ALIGN_PERCENTILE_50",
  "ALIGN_PERCENTILE_95",
  "ALIGN_PERCENTILE_99",
] as const;
const reducers = [
  "REDUCE_MEAN",
  "REDUCE_MIN",
  "REDUCE_MAX",
  "REDUCE_SUM",
  "REDUCE_PERCENTILE_50",
  "REDUCE_PERCENTILE_95",
  "REDUCE_PERCENTILE_99",
] as const;

const config = z
  .strictObject({
    project: z
      .string()
      .regex(/^[a-z0-9.:-]{1,100}$/, "expected the id of a project")
      .describe("the project's id"),
    keyFile: z
      .string()
      .min(1)
      .max(4096)
      .optional()
      .describe("the file with a service account's key; the machine's own account unless said"),
    address: addressSchema.default("https://monitoring.googleapis.com").describe("where the API is"),
    ...numberShape(
      "filter",
      `metric.type="run.googleapis.com/request_count" AND resource.labels.revision_name="{{revision}}"`,
    ),
    aligner: z.enum(aligners).default("ALIGN_MEAN").describe("how a value is made of one series' span"),
    reducer: z.enum(reducers).default("REDUCE_MEAN").describe("how a value is made of many series"),
    ...wordsShape,
    ...plainShape,
    ...paceShape("1m", "3m"),
  })
  .superRefine(checkQuestions)
  .describe("Google Cloud Monitoring");

type Settings = z.output<typeof config>;

const value = z.union([
  z.object({ int64Value: z.string() }).transform(({ int64Value }) => Number(int64Value)),
  z.object({ doubleValue: z.number() }).transform(({ doubleValue }) => doubleValue),
]);

const answerSchema = z
  .object({
    timeSeries: z.array(z.object({ points: z.array(z.object({ value })) })).default([]),
    executionErrors: z.array(z.object({ message: z.string().optional() })).default([]),
    unit: z.string().optional(),
    nextPageToken: z.string().optional(),
  })
  .strict();

export const google = defineMetricSource({
  name: "google",
  config,
  offers: offered,
  create(settings, deps) {
    const service = serviceOf("Google Cloud Monitoring", settings, deps, googleProver(settings.keyFile, deps));
    const { counts } = numberAnswers(numbersBy(settings, service, { aligner: "ALIGN_DELTA", reducer: "REDUCE_SUM" }));
    const { value } = numberAnswers(numbersBy(settings, service, settings));
    const answers = { counts, value };
    return spanwise(
      answering({ name: service.whom, rollout: deps.rollout, questions: settings, answers }),
      settings.interval,
    );
  },
});

function numbersBy(
  { address, project }: Settings,
  service: Service,
  { aligner, reducer }: { readonly aligner: string; readonly reducer: string },
): Numbers {
  return async (text, { window, signal }) => {
    const url = below(address, `/v3/projects/${project}/timeSeries`);
    url.search = new URLSearchParams({
      filter: text,
      "interval.startTime": new Date(window.from).toISOString(),
      "interval.endTime": new Date(window.to).toISOString(),
      "aggregation.alignmentPeriod": `${(window.to - window.from) / 1000}s`,
      "aggregation.perSeriesAligner": aligner,
      "aggregation.crossSeriesReducer": reducer,
    }).toString();
    const { timeSeries, executionErrors } = await service.json(
      answerSchema,
      { url, method: "GET", headers: {} },
      signal,
    );
    if (executionErrors.length > 0)
      throw new SerinError(
        "SOURCE_FAILED",
        `${service.whom} answered in part only: ${executionErrors[0].message ?? "no reason given"}`,
      );
    if (timeSeries.length > 1)
      throw new SerinError(
        "SOURCE_FAILED",
        `${service.whom} answered with ${timeSeries.length} series where one was asked for`,
      );
    // newest first
    return (timeSeries[0]?.points ?? []).map((point) => point.value).toReversed();
  };
}
