/** A MetricTemplate's provider as a source: one function for each type that Flagger has. */
import type { Manifest, Part } from "../manifest.ts";
import { because, from, mapping, type Said } from "../said.ts";
import type { Canary } from "./canary.ts";
import { refOf, secretNamed, valueIn, type Ref } from "../secrets.ts";

interface Asked {
  readonly canary: Canary;
  readonly provider: Part;
  readonly query: Said;
  /** The metric that asks. */
  readonly metric: Part;
  readonly namespace: string;
}

type Make = (asked: Asked) => Record<string, unknown> | null;

/** The type is taken as Flagger takes it: what it does not know is Prometheus. */
export function sourceOf(canary: Canary, template: Manifest, query: Said, metric: Part): unknown {
  const provider = template.root.get("spec", "provider");
  const part = provider.get("type");
  const type = part.text() ?? "prometheus";
  canary.notes.keep(part, `is the source ${type}`);
  const namespace = template.root.get("metadata", "namespace").text() ?? canary.namespace;
  if (!Object.hasOwn(makers, type))
    canary.notes.change(part, `${type} is unknown to Flagger, which asks Prometheus then`);
  const make = Object.hasOwn(makers, type) ? makers[type] : makers["prometheus"];
  const source = make({ canary, provider, query, metric, namespace });
  if (source !== null) return source;
  metric.take();
  for (const part of query.from) canary.notes.lose(part, "nobody asks it");
  return null;
}

const address = (provider: Part): Said | undefined => {
  const part = provider.get("address");
  const text = part.text();
  return text === undefined ? undefined : from(part, text);
};

/** A key of the provider's Secret; undefined where none is named. */
function secret({ canary, provider, namespace }: Asked, key: string): Ref | undefined {
  const part = provider.get("secretRef", "name");
  const name = part.text();
  if (name === undefined) return undefined;
  return refOf(canary, part, name, key, valueIn(secretNamed(canary, name, namespace), key, canary.notes));
}

/** What is no secret to Serin, and lies in a Secret there: only the Secret itself can say it. */
function plain({ canary, provider, namespace, metric }: Asked, key: string): Said | null {
  const part = provider.get("secretRef", "name");
  const name = part.text() ?? "";
  const value = valueIn(secretNamed(canary, name, namespace), key, canary.notes);
  if (value !== undefined) return from(part, value, key);
  canary.notes.lose(part, `no Secret ${name} is among the files`);
  canary.notes.lose(
    metric,
    `${key} is no secret to Serin and stands in the document: give the Secret ${name} among the files`,
    true,
  );
  return null;
}

const tlsOf = ({ provider }: Asked): unknown => {
  const part = provider.get("insecureSkipVerify");
  return part.flag() === true ? { verify: from(part, false) } : undefined;
};

function headersOf({ canary, provider }: Asked): unknown {
  const part = provider.get("headers");
  const headers = part.fields().flatMap(([name, values]) => {
    const texts = values.items().flatMap((item) => item.text() ?? []);
    if (texts.length > 1) canary.notes.change(values, "one value is sent, with commas");
    return texts.length === 0 ? [] : [[name, from(values, texts.join(", "))] as const];
  });
  return headers.length === 0 ? undefined : Object.fromEntries(headers);
}

/** A token, or a user's name and password: the Secret says which. */
function authOf(asked: Asked): unknown {
  const { canary, provider, namespace } = asked;
  const name = provider.get("secretRef", "name").text();
  if (name === undefined) return undefined;
  const given = secretNamed(canary, name, namespace);
  const username = valueIn(given, "username", canary.notes);
  if (username !== undefined && valueIn(given, "token", canary.notes) === undefined)
    return {
      basic: { username: from(provider.get("secretRef", "name"), username), password: secret(asked, "password") },
    };
  if (given === undefined)
    canary.notes.change(
      provider.get("secretRef", "name"),
      "taken for a token; a user name and a password go into auth.basic",
    );
  return { bearer: secret(asked, "token") };
}

/** Asked about the moment of the round itself, as there. */
const atOnce = because("asked about the moment itself", "0s");

