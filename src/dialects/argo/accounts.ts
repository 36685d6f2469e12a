/** Providers whose account lies in a Secret of the cluster, or in the cluster itself. */
import type { Manifest, Part } from "../manifest.ts";
import { because, from, mapping, type Said } from "../said.ts";
import { refOf, secretNamed, valueIn, type Ref } from "../secrets.ts";
import { filled } from "./arguments.ts";
import { atOnce, required, timeoutOf, Unasked, type Asked, type Make } from "./asked.ts";
import { secondsOf } from "./durations.ts";

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

export const datadog: Make = (asked) => {
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

export const newRelic: Make = (asked) => {
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

export const influxdb: Make = (asked) => {
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
export const cloudWatch: Make = (asked) => {
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
