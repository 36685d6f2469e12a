/**
 * Graphite's render API.
 *
 *     source:
 *       graphite:
 *         address: http://127.0.0.1:8080
 *         counts: { total: "stats.counters.shop.{{arm}}.requests.count", bad: "stats.counters.shop.{{arm}}.errors.count" }
 */
import { z } from "zod";
import { SerinError } from "../errors.ts";
import { addressSchema, below } from "./asking/address.ts";
import { httpShape } from "./asking/http.ts";
import { proverOf } from "./asking/proof.ts";
import { numberSource, serviceOf } from "./asking/service.ts";
import { checkQuestions, numberShape, offered, paceShape, wordsShape } from "./questions.ts";
import { defineMetricSource } from "./source.ts";

const config = z
  .strictObject({
    address: addressSchema.describe("where Graphite's web application is"),
    ...numberShape("Graphite target", "sumSeries(stats.counters.shop.{{arm}}.*.count)"),
    ...wordsShape,
    ...httpShape,
    ...paceShape("1m", "10s"),
  })
  .superRefine(checkQuestions)
  .describe("Graphite's render API");

const answerSchema = z.array(
  z.object({ target: z.string(), datapoints: z.array(z.tuple([z.number().nullable(), z.number()])) }),
);

export const graphite = defineMetricSource({
  name: "graphite",
  config,
  offers: offered,
  create(settings, deps) {
    const service = serviceOf("Graphite", settings, deps, proverOf(settings, deps));
    return numberSource(service.whom, settings, deps, async (text, { window, signal }) => {
      const url = below(settings.address, "/render");
      // Graphite answers with points after `from` and up to `until`; a point is of the span that begins at it
      const body = new URLSearchParams({
        target: text,
        from: String(window.from / 1000 - 1),
        until: String(window.to / 1000 - 1),
        format: "json",
      });
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const series = await service.json(answerSchema, { url, method: "POST", headers, body: body.toString() }, signal);
      if (series.length > 1)
        throw new SerinError(
          "SOURCE_FAILED",
          `${service.whom} answered with ${series.length} series where one was asked for: sum them`,
        );
      return (series[0]?.datapoints ?? [])
        .filter(([, at]) => at * 1000 >= window.from && at * 1000 < window.to)
        .flatMap(([value]) => (value === null ? [] : [value]));
    });
  },
});
