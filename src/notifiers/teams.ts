/**
 * Microsoft Teams, through the workflow "Post to a channel when a webhook request is received".
 *
 *     notifications:
 *       - teams: { url: { env: TEAMS_URL } }
 *
 * The message is an Adaptive Card. Whatever people wrote stands in text runs, which know no markup.
 */
import type { JournalEntry } from "../engine/ports.ts";
import type { Severity } from "../rollout/events.ts";
import { channelSchema, tellChannel } from "./channel.ts";
import { marks } from "./look.ts";
import { isPage, jsonIn, messageOf, notesOf } from "./message.ts";
import { buttonsOf, defineNotifier, type Offers } from "./notifier.ts";
import { cutTo, oneLine } from "./text.ts";

const config = channelSchema({}).describe("a channel of Microsoft Teams, by a workflow");

/** A message has at most 28 KB (learn.microsoft.com, connectors/teams, limits); a character takes up to six bytes of JSON. */
const SENTENCE_CHARACTERS = 3500;
const NOTES_CHARACTERS = 300;

const styles: Readonly<Record<Severity, string>> = {
  good: "good",
  bad: "attention",
  attention: "warning",
  info: "emphasis",
};

const run = (text: string, more: object = {}) => ({
  type: "RichTextBlock",
  inlines: [{ type: "TextRun", text, ...more }],
});

/** Shown in the reader's own time zone. */
function moment(at: number): string {
  const second = `${new Date(at).toISOString().slice(0, 19)}Z`;
  return `{{DATE(${second},COMPACT)}} {{TIME(${second})}}`;
}

export function teamsPayload(entry: JournalEntry, offers: Offers) {
  const { rollout, severity, sentence, at, event } = messageOf(entry);
  const actions = buttonsOf(offers).map(({ label, url }) => ({ type: "Action.OpenUrl", title: label, url }));
  const title = run(`${marks[severity]} ${rollout}`, { weight: "Bolder", size: "Medium" });
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    fallbackText: cutTo(oneLine(`${rollout}: ${sentence}`), NOTES_CHARACTERS),
    msteams: { width: "Full" },
    body: [
      { type: "Container", style: styles[severity], bleed: true, items: [title] },
      run(cutTo(sentence, SENTENCE_CHARACTERS)),
      run(cutTo(oneLine(notesOf(event).join(" \u00b7 ")), NOTES_CHARACTERS), { isSubtle: true, size: "Small" }),
      { type: "TextBlock", text: moment(at), isSubtle: true, size: "Small", spacing: "None" },
    ],
    ...(actions.length === 0 ? {} : { actions }),
  };
  const attachment = { contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content };
  return { type: "message", attachments: [attachment] };
}

/** What to do about the codes of Logic Apps, which run the workflow. */
const errors: Readonly<Record<string, string>> = {
  AuthorizationFailed: "the address's signature is not right; copy it again",
  DirectApiAuthorizationRequired: "the workflow wants a login; let anyone with its address start it",
  InvalidAuthenticationTokenAudience: "the workflow wants a login; let anyone with its address start it",
  TriggerInputSchemaMismatch: "the workflow expects another message; make it from the template for webhooks",
  WorkflowNotFound: "the workflow was removed; make a new one",
  WorkflowTriggerIsNotEnabled: "the workflow is switched off; switch it on",
};

function words(text: string): string | null {
  const error = jsonIn(text)?.["error"] as { code?: unknown; message?: unknown } | undefined;
  const code = typeof error?.code === "string" ? error.code : "";
  if (Object.hasOwn(errors, code)) return `${errors[code]} (${code})`;
  return typeof error?.message === "string" ? error.message : null;
}

/** Connectors, from before the workflows, say 200 and name the failure in the text. */
function refusal(text: string): string | null {
  if (isPage(text)) return "a web page answered, not Teams";
  const failure = /delivery failed with error: (.{1,200})/i.exec(text)?.[1];
  return failure ?? (jsonIn(text)?.["error"] === undefined ? null : (words(text) ?? "no reason given"));
}

export const teams = defineNotifier({
  name: "teams",
  config,
  create: ({ url, timeout }, deps) =>
    tellChannel({ to: "Teams", at: url, timeoutMs: timeout, payload: teamsPayload, words, refusal }, deps),
});
