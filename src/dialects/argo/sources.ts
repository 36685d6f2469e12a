/** A metric's provider as a source: one function for each that Argo has. */
import type { Manifest, Part } from "../manifest.ts";
import { because, from, mapping, type Said } from "../said.ts";
import { refOf, secretNamed, valueIn, type Ref } from "../secrets.ts";
import { bearerOf, filled, headerOf, UnknownArgument, type Arguments } from "./arguments.ts";
import type { Shape } from "./conditions.ts";
import { secondsOf, spanOf } from "./durations.ts";
import type { Release } from "./release.ts";

export class Unasked extends Error {}

interface Asked {
  readonly release: Release;
  readonly notes: Release["notes"];
  readonly provider: Part;
  readonly given: Arguments;
}

type Make = (asked: Asked) => Record<string, unknown>;

/** Throws Unasked with a sentence where nothing of Serin's can ask it. */
export function sourceOf(release: Release, provider: Part, given: Arguments): Record<string, unknown> {
  const kind = Object.keys(makers).find((key) => provider.get(key).there);
  if (kind === undefined) throw new Unasked(`says no provider that is known: ${Object.keys(makers).join(", ")}`);
  try {
    return makers[kind]({ release, notes: release.notes, provider: provider.get(kind), given });
  } catch (thrown) {
    if (thrown instanceof UnknownArgument) throw new Unasked(thrown.message);
    throw thrown;
  }
}

/** What a provider's value is to its conditions. */
export function shapeOf(provider: Part): Shape {
  if (provider.get("newRelic").there) return "row";
  return provider.get("cloudWatch").there ? "results" : "number";
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

/** OAuth 2 or AWS's signature; a secret is named, wherever it stood. */
function authOf(asked: Asked): { readonly auth?: unknown } {
  const { provider, given, notes } = asked;
  const [oauth2, sigv4] = ["oauth2", "sigv4"].map((kind) => provider.get("authentication", kind));
  if (sigv4.there) {
    for (const key of ["profile", "roleArn"])
      notes.lose(
        sigv4.get(key),
        "keys are found where AWS's own programs find them, roles included",
        key === "roleArn",
      );
    const region = sigv4.get("region");
    if (region.text() === undefined) throw new Unasked("authentication.sigv4 says no region");
    return { auth: { sigv4: { region: from(region, filled(region.text() ?? "", given)) } } };
  }
  if (!oauth2.there) return {};
  const said = (key: string) => from(oauth2.get(key), filled(oauth2.get(key).text() ?? "", given));
  const scopes = oauth2
    .get("scopes")
    .items()
    .flatMap((part) => part.text() ?? []);
  return {
    auth: {
      oauth2: mapping({
        tokenUrl: said("tokenUrl"),
        clientId: said("clientId"),
        clientSecret: clientSecret(asked, oauth2.get("clientSecret")),
        scopes: scopes.length === 0 ? undefined : from(oauth2.get("scopes"), scopes),
      }),
    },
  };
}

function clientSecret({ release, given }: Asked, part: Part): Said {
  const named = headerOf(part.text() ?? "", given);
  return from(part, typeof named === "string" ? refOf(release, part, "oauth2", "client-secret", named) : named);
}

const prometheus: Make = (asked) => {
  refuseFields(asked, { rangeQuery: "a gate looks at one value, and not at a range of them" });
  const address = text(asked, "address") ?? because("no address is said", "http://127.0.0.1:9090");
  const proof = { ...headersOf(asked), ...authOf(asked) };
  const more = { ...proof, tls: tlsOf(asked), timeout: timeoutOf(asked, "timeout"), delay: atOnce };
  return { prometheus: mapping({ address, value: required(asked, "query"), ...more }) };
};

/** Kubernetes puts braces around a path: "{$.data.ok}". */
const web: Make = (asked) => {
  const { provider } = asked;
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
      ...authOf(asked),
      tls: tlsOf(asked),
      timeout: timeoutOf(asked, "timeoutSeconds"),
      delay: atOnce,
    }),
  };
};

/** What a Secret of the cluster holds for a provider: some of it is no secret to Serin, and stands in the document. */
interface Profile {
  /** What is no secret. Throws Unasked where neither the Secret nor the key is among the files. */
  plain(key: string): Said;
  /** The same where it need not be said. */
  maybe(key: string): Said | undefined;
  secret(key: string): Ref;
}

function profileOf({ release, notes, provider }: Asked, part: Part, usual: string): Profile {
  const name = part.text() ?? usual;
  const at = part.there ? part : provider;
  const found: Manifest | undefined = secretNamed(release, name, null);
  const maybe = (key: string) => {
    const value = valueIn(found, key, notes);
    return value === undefined ? undefined : from(at, value, `${key} of the Secret ${name}`);
  };
  return {
    maybe,
    plain(key) {
      const said = maybe(key);
      if (said !== undefined) return said;
      throw new Unasked(`${key} lies in the Secret ${name} of the cluster: give it among the files`);
    },
    secret: (key) => refOf(release, at, name, key, valueIn(found, key, notes)),
  };
}

