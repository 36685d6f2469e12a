/**
 * Prometheus, and what answers as it does: VictoriaMetrics, Thanos, Mimir, Cortex, Amazon's and Google's managed ones.
 *
 *     source:
 *       prometheus:
 *         address: http://127.0.0.1:9090
 *         counts:
 *           total: http_requests_total{app="shop", version="{{revision}}"}
 *           bad: http_requests_total{app="shop", version="{{revision}}", code=~"5.."}
 *
 * Counts and histograms are read as raw samples and differenced here, process by process (`prometheus/rises.ts`).
 */
import { z } from "zod";
import type { Arm } from "../analysis/measurement.ts";
import { addressSchema } from "./asking/address.ts";
import { askerOf, httpShape, whomOf } from "./asking/http.ts";
import { amountsFrom } from "./prometheus/amounts.ts";
import { errorWords, prometheusApi, type PrometheusApi } from "./prometheus/api.ts";
import { countsFrom } from "./prometheus/counts.ts";
import { latenciesFrom } from "./prometheus/latencies.ts";
import { selectorText } from "./prometheus/samples.ts";
import { valueFrom } from "./prometheus/value.ts";
import { answering, checkQuestions, countsSchema, offered, paceShape, questionText, wordsShape } from "./questions.ts";
import { defineMetricSource, type MetricSourceDeps } from "./source.ts";

const config = z
  .strictObject({
    address: addressSchema.describe("where its HTTP API is, without /api/v1"),
    counts: countsSchema(selectorText(`http_requests_total{app="shop", version="{{revision}}"}`))
      .optional()
      .describe("counters of everything and of a part of it, as selectors of raw series"),
    histogram: selectorText(`http_request_duration_seconds_bucket{app="shop", version="{{revision}}"}`)
      .optional()
      .describe("latencies: a classic histogram's _bucket series, or a native histogram, as a selector of raw series"),
    unit: z.enum(["seconds", "milliseconds"]).default("seconds").describe("what the histogram counts in"),
    value: questionText("PromQL query", `sum(rate(http_requests_total{version="{{revision}}"}[{{interval}}]))`)
      .optional()
      .describe("one number, in PromQL"),
    amounts: z
      .strictObject({
        buckets: selectorText(`chat_tokens_bucket{version="{{revision}}"}`).describe(
          "a classic histogram's _bucket series",
        ),
        sum: selectorText(`chat_tokens_sum{version="{{revision}}"}`).describe("its _sum series"),
      })
      .optional()
      .describe("how much each was, as a histogram of amounts: for mean gates"),
    ...wordsShape,
    ...httpShape,
    ...paceShape("15s", "5s"),
  })
  .superRefine(checkQuestions)
  .describe("Prometheus, or what answers as it does");

/** Whom these settings ask. */
export function apiOf(settings: z.output<typeof config>, deps: MetricSourceDeps): PrometheusApi {
  const { address } = settings;
  return prometheusApi(whomOf("Prometheus", address), address, askerOf("Prometheus", settings, deps, errorWords));
}

export const prometheus = defineMetricSource({
  name: "prometheus",
  config,
  offers: offered,
  create(settings, deps) {
    const { interval: every, unit } = settings;
    const api = apiOf(settings, deps);
    return answering({
      name: api.whom,
      rollout: deps.rollout,
      questions: settings,
      answers: {
        counts: (questions, look) => countsFrom(api, questions, look, every),
        histogram: (selectors, look) => latenciesFrom(api, selectors, look, { every, unit }),
        value: (text, look) => valueFrom(api, text, look),
        mean: (query, look) => {
          const { buckets = "", sum = "" } = settings.amounts ?? {};
          const of = (arm: Arm) => ({ buckets: look.fill(buckets, arm), sum: look.fill(sum, arm) });
          return amountsFrom(api, { stable: of("stable"), canary: of("canary") }, query, look, every);
        },
      },
    });
  },
});
