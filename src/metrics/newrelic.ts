/**
 * New Relic, by NRQL through NerdGraph. The span is added to the question.
 *
 *     source:
 *       newrelic:
 *         account: 1234567
 *         key: { env: NEW_RELIC_KEY }
 *         counts:
 *           total: SELECT count(*) FROM Transaction WHERE appName = 'shop' AND version = '{{revision}}'
 *           bad: SELECT count(*) FROM Transaction WHERE appName = 'shop' AND version = '{{revision}}' AND error IS TRUE
 */
import { z } from "zod";
import { secretSchema } from "../engine/secrets.ts";
import { SerinError } from "../errors.ts";
import { addressSchema } from "./asking/address.ts";
import { quoted } from "./asking/asker.ts";
import { plainShape } from "./asking/http.ts";
import { numberSource, serviceOf } from "./asking/service.ts";
import { checkQuestions, numberShape, offered, paceShape, wordsShape } from "./questions.ts";
import { defineMetricSource } from "./source.ts";

/** Serin says which span is asked about, and wants one number for it. */
const OWN_SPAN = /\b(since|until|timeseries|facet)\b/i;

const shape = numberShape("NRQL query", "SELECT count(*) FROM Transaction WHERE version = '{{revision}}'", (text) =>
  text.refine(
    (nrql) => !OWN_SPAN.test(nrql),
    "expected a query without SINCE, UNTIL, TIMESERIES and FACET: the span is added",
  ),
);

const config = z
  .strictObject({
    address: addressSchema
      .default("https://api.newrelic.com/graphql")
      .describe("NerdGraph; in Europe https://api.eu.newrelic.com/graphql"),
    account: z.int().min(1).describe("the account's number"),
    key: secretSchema.describe("where a user key lies"),
    ...shape,
    ...wordsShape,
    ...plainShape,
    ...paceShape("1m", "1m"),
  })
  .superRefine(checkQuestions)
  .describe("New Relic, by NRQL");

const answerSchema = z.object({
  data: z.object({
    actor: z.object({ account: z.object({ nrql: z.object({ results: z.array(z.record(z.string(), z.unknown())) }) }) }),
  }),
  errors: z.undefined().optional(),
});

const QUESTION = `query($account: Int!, $nrql: Nrql!) {
  actor { account(id: $account) { nrql(query: $nrql) { results } } }
}`;

export const newrelic = defineMetricSource({
  name: "newrelic",
  config,
  offers: offered,
  create(settings, deps) {
    const { account, address, key } = settings;
    const service = serviceOf("New Relic", settings, deps, { "api-key": key });
    const headers = { "content-type": "application/json" };
    return numberSource(service.whom, settings, deps, async (text, { window, signal }) => {
      const nrql = `${text} SINCE ${window.from} UNTIL ${window.to}`;
      const body = JSON.stringify({ query: QUESTION, variables: { account, nrql } });
      const { data } = await service.json(
        answerSchema,
        { url: new URL(address), method: "POST", headers, body },
        signal,
      );
      return data.actor.account.nrql.results.slice(0, 1).flatMap((result) => numberIn(result, service.whom));
    });
  },
});

/** `{ "count": 5 }`, or one deeper: `{ "percentile.duration": { "95": 0.2 } }`. */
function numberIn(result: Readonly<Record<string, unknown>>, whom: string): readonly number[] {
  const values = Object.values(result).flatMap((value) =>
    value !== null && typeof value === "object" ? Object.values(value) : [value],
  );
  if (values.length === 1 && (typeof values[0] === "number" || values[0] === null))
    return values[0] === null ? [] : [values[0]];
  throw new SerinError(
    "SOURCE_FAILED",
    `${whom} answered with ${quoted(JSON.stringify(result))} where one number was asked for`,
  );
}