const datadog: Make = (asked) => {
  const { provider, notes, release } = asked;
  for (const key of ["apiVersion", "aggregator", "interval"])
    notes.lose(provider.get(key), "the newest complete point of the gate's own interval is taken");
  const name = provider.get("secretRef", "name");
  provider.get("secretRef", "namespaced").take();
  const value = datadogQuery(asked);
  if (!name.there && secretNamed(release, "datadog", null) === undefined) {
    notes.change(provider, "a document names its secrets: DD_API_KEY and DD_APP_KEY are to hold Datadog's keys");
    return { datadog: { apiKey: { env: "DD_API_KEY" }, applicationKey: { env: "DD_APP_KEY" }, value } };
  }
  const profile = profileOf(asked, name, "datadog");
  const keys = { apiKey: profile.secret("api-key"), applicationKey: profile.secret("app-key") };
  return { datadog: mapping({ address: profile.maybe("address"), ...keys, value }) };
};

/** Arithmetic of named queries: their names, numbers, and what stands between them. */
const FORMULA = /^[\w\s.+*/()-]+$/;

/** One query; or several with a formula, which becomes one with the queries in the places of their names. */
function datadogQuery(asked: Asked): Said {
  const { provider, given } = asked;
  const queries = provider.get("queries");
  if (!queries.there) return required(asked, "query");
  const formula = provider.get("formula");
  const named = Object.entries(queries.words()).map(([key, query]) => [key, filled(query, given).trim()] as const);
  const text = formula.text() ?? (named.length === 1 ? named[0][0] : "");
  if (!FORMULA.test(text)) throw new Unasked("formula: only names of queries and arithmetic become one query");
  const byName = new Map(named);
  const whole = text.replaceAll(/[A-Za-z_]\w*/g, (word) => {
    const query = byName.get(word);
    if (query === undefined) throw new Unasked(`formula: ${word} is none of its queries`);
    return named.length === 1 && text === word ? query : `(${query})`;
  });
  return from(formula.there ? [queries, formula] : queries, whole);
}

const newRelic: Make = (asked) => {
  const profile = profileOf(asked, asked.provider.get("profile"), "newrelic");
  const account = profile.plain("account-id");
  asked.notes.change(asked.provider, "the row's one number is taken, whatever it is called there");
  const europe = profile.maybe("region");
  const address =
    profile.maybe("base-url-nerdgraph") ??
    (String(europe?.value).toLowerCase() === "eu"
      ? from(europe?.from ?? [], "https://api.eu.newrelic.com/graphql", "region eu")
      : undefined);
  return {
    newrelic: mapping({
      address,
      account: from(account.from, Number(account.value), account.why),
      key: profile.secret("personal-api-key"),
      value: required(asked, "query"),
      timeout: timeoutOf(asked, "timeout"),
    }),
  };
};

const influxdb: Make = (asked) => {
  const profile = profileOf(asked, asked.provider.get("profile"), "influxdb");
  return {
    influxdb: mapping({
      address: profile.plain("address"),
      flux: { org: profile.plain("org") },
      token: profile.secret("authToken"),
      value: required(asked, "query"),
      delay: atOnce,
    }),
  };
};

/** The queries as CloudWatch's own API has them: the same words, with capitals. */
const cloudWatch: Make = (asked) => {
  const { provider, release, notes, given } = asked;
  const region = release.options.region;
  if (region === undefined) throw new Unasked("the region is of the cluster, and not in the file: say --region");
  const queries = provider.get("metricDataQueries");
  const spans = queries
    .items()
    .flatMap((query) => [query.get("period").amount(), query.get("metricStat", "period").amount()].map(Number))
    .filter((seconds) => seconds > 60);
  notes.lose(provider.get("interval"), "a gate looks at its own interval, and not as far back");
  const value = filled(JSON.stringify(capitalised(queries.take())), given);
  return {
    cloudwatch: mapping({
      region: because("--region", region),
      value: from(queries, value),
      interval:
        spans.length === 0 ? undefined : from(queries, secondsOf(Math.max(...spans) * 1000), "its longest period"),
    }),
  };
};

/** Numbers of Kubernetes may be texts; AWS's are numbers. */
function capitalised(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(capitalised);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, unknown]) => [
      key.slice(0, 1).toUpperCase() + key.slice(1),
      key === "period" ? Number(inner) : capitalised(inner),
    ]),
  );
}

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
  newRelic,
  cloudWatch,
  influxdb,
  job: refused("a Job runs in a cluster: write a hook on rollout with its command, or source.command"),
  kayenta: refused(
    "Kayenta's own judge is not asked from here: `serin kayenta` judges, and `serin import kayenta` reads its configs",
  ),
  wavefront: refused("nothing of Serin's asks Wavefront"),
  skywalking: refused("nothing of Serin's asks SkyWalking"),
  plugin: refused("a plugin of Argo's is a program for Argo alone"),
};
