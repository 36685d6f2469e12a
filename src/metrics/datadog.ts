/**
 * Datadog's metrics (API v1, `/query`).
 *
 *     source:
 *       datadog:
 *         counts:
 *           total: sum:shop.requests{version:{{revision}}}.as_count()
 *           bad: sum:shop.errors{version:{{revision}}}.as_count()
 */
import { z } from "zod";
import { secretSchema } from "../engine/secrets.ts";
import { SerinError } from "../errors.ts";
import { addressSchema, below } from "./asking/address.ts";
import { plainShape } from "./asking/http.ts";
import { numberSource, serviceOf } from "./asking/service.ts";
import { checkQuestions, numberShape, offered, paceShape, wordsShape } from "./questions.ts";
import { defineMetricSource } from "./source.ts";

const config = z
  .strictObject({
    address: addressSchema.default("https://api.datadoghq.com").describe("the API of your site"),
    apiKey: secretSchema.describe("where the API key lies"),
    applicationKey: secretSchema.describe("where the application key lies"),
    ...numberShape("Datadog query", "sum:shop.requests{version:{{revision}}}.as_count()"),
    ...wordsShape,
    ...plainShape,
    ...paceShape("1m", "1m"),
  })
  .superRefine(checkQuestions)
  .describe("Datadog's metrics");

const answerSchema = z.object({
  status: z.literal("ok"),
  series: z.array(z.object({ pointlist: z.array(z.tuple([z.number(), z.number().nullable()])) })),
});

export const datadog = defineMetricSource({
  name: "datadog",
  config,
  offers: offered,
  create(settings, deps) {
    const keys = { "dd-api-key": settings.apiKey, "dd-application-key": settings.applicationKey };
    const service = serviceOf("Datadog", settings, deps, keys);
    return numberSource(service.whom, settings, deps, async (text, { window, signal }) => {
      const url = below(settings.address, "/api/v1/query");
      // both ends belong to Datadog's span, and its points lie where their span begins
      url.search = new URLSearchParams({
        from: String(window.from / 1000),
        to: String(window.to / 1000 - 1),
        query: text,
      }).toString();
      const { series } = await service.json(answerSchema, { url, method: "GET", headers: {} }, signal);
      if (series.length > 1)
        throw new SerinError(
          "SOURCE_FAILED",
          `${service.whom} answered with ${series.length} series where one was asked for`,
        );
      return (series[0]?.pointlist ?? [])
        .filter(([at]) => at >= window.from && at < window.to)
        .flatMap(([, value]) => (value === null ? [] : [value]));
    });
  },
});
