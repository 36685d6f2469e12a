/**
 * Dynatrace's metrics (API v2).
 *
 *     source:
 *       dynatrace:
 *         address: https://abc12345.live.dynatrace.com
 *         token: { env: DYNATRACE_TOKEN }
 *         counts:
 *           total: builtin:service.requestCount.total:filter(eq("version","{{revision}}")):splitBy():sum
 *           bad: builtin:service.errors.total.count:filter(eq("version","{{revision}}")):splitBy():sum
 */
import { z } from "zod";
import { secretSchema } from "../engine/secrets.ts";
import { SerinError } from "../errors.ts";
import { addressSchema, below } from "./asking/address.ts";
import type { Prover } from "./asking/asker.ts";
import { plainShape } from "./asking/http.ts";
import { numberSource, serviceOf } from "./asking/service.ts";
import { checkQuestions, numberShape, offered, paceShape, wordsShape } from "./questions.ts";
import { defineMetricSource, type MetricSourceDeps } from "./source.ts";

const config = z
  .strictObject({
    address: addressSchema.describe("the environment, without /api"),
    token: secretSchema.describe("where an API token lies that may read metrics"),
    ...numberShape(
      "metric selector",
      `builtin:service.requestCount.total:filter(eq("version","{{revision}}")):splitBy():sum`,
    ),
    ...wordsShape,
    ...plainShape,
    ...paceShape("1m", "2m"),
  })
  .superRefine(checkQuestions)
  .describe("Dynatrace's metrics");

const answerSchema = z.object({
  result: z.array(
    z.object({ metricId: z.string(), data: z.array(z.object({ values: z.array(z.number().nullable()) })) }),
  ),
});

export const dynatrace = defineMetricSource({
  name: "dynatrace",
  config,
  offers: offered,
  create(settings, deps) {
    const service = serviceOf("Dynatrace", settings, deps, tokenProver(settings.token, deps));
    return numberSource(service.whom, settings, deps, async (text, { window, signal }) => {
      const url = below(settings.address, "/api/v2/metrics/query");
      // one number for the whole span, so that nothing depends on which end a point is stamped with
      url.search = new URLSearchParams({
        metricSelector: text,
        from: String(window.from),
        to: String(window.to),
        resolution: "Inf",
      }).toString();
      const { result } = await service.json(answerSchema, { url, method: "GET", headers: {} }, signal);
      const series = result.flatMap(({ data }) => data);
      if (series.length > 1)
        throw new SerinError(
          "SOURCE_FAILED",
          `${service.whom} answered with ${series.length} series where one was asked for: end with :splitBy():sum`,
        );
      return (series[0]?.values ?? []).filter((value) => value !== null);
    });
  },
});

function tokenProver(token: z.output<typeof secretSchema>, { secrets }: MetricSourceDeps): Prover {
  return {
    refused: () => false,
    async prove() {
      const text = await secrets(token);
      return { headers: { authorization: `Api-Token ${text}` }, hide: [text] };
    },
  };
}
