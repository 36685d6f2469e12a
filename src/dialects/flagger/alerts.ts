/** `analysis.alerts` and their AlertProviders as notifications. */
import type { Manifest, Part } from "../manifest.ts";
import { namer } from "../names.ts";
import { from, mapping } from "../said.ts";
import { nameOf } from "../translation.ts";
import { isFlagger, type Canary } from "./canary.ts";
import { refOf, secretNamed, valueIn } from "../secrets.ts";

/** What Flagger alerts of at a severity and above, as Serin's events. */
const severities: Readonly<Record<string, readonly string[]>> = {
  info: ["started", "promoted", "waiting", "rolledBack", "aborted", "undone", "ended"],
  warn: ["waiting", "rolledBack", "aborted", "undone"],
  error: ["rolledBack"],
};

export function notificationsOf(canary: Canary): readonly unknown[] {
  const name = namer();
  return canary.analysis
    .get("alerts")
    .items()
    .flatMap((alert) => {
      const made = channelOf(canary, alert);
      if (made === null) return [];
      const called = alert.get("name").text() ?? "alert";
      return [from(alert, { name: name(called), only: onlyOf(canary, alert), ...made })];
    });
}

function onlyOf({ notes }: Canary, alert: Part): unknown {
  const part = alert.get("severity");
  const said = part.text() ?? "";
  if (Object.hasOwn(severities, said)) return from(part, severities[said]);
  notes.change(
    alert,
    "without a severity it is info, as Flagger's documentation says; its code never sends such an alert",
  );
  return severities["info"];
}

function channelOf(canary: Canary, alert: Part): Record<string, unknown> | null {
  const { notes, others } = canary;
  const ref = alert.get("providerRef");
  const name = ref.get("name").text() ?? "";
  const namespace = ref.get("namespace").text() ?? canary.namespace;
  const provider = others.find(
    (manifest) => isProvider(manifest) && nameOf(manifest) === name && isIn(manifest, namespace, canary),
  );
  if (provider !== undefined) return channel(canary, alert, provider);
  notes.lose(alert, `the AlertProvider ${name}.${namespace} is not among the files`);
  return null;
}

const isProvider = (manifest: Manifest) => isFlagger(manifest) && manifest.kind === "AlertProvider";

function isIn(manifest: Manifest, namespace: string, canary: Canary): boolean {
  const said = manifest.root.get("metadata", "namespace").raw;
  return (typeof said === "string" ? said : canary.namespace) === namespace;
}

/** Their types, Serin's notifiers, and what each of them can be told besides. */
const types: Readonly<Record<string, { readonly notifier: string; readonly fields: readonly string[] }>> = {
  slack: { notifier: "slack", fields: ["channel"] },
  rocket: { notifier: "rocketChat", fields: ["channel"] },
  discord: { notifier: "discord", fields: ["username"] },
  msteams: { notifier: "teams", fields: [] },
  gchat: { notifier: "googleChat", fields: [] },
};

function channel(canary: Canary, alert: Part, provider: Manifest): Record<string, unknown> | null {
  const spec = provider.root.get("spec");
  const part = spec.get("type");
  const type = part.text() ?? "";
  if (!Object.hasOwn(types, type)) {
    canary.notes.lose(alert, `Flagger knows no alert provider of type ${JSON.stringify(type)}`);
    return null;
  }
  const { notifier, fields } = types[type];
  const url = addressOf(canary, spec, nameOf(provider));
  if (url === null) return null;
  canary.notes.keep(part, `is the notifier ${notifier}`);
  if (!fields.includes("username"))
    canary.notes.lose(spec.get("username"), "messages are signed by the channel's own webhook");
  canary.notes.lose(spec.get("proxy"), "messages go by no proxy of their own");
  const more = fields.flatMap((key) => {
    const text = spec.get(key).text();
    return text === undefined ? [] : [[key, from(spec.get(key), hashed(type, key, text))] as const];
  });
  if (!fields.includes("channel")) canary.notes.lose(spec.get("channel"), "the webhook's address says the channel");
  return { [notifier]: mapping({ url, ...Object.fromEntries(more) }) };
}

/** Rocket.Chat's channels begin with their sign. */
const hashed = (type: string, key: string, text: string) =>
  type === "rocket" && key === "channel" && !/^[#@]/.test(text) ? `#${text}` : text;

/** The address opens the channel, so it is named and not written. */
function addressOf(canary: Canary, spec: Part, provider: string): unknown {
  const plain = spec.get("address");
  const ref = spec.get("secretRef", "name");
  if (plain.there) return from(plain, refOf(canary, plain, provider, "address", plain.text()));
  const name = ref.text();
  if (name === undefined) {
    canary.notes.lose(spec, "says neither address nor secretRef");
    return null;
  }
  const secret = secretNamed(canary, name, namespaceOf(spec, canary));
  if (valueIn(secret, "token", canary.notes) !== undefined)
    canary.notes.change(ref, "a message goes by the address alone: Slack's bot API with its token is not spoken");
  return from(ref, refOf(canary, ref, name, "address", valueIn(secret, "address", canary.notes)));
}

function namespaceOf(spec: Part, canary: Canary): string {
  const said = spec.manifest.root.get("metadata", "namespace").raw;
  return typeof said === "string" ? said : canary.namespace;
}
