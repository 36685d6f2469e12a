/**
 * PagerDuty, through an Events API v2 integration. What wants a person triggers an alert, what settles it resolves the same
 * one, and a change of traffic is a change event.
 *
 *     notifications:
 *       - pagerduty: { routingKey: { env: PAGERDUTY_KEY } }
 */
import { z } from "zod";
import type { JournalEntry, Notifier } from "../engine/ports.ts";
import { secretSchema } from "../engine/secrets.ts";
import type { RolloutEvent, Severity } from "../rollout/events.ts";
import { below, plainAddress } from "./address.ts";
import { alarmKey, alarmOf, sourceSchema } from "./alarm.ts";
import { deliver, reading } from "./deliver.ts";
import { jsonIn, jsonOf, messageOf, revisionOf } from "./message.ts";
import { buttonsOf, defineNotifier, offersFor, timeoutSchema, type NotifierDeps, type Offers } from "./notifier.ts";
import { cutTo, oneLine } from "./text.ts";

const config = z
  .strictObject({
    routingKey: secretSchema.describe("where the integration key lies, of an integration of the Events API v2"),
    url: plainAddress
      .default("https://events.pagerduty.com")
      .describe("where PagerDuty takes events; https://events.eu.pagerduty.com in its European region"),
    source: sourceSchema,
    timeout: timeoutSchema,
  })
  .describe("a service of PagerDuty: an alert a release, and changes");

/** Longer summaries are refused (developer.pagerduty.com, Events API v2). */
const SUMMARY_CHARACTERS = 1024;

const severities: Readonly<Record<Severity, string>> = {
  bad: "error",
  attention: "warning",
  good: "info",
  info: "info",
};

type Action = "trigger" | "resolve" | "change";

/** Null: PagerDuty is not told. */
export function actionOf(event: RolloutEvent): Action | null {
  if (event.type === "started" || event.type === "planLive") return "change";
  const alarm = alarmOf(event);
  if (alarm === "none") return null;
  return alarm === "raise" ? "trigger" : "resolve";
}

const paths: Readonly<Record<Action, string>> = {
  trigger: "/v2/enqueue",
  resolve: "/v2/enqueue",
  change: "/v2/change/enqueue",
};

export interface Speaker {
  readonly key: string;
  readonly source: string;
}

/** Where it goes and what is sent. */
export function pagerDutyRequest(entry: JournalEntry, action: Action, { key, source }: Speaker, offers: Offers) {
  const { rollout, severity, sentence, at, type, event } = messageOf(entry);
  const links = buttonsOf(offers).map(({ label, url }) => ({ href: url, text: label }));
  const payload = {
    summary: cutTo(oneLine(`${rollout}: ${sentence}`), SUMMARY_CHARACTERS),
    source,
    timestamp: new Date(at).toISOString(),
    custom_details: { rollout, release: event.release, revision: revisionOf(event), event: type },
  };
  const head = { routing_key: key, links };
  if (action === "change") return { path: paths.change, body: { ...head, payload } };
  const alert = {
    ...head,
    event_action: action,
    dedup_key: alarmKey(source, entry),
    client: "Serin",
    ...(offers.link === undefined ? {} : { client_url: offers.link }),
    payload: { ...payload, severity: severities[severity], component: rollout, class: type },
  };
  return { path: paths[action], body: alert };
}

/** `{"status":"invalid event","message":"Event object is invalid","errors":["..."]}` */
function words(text: string): string | null {
  const answer = jsonIn(text);
  if (answer === null || typeof answer["message"] !== "string") return null;
  const errors = Array.isArray(answer["errors"]) ? answer["errors"].filter((one) => typeof one === "string") : [];
  return [answer["message"], ...errors].join(": ");
}

type Settings = z.output<typeof config>;

/** Sends these actions for an entry, in order. */
function telling(
  { routingKey, url, source, timeout }: Settings,
  deps: NotifierDeps,
  actionsFor: typeof actions,
): Notifier {
  return {
    send: async (entry, signal) => {
      const due = actionsFor(entry);
      if (due.length === 0) return;
      const key = await reading(deps.secrets, routingKey);
      const offers = await offersFor(entry, deps);
      for (const action of due) {
        const { path, body } = pagerDutyRequest(entry, action, { key, source }, offers);
        const how = { to: "PagerDuty", url: below(url, path), headers: {}, timeoutMs: timeout, hide: [key], words };
        await deliver({ ...how, body: jsonOf(body) }, deps, signal);
      }
    },
  };
}

function actions({ event }: JournalEntry): readonly Action[] {
  const action = actionOf(event);
  return action === null ? [] : [action];
}

export const pagerduty = defineNotifier({
  name: "pagerduty",
  config,
  create: (settings, deps) => telling(settings, deps, actions),
  // an alert that is over at once
  probe: (settings, deps) => telling(settings, deps, () => ["trigger", "resolve"]),
});
