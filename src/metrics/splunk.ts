/**
 * Splunk Observability (SignalFx), by SignalFlow. The program publishes one stream.
 *
 *     source:
 *       splunk:
 *         realm: eu0
 *         token: { env: SPLUNK_TOKEN }
 *         counts:
 *           total: data('shop.requests', filter=filter('version', '{{revision}}'), rollup='sum').sum().publish()
 *           bad: data('shop.errors', filter=filter('version', '{{revision}}'), rollup='sum').sum().publish()
 */
import { z } from "zod";
import { secretSchema } from "../engine/secrets.ts";
import { addressSchema, below } from "./asking/address.ts";
import { plainShape } from "./asking/http.ts";
import { numberSource, serviceOf } from "./asking/service.ts";
import { checkQuestions, numberShape, offered, paceShape, wordsShape } from "./questions.ts";
import { defineMetricSource } from "./source.ts";
import { numbersIn } from "./splunk/stream.ts";

const config = z
  .strictObject({
    realm: z
      .string()
      .regex(/^[a-z0-9-]{2,20}$/, "expected a realm such as eu0")
      .default("us1")
      .describe("the realm, e.g. eu0"),
    address: addressSchema.optional().describe("another address than the realm's stream"),
    token: secretSchema.describe("where an access token lies"),
    ...numberShape(
      "SignalFlow program",
      "data('shop.requests', filter=filter('version', '{{revision}}'), rollup='sum').sum().publish()",
    ),
    ...wordsShape,
    ...plainShape,
    ...paceShape("1m", "1m"),
  })
  .superRefine(checkQuestions)
  .describe("Splunk Observability, by SignalFlow");

export const splunk = defineMetricSource({
  name: "splunk",
  config,
  offers: offered,
  create(settings, deps) {
    const address = settings.address ?? `https://stream.${settings.realm}.signalfx.com`;
    const service = serviceOf("Splunk", { ...settings, address }, deps, { "x-sf-token": settings.token });
    const headers = { "content-type": "text/plain", accept: "text/event-stream" };
    return numberSource(service.whom, settings, deps, async (text, { window, signal }) => {
      const url = below(address, "/v2/signalflow/execute");
      // one point for the whole span, so that nothing depends on which end it is stamped with
      url.search = new URLSearchParams({
        start: String(window.from),
        stop: String(window.to),
        resolution: String(window.to - window.from),
        immediate: "true",
      }).toString();
      return numbersIn(await service.text({ url, method: "POST", headers, body: text }, signal), service.whom);
    });
  },
});
