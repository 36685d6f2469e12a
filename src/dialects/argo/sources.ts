/** A metric's provider as a source: one function for each that Argo has. */
import type { Part } from "../manifest.ts";
import { because, from, mapping } from "../said.ts";
import { bearerOf, filled, headerOf, UnknownArgument, type Arguments } from "./arguments.ts";
import { secondsOf, spanOf } from "./durations.ts";
import type { Release } from "./release.ts";

export class Unasked extends Error {}

interface Asked {
  readonly notes: Release["notes"];
  readonly provider: Part;
  readonly given: Arguments;
}

type Make = (asked: Asked) => Record<string, unknown>;

/** Throws Unasked with a sentence where nothing of Serin's can ask it. */
export function sourceOf({ notes }: Release, provider: Part, given: Arguments): Record<string, unknown> {
  const kind = Object.keys(makers).find((key) => provider.get(key).there);
  if (kind === undefined) throw new Unasked(`says no provider that is known: ${Object.keys(makers).join(", ")}`);
  try {
    return makers[kind]({ notes, provider: provider.get(kind), given });
  } catch (thrown) {
    if (thrown instanceof UnknownArgument) throw new Unasked(thrown.message);
    throw thrown;
  }
}

const atOnce = because("asked about the moment itself", "0s");

function text({ provider, given }: Asked, key: string) {
  const part = provider.get(key);
  const written = part.text();
  return written === undefined ? undefined : from(part, filled(written, given).trim());
}

function required(asked: Asked, key: string) {
  const said = text(asked, key);
  if (said === undefined || said.value === "") throw new Unasked(`says no ${key}`);
  return said;
}

/** Headers are a list there; the one that proves who asks is `auth` here. */
function headersOf({ provider, given }: Asked): { readonly headers?: unknown; readonly auth?: unknown } {
  const list = provider.get("headers").items();
  const all: [string, unknown][] = [];
  let auth: unknown;
  for (const part of list) {
    const [key, value] = [part.get("key").text() ?? "", part.get("value").text() ?? ""];
    const bearer = /^authorization$/i.test(key) ? bearerOf(value, given) : null;
    if (bearer === null) all.push([key, from(part, headerOf(value, given))]);
    else auth = { bearer: from(part, bearer) };
  }
  return { ...(all.length === 0 ? {} : { headers: Object.fromEntries(all) }), ...(auth === undefined ? {} : { auth }) };
}

function tlsOf({ provider }: Asked): unknown {
  const part = provider.get("insecure");
  return part.flag() === true ? { verify: from(part, false) } : undefined;
}

/** Seconds there. Serin waits a minute at most. */
function timeoutOf({ provider, notes }: Asked, key: string): unknown {
  const part = provider.get(key);
  const ms = spanOf(part);
  if (ms === null || ms === 0) return undefined;
  if (ms > 60_000) notes.change(part, "an answer is waited for a minute at most");
  return from(part, secondsOf(Math.min(60_000, ms)));
}

function refuseFields({ provider }: Asked, fields: Readonly<Record<string, string>>): void {
  for (const [field, why] of Object.entries(fields))
    if (provider.get(field).there) throw new Unasked(`${field}: ${why}`);
}

const prometheus: Make = (asked) => {
  refuseFields(asked, {
    rangeQuery: "a gate looks at one value, and not at a range of them",
    authentication: "write source.prometheus.auth, which has OAuth 2 and AWS signatures too",
  });
  const address = text(asked, "address") ?? because("no address is said", "http://127.0.0.1:9090");
  const more = { ...headersOf(asked), tls: tlsOf(asked), timeout: timeoutOf(asked, "timeout"), delay: atOnce };
  return { prometheus: mapping({ address, value: required(asked, "query"), ...more }) };
};

/** Kubernetes puts braces around a path: "{$.data.ok}". */
const web: Make = (asked) => {
  const { provider } = asked;
  refuseFields(asked, { authentication: "write source.http.auth, which has OAuth 2 and AWS signatures too" });
  const method = provider.get("method");
  if (method.text() === "PUT") throw new Unasked("method: only GET and POST are asked");
  const path = provider.get("jsonPath");
  const inner = /^\{(.*)\}$/s.exec(path.text() ?? "")?.[1] ?? path.text() ?? "";
  if (inner === "") throw new Unasked("says no jsonPath: the whole answer is no number");
  const json = provider.get("jsonBody");
  const body = json.there ? from(json, filled(JSON.stringify(json.take()), asked.given)) : text(asked, "body");
  return {
    http: mapping({
      url: required(asked, "url"),
      method: method.there ? from(method, method.raw) : undefined,
      body,
      value: from(path, inner.startsWith("$") ? inner : `$${inner.startsWith(".") ? "" : "."}${inner}`),
      ...headersOf(asked),
      tls: tlsOf(asked),
      timeout: timeoutOf(asked, "timeoutSeconds"),
      delay: atOnce,
    }),
  };
};

const datadog: Make = (asked) => {
  const { provider, notes } = asked;
  refuseFields(asked, {
    queries: "one query is asked: write it as source.datadog.value",
    formula: "one query is asked: write it as source.datadog.value",
    secretRef: "write where the keys lie: source.datadog.apiKey and applicationKey",
  });
  for (const key of ["apiVersion", "aggregator", "interval"])
    notes.lose(provider.get(key), "the newest complete point of the gate's own interval is taken");
  const keys = { apiKey: { env: "DD_API_KEY" }, applicationKey: { env: "DD_APP_KEY" } };
  notes.change(provider, "a document names its secrets: DD_API_KEY and DD_APP_KEY are to hold Datadog's keys");
  return { datadog: { ...keys, value: required(asked, "query") } };
};

const graphite: Make = (asked) => ({
  graphite: mapping({ address: required(asked, "address"), value: required(asked, "query"), delay: atOnce }),
});

const refused =
  (why: string): Make =>
  () => {
    throw new Unasked(why);
  };

const makers: Readonly<Record<string, Make>> = {
  prometheus,
  web,
  datadog,
  graphite,
  newRelic: refused("New Relic's account lies in a profile of the cluster: write source.newrelic"),
  cloudWatch: refused("the region is of the cluster, and not in the file: write source.cloudwatch"),
  influxdb: refused("InfluxDB's address lies in a profile of the cluster: write source.influxdb"),
  job: refused("a Job runs in a cluster: write source.command, or a hook on rollout"),
  kayenta: refused(
    "Kayenta's own judge is not asked from here: `serin kayenta` judges, and `serin import kayenta` reads its configs",
  ),
  wavefront: refused("nothing of Serin's asks Wavefront"),
  skywalking: refused("nothing of Serin's asks SkyWalking"),
  plugin: refused("a plugin of Argo's is a program for Argo alone"),
};
