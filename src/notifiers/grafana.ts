/**
 * Grafana annotations: a release is a region from its start to its end, whatever else happens is a mark in it.
 *
 *     notifications:
 *       - grafana: { url: https://grafana.example, token: { env: GRAFANA_TOKEN } }
 *         only: [started, good, bad, attention]
 *
 * What is there is looked up first, so that a message that is sent again draws nothing twice.
 */
import { z } from "zod";
import type { JournalEntry, Notifier } from "../engine/ports.ts";
import { secretSchema } from "../engine/secrets.ts";
import type { RolloutEvent } from "../rollout/events.ts";
import { below, plainAddress } from "./address.ts";
import { ask, deliver, reading, type Delivery } from "./deliver.ts";
import { jsonIn, jsonOf, messageOf } from "./message.ts";
import { defineNotifier, OPEN, timeoutSchema, type NotifierDeps } from "./notifier.ts";
import { escapeHtml } from "./text.ts";

const config = z
  .strictObject({
    url: plainAddress.describe("Grafana's own address, with its sub-path if it has one"),
    token: secretSchema.describe("where a service account's token lies, which may read, create and write annotations"),
    dashboard: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,40}$/, "expected a dashboard's UID")
      .optional()
      .describe("the UID of the one dashboard that shows them; all that ask for the tags unless said"),
    panel: z.int().min(0).optional().describe("the one panel of that dashboard"),
    tags: z.array(z.string().min(1).max(100)).max(20).default([]).describe("more tags of every annotation"),
    timeout: timeoutSchema,
  })
  .refine(({ panel, dashboard }) => panel === undefined || dashboard !== undefined, {
    path: ["panel"],
    message: "a panel is one of a dashboard: name that too",
  })
  .describe("annotations of Grafana: a region a release, and marks in it");

type Settings = z.output<typeof config>;

const SENTENCE_CHARACTERS = 3000;

/** An annotation that is there, as far as it is looked at. */
interface Drawn {
  readonly id: number;
  readonly time: number;
  readonly text: string;
}

/** The tag that says what an annotation is of. */
const REGION = "release";

const endings: ReadonlySet<RolloutEvent["type"]> = new Set(["promoted", "rolledBack", "aborted", "ended"]);
const isRegion = ({ type }: RolloutEvent) => type === "started" || endings.has(type);

function tagsOf({ rollout, event }: JournalEntry, { tags }: Pick<Settings, "tags">): readonly string[] {
  return ["serin", `rollout:${rollout}`, `release:${event.release}`, isRegion(event) ? REGION : event.type, ...tags];
}

/** Grafana shows a text as HTML. */
function textOf(entry: JournalEntry, link: string | undefined): string {
  const { rollout, sentence } = messageOf(entry);
  const more = link === undefined ? "" : ` <a href="${escapeHtml(link)}">${OPEN}</a>`;
  return `${escapeHtml(`${rollout}: ${sentence}`, SENTENCE_CHARACTERS)}${more}`;
}

/** What is to be drawn for an entry where these are drawn already; null: it is there. */
export function grafanaRequest(entry: JournalEntry, settings: Settings, drawn: readonly Drawn[], link?: string) {
  const { dashboard, panel } = settings;
  const text = textOf(entry, link);
  const tags = tagsOf(entry, settings);
  const { event } = entry;
  const [region] = isRegion(event) ? drawn : [];
  if (region !== undefined && endings.has(event.type)) {
    if (region.text.includes(text)) return null;
    const body = { timeEnd: event.at, tags: [...tags, event.type], text: `${region.text}\n${text}` };
    return { method: "PATCH" as const, path: `/api/annotations/${region.id}`, body };
  }
  if (drawn.some((one) => one.time === event.at && one.text.includes(text))) return null;
  const began = event.at - ("tookMs" in event ? event.tookMs : 0);
  const body = {
    ...(dashboard === undefined ? {} : { dashboardUID: dashboard }),
    ...(panel === undefined ? {} : { panelId: panel }),
    time: began,
    ...(began === event.at ? {} : { timeEnd: event.at }),
    tags: endings.has(event.type) ? [...tags, event.type] : tags,
    text,
  };
  return { method: "POST" as const, path: "/api/annotations", body };
}

/** Where to ask what is drawn: all tags are wanted at once. */
export function grafanaQuery(entry: JournalEntry, settings: Settings): string {
  const query = new URLSearchParams({ type: "annotation", limit: "100" });
  for (const tag of tagsOf(entry, settings)) query.append("tags", tag);
  if (settings.dashboard !== undefined) query.set("dashboardUID", settings.dashboard);
  // A mark has its moment; a region is found whenever it began.
  if (!isRegion(entry.event)) for (const end of ["from", "to"]) query.set(end, String(entry.event.at));
  return `/api/annotations?${query.toString()}`;
}

const drawnSchema = z.array(z.object({ id: z.int(), time: z.number(), text: z.string() }));

/** `{"message":"Permissions needed: annotations:create","accessErrorId":"..."}` */
function words(text: string): string | null {
  const answer = jsonIn(text);
  return typeof answer?.["message"] === "string" ? answer["message"] : null;
}

function create(settings: Settings, deps: NotifierDeps): Notifier {
  return {
    send: async (entry, signal) => {
      const token = await reading(deps.secrets, settings.token);
      const headers = { authorization: `Bearer ${token}`, accept: "application/json" };
      const how = { to: "Grafana", headers, timeoutMs: settings.timeout, hide: [token], words };
      const at = (path: string): Pick<Delivery, "url"> => ({ url: below(settings.url, path) });
      const query = { ...how, ...at(grafanaQuery(entry, settings)), method: "GET" as const };
      const drawn = await ask(drawnSchema, query, deps, signal);
      const request = grafanaRequest(entry, settings, drawn, deps.link?.(entry));
      if (request === null) return;
      const { method, path, body } = request;
      await deliver({ ...how, ...at(path), method, body: jsonOf(body) }, deps, signal);
    },
  };
}

export const grafana = defineNotifier({ name: "grafana", config, create });
