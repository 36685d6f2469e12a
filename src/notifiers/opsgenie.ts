/**
 * Opsgenie, and Jira Service Management, which takes its place and speaks the same. What wants a person opens an alert, what
 * settles it closes the same one.
 *
 *     notifications:
 *       - opsgenie: { apiKey: { env: OPSGENIE_KEY } }
 *       - opsgenie: { apiKey: { env: JSM_KEY }, url: https://api.atlassian.com/jsm/ops/integration }
 */
import { z } from "zod";
import type { JournalEntry, Notifier } from "../engine/ports.ts";
import { secretSchema } from "../engine/secrets.ts";
import type { Severity } from "../rollout/events.ts";
import { below, plainAddress } from "./address.ts";
import { alarmKey, alarmOf, sourceSchema, type Alarm } from "./alarm.ts";
import { deliver, reading } from "./deliver.ts";
import { jsonIn, jsonOf, messageOf, revisionOf } from "./message.ts";
import { buttonsOf, defineNotifier, offersFor, timeoutSchema, type NotifierDeps, type Offers } from "./notifier.ts";
import { cutTo, oneLine } from "./text.ts";

const priorities = ["P1", "P2", "P3", "P4", "P5"] as const;

const config = z
  .strictObject({
    apiKey: secretSchema.describe("where the key of an API integration lies"),
    url: plainAddress
      .default("https://api.opsgenie.com")
      .describe("where alerts are taken; https://api.eu.opsgenie.com in its European region"),
    priority: z
      .strictObject({
        bad: z.enum(priorities).default("P2").describe("of a release that was taken back"),
        attention: z.enum(priorities).default("P3").describe("of what wants a person"),
      })
      .prefault({})
      .describe("how urgent an alert is, by how loud the event"),
    tags: z.array(z.string().min(1).max(50)).max(19).default([]).describe("more tags of every alert"),
    source: sourceSchema,
    timeout: timeoutSchema,
  })
  .describe("alerts of Opsgenie or Jira Service Management, one a release");

type Settings = z.output<typeof config>;

/** docs.opsgenie.com, alert API: more is cut or refused. */
const MESSAGE_CHARACTERS = 130;
const DESCRIPTION_CHARACTERS = 15_000;
const REVISION_CHARACTERS = 500;

function priorityOf(severity: Severity, { priority }: Pick<Settings, "priority">): string {
  if (severity === "bad" || severity === "attention") return priority[severity];
  return "P5";
}

/** Where it goes and what is sent. */
export function opsgenieRequest(
  entry: JournalEntry,
  alarm: Exclude<Alarm, "none">,
  settings: Pick<Settings, "source" | "priority" | "tags">,
  offers: Offers,
) {
  const { rollout, severity, sentence, type, event } = messageOf(entry);
  const { source, tags } = settings;
  const alias = alarmKey(source, entry);
  if (alarm === "clear") {
    const note = cutTo(sentence, DESCRIPTION_CHARACTERS);
    return { path: `/v2/alerts/${encodeURIComponent(alias)}/close?identifierType=alias`, body: { source, note } };
  }
  const ways = buttonsOf(offers).map(({ label, url }) => `${label}: ${url}`);
  const body = {
    message: cutTo(oneLine(`${rollout}: ${sentence}`), MESSAGE_CHARACTERS),
    alias,
    description: [cutTo(sentence, DESCRIPTION_CHARACTERS / 2), ...ways].join("\n\n"),
    entity: rollout,
    source,
    priority: priorityOf(severity, settings),
    tags: ["serin", ...tags],
    details: {
      release: String(event.release),
      event: type,
      revision: cutTo(revisionOf(event) ?? "", REVISION_CHARACTERS),
    },
  };
  return { path: "/v2/alerts", body };
}

/** `{"message":"Request body is not processable.","errors":{"message":"..."}}` */
function words(text: string): string | null {
  const answer = jsonIn(text);
  if (answer === null || typeof answer["message"] !== "string") return null;
  const errors = Object.entries(answer["errors"] ?? {}).map(([field, why]) => `${field}: ${String(why)}`);
  return [answer["message"], ...errors].join(" ");
}

function telling(
  settings: Settings,
  deps: NotifierDeps,
  alarmsFor: (entry: JournalEntry) => readonly Alarm[],
): Notifier {
  const { apiKey, url, timeout } = settings;
  return {
    send: async (entry, signal) => {
      const due = alarmsFor(entry).filter((alarm) => alarm !== "none");
      if (due.length === 0) return;
      const key = await reading(deps.secrets, apiKey);
      const headers = { authorization: `GenieKey ${key}` };
      const offers = await offersFor(entry, deps);
      for (const alarm of due) {
        const { path, body } = opsgenieRequest(entry, alarm, settings, offers);
        const how = { to: "Opsgenie", url: below(url, path), headers, timeoutMs: timeout, hide: [key], words };
        await deliver({ ...how, body: jsonOf(body) }, deps, signal);
      }
    },
  };
}

export const opsgenie = defineNotifier({
  name: "opsgenie",
  config,
  create: (settings, deps) => telling(settings, deps, ({ event }) => [alarmOf(event)]),
  // an alert that is over at once
  probe: (settings, deps) => telling(settings, deps, () => ["raise", "clear"]),
});