const prometheus: Make = (asked) => ({
  prometheus: mapping({
    address: address(asked.provider) ?? because("no address is said", "http://prometheus:9090"),
    value: asked.query,
    headers: headersOf(asked),
    auth: authOf(asked),
    tls: tlsOf(asked),
    delay: atOnce,
  }),
});

const datadog: Make = (asked) => {
  asked.canary.notes.change(
    asked.metric,
    "Datadog's newest complete point is taken; Flagger takes the oldest of ten intervals",
  );
  const [apiKey, applicationKey] = ["datadog_api_key", "datadog_application_key"].map((key) => secret(asked, key));
  return { datadog: mapping({ address: address(asked.provider), apiKey, applicationKey, value: asked.query }) };
};

const newrelic: Make = (asked) => {
  const account = plain(asked, "newrelic_account_id");
  if (account === null) return null;
  asked.canary.notes.change(
    asked.provider.get("type"),
    "asked through NerdGraph, which takes a user key where the Insights API took a query key",
  );
  asked.canary.notes.lose(
    asked.provider.get("address"),
    "the Insights API is not asked: NerdGraph is, at New Relic's own address",
  );
  const number = from(asked.provider.get("secretRef", "name"), Number(account.value), "newrelic_account_id");
  return { newrelic: { account: number, key: secret(asked, "newrelic_query_key"), value: asked.query } };
};

const cloudwatch: Make = ({ provider, query }) => {
  const region = provider.get("region");
  return { cloudwatch: mapping({ region: from(region, region.text() ?? ""), value: query }) };
};

const influxdb: Make = (asked) => {
  const org = plain(asked, "org");
  if (org === null) return null;
  asked.canary.notes.change(asked.metric, "no rows are no data; Flagger takes them for 0");
  return {
    influxdb: mapping({
      address: address(asked.provider),
      flux: { org },
      token: secret(asked, "token"),
      value: asked.query,
      delay: atOnce,
    }),
  };
};

/** Flagger's query is the query string of a render request; Serin's is the target alone. */
const graphite: Make = (asked) => {
  const { canary, provider, metric, query } = asked;
  const written = String(query.value);
  const parameters = new URLSearchParams(written.replace(/^\?/, ""));
  const targets = parameters.getAll("target");
  if (targets.length !== 1) {
    canary.notes.lose(metric, `the query has ${targets.length} targets, and one is asked for`, true);
    return null;
  }
  if (parameters.has("from") || parameters.has("until"))
    canary.notes.change(metric, "from and until are the metric's interval, which Serin asks about");
  const auth = provider.get("secretRef").there ? basic(asked) : undefined;
  if (auth === null) return null;
  return {
    graphite: mapping({
      address: address(provider),
      value: from(query.from, targets[0]),
      auth,
      tls: tlsOf(asked),
      delay: atOnce,
    }),
  };
};

function basic(asked: Asked): unknown {
  const username = plain(asked, "username");
  return username === null ? null : { basic: { username, password: secret(asked, "password") } };
}

const dynatrace: Make = (asked) => ({
  dynatrace: mapping({ address: address(asked.provider), token: secret(asked, "dynatrace_token"), value: asked.query }),
});

const splunk: Make = (asked) => ({
  splunk: mapping({ address: address(asked.provider), token: secret(asked, "sf_token_key"), value: asked.query }),
});

const refused =
  (why: string): Make =>
  ({ canary, metric }) => {
    canary.notes.lose(metric, why, true);
    return null;
  };

const makers: Readonly<Record<string, Make>> = {
  prometheus,
  datadog,
  newrelic,
  cloudwatch,
  influxdb,
  graphite,
  dynatrace,
  splunk,
  stackdriver: refused("the query is in MQL, and Serin asks Google Cloud Monitoring by filters: write source.google"),
  keptn: refused("Keptn lives in a cluster, and nothing of Serin's asks it"),
  externalmetrics: refused("Kubernetes' external metrics live in a cluster, and nothing of Serin's asks them"),
};
