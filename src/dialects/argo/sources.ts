/** A metric's provider as a source: one function for each that Argo has. */
import type { Part } from "../manifest.ts";
import { because, from, mapping, type Said } from "../said.ts";
import { refOf } from "../secrets.ts";
import { cloudWatch, datadog, influxdb, newRelic } from "./accounts.ts";
import { bearerOf, filled, headerOf, UnknownArgument, type Arguments } from "./arguments.ts";
import { atOnce, refuseFields, required, text, timeoutOf, Unasked, type Asked, type Make } from "./asked.ts";
import type { Shape } from "./conditions.ts";
import type { Release } from "./release.ts";

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
