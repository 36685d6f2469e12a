/**
 * InfluxDB, in Flux (2 and later) or InfluxQL (1, and 2 and 3 where it is switched on).
 *
 *     source:
 *       influxdb:
 *         address: http://127.0.0.1:8086
 *         influxql: { database: shop }
 *         counts:
 *           total: SELECT count(ms) FROM requests WHERE arm = '{{arm}}' AND time >= {{from}}s AND time < {{to}}s
 *           bad: SELECT count(ms) FROM requests WHERE arm = '{{arm}}' AND code >= 500 AND time >= {{from}}s AND time < {{to}}s
 */
import { z } from "zod";
import { secretSchema } from "../engine/secrets.ts";
import { addressSchema, below } from "./asking/address.ts";
import type { Prover } from "./asking/asker.ts";
import { httpShape } from "./asking/http.ts";
import { proverOf } from "./asking/proof.ts";
import { numberSource, serviceOf, type Service } from "./asking/service.ts";
import { exactlyOne, theOne } from "../rollout/choice.ts";
import { fluxNumbers, qlNumbers, qlSchema } from "./influxdb/answers.ts";
import type { Numbers } from "./numbers.ts";
import { checkQuestions, numberShape, offered, paceShape, questionText, wordsShape } from "./questions.ts";
import { defineMetricSource, type MetricSourceDeps } from "./source.ts";

const languages = ["flux", "influxql"] as const;

const fluxSchema = z.strictObject({ org: z.string().min(1).max(200).describe("the organisation") });
const influxqlSchema = z.strictObject({
  database: z.string().min(1).max(200).describe("the database, or the bucket that stands for it"),
});

const config = z
  .strictObject({
    address: addressSchema.describe("where InfluxDB is"),
    flux: fluxSchema.optional().describe("questions are in Flux"),
    influxql: influxqlSchema.optional().describe("questions are in InfluxQL"),
    token: secretSchema.optional().describe("where the token lies"),
    ...numberShape(
      "query",
      "SELECT count(ms) FROM requests WHERE arm = '{{arm}}' AND time >= {{from}}s AND time < {{to}}s",
    ),
    amounts: questionText(
      "query",
      "SELECT tokens FROM replies WHERE version = '{{revision}}' AND time >= {{from}}s AND time < {{to}}s",
    )
      .optional()
      .describe("how much each was, one row for each: for mean gates"),
    ...wordsShape,
    ...httpShape,
    ...paceShape("15s", "5s"),
  })
  .meta(exactlyOne(languages))
  .superRefine((written, ctx) => {
    if (theOne(written, languages, ctx) !== null) checkQuestions(written, ctx);
  })
  .describe("InfluxDB, in Flux or InfluxQL");

type Settings = z.output<typeof config>;

export const influxdb = defineMetricSource({
  name: "influxdb",
  config,
  offers: offered,
  create(settings, deps) {
    const service = serviceOf("InfluxDB", settings, deps, proverFor(settings, deps));
    return numberSource(service.whom, settings, deps, numbersOf(settings, service));
  },
});

/** InfluxDB's own scheme of tokens, beside whatever else stands in front of it. */
function proverFor(settings: Settings, deps: MetricSourceDeps): Prover {
  const prover = proverOf(settings, deps);
  const { token } = settings;
  if (token === undefined) return prover;
  return {
    refused: () => prover.refused(),
    async prove(asked, signal) {
      const [proof, text] = [await prover.prove(asked, signal), await deps.secrets(token)];
      return { headers: { ...proof.headers, authorization: `Token ${text}` }, hide: [...proof.hide, text] };
    },
  };
}

function numbersOf({ address, flux, influxql }: Settings, service: Service): Numbers {
  if (flux !== undefined) {
    const url = below(address, "/api/v2/query");
    url.searchParams.set("org", flux.org);
    const headers = { "content-type": "application/vnd.flux", accept: "application/csv" };
    return async (text, { signal }) =>
      fluxNumbers(await service.text({ url, method: "POST", headers, body: text }, signal), service.whom);
  }
  const url = below(address, "/query");
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return async (text, { signal }) => {
    const body = new URLSearchParams({ db: influxql?.database ?? "", q: text, epoch: "ms" }).toString();
    return qlNumbers(await service.json(qlSchema, { url, method: "POST", headers, body }, signal), service.whom);
  };
}
