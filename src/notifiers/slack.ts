/**
 * Slack, through an incoming webhook (and what speaks its language: Mattermost).
 *
 *     notifications:
 *       - slack: { url: { env: SLACK_URL } }
 *         only: [good, bad, attention]
 */
import { z } from "zod";
import type { JournalEntry } from "../engine/ports.ts";
import type { Severity } from "../rollout/events.ts";
import { channelSchema, tellChannel } from "./channel.ts";
import { messageOf, revisionOf } from "./message.ts";
import { buttonsOf, defineNotifier, type Offers } from "./notifier.ts";
import { escaped } from "./text.ts";

const config = channelSchema({
  channel: z
    .string()
    .min(1)
    .max(80)
    .optional()
    .describe("another channel than the webhook's own, where the webhook allows that"),
}).describe("a channel of Slack, or of what speaks its language");

const marks: Readonly<Record<Severity, string>> = {
  good: ":white_check_mark:",
  bad: ":rotating_light:",
  attention: ":warning:",
  info: ":information_source:",
};

/** Slack cuts nothing by itself: a section above 3,000 characters is refused. The mark and the name need some of them. */
const SENTENCE_CHARACTERS = 2800;
const REVISION_CHARACTERS = 200;

/** The three characters with a meaning of their own (docs.slack.dev, formatting text); with them go mentions and links. */
const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** Escaped and cut to so many characters as Slack counts them, which is after escaping. */
export const escapeMrkdwn = (text: string, characters = Infinity): string =>
  escaped(text, (character) => escapes[character] ?? character, characters);

/** Inside <...|...> only the address may hold what would end it, and only encoded. */
const linkTo = (url: string, text: string) =>
  `<${url.replaceAll("<", "%3C").replaceAll(">", "%3E").replaceAll("|", "%7C").replaceAll("&", "&amp;")}|${escapeMrkdwn(text)}>`;

/** Shown in the reader's own time zone; in UTC where Slack cannot. */
const moment = (at: number) =>
  `<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time_secs}|${new Date(at).toISOString()}>`;

/** The request's body: blocks for Slack, `text` for notifications and for what knows no blocks. */
export function slackPayload(entry: JournalEntry, options: Offers & { readonly channel?: string }) {
  const { rollout, severity, sentence, at, event } = messageOf(entry);
  const said = escapeMrkdwn(sentence, SENTENCE_CHARACTERS);
  const revision = revisionOf(event);
  const mrkdwn = (text: string) => ({ type: "mrkdwn", text, verbatim: true });
  const notes = [
    `Release ${event.release}`,
    ...(revision === null || revision.trim() === "" ? [] : [escapeMrkdwn(revision, REVISION_CHARACTERS)]),
    moment(at),
    // A link in the text asks nothing of whoever made the webhook; a button would need an app that answers Slack.
    ...buttonsOf(options).map(({ url, label }) => linkTo(url, label)),
  ];
  return {
    ...(options.channel === undefined ? {} : { channel: options.channel }),
    text: `${escapeMrkdwn(rollout)}: ${said}`,
    blocks: [
      { type: "section", text: mrkdwn(`${marks[severity]} *${escapeMrkdwn(rollout)}*\n${said}`) },
      { type: "context", elements: notes.map(mrkdwn) },
    ],
  };
}

/** What Slack's short words mean and what to do (docs.slack.dev, incoming webhooks, handling errors). */
const errors: Readonly<Record<string, string>> = {
  action_prohibited: "the workspace's administrator does not allow this webhook to post",
  channel_is_archived: "the channel is archived; make a webhook for another one",
  channel_not_found: "the channel does not exist, or this webhook may not post there",
  invalid_blocks: "Slack could not read the message's blocks",
  invalid_payload: "Slack could not read the message",
  invalid_token: "the webhook's address is out of date; make a new one",
  no_active_hooks: "the webhook is switched off",
  no_service: "the webhook was removed or switched off; make a new one",
  no_service_id: "the webhook's address is not complete",
  no_team: "the workspace does not exist; look at the webhook's address",
  no_text: "Slack found no text in the message",
  posting_to_general_channel_denied: "the webhook may not post to the general channel",
  ratelimited: "too many messages at once",
  rate_limited: "too many messages at once",
  rollup_error: "Slack had an error of its own",
  team_disabled: "the workspace is switched off",
  user_not_found: "the person does not exist",
};

function words(text: string): string | null {
  const word = errorIn(text) ?? text;
  return Object.hasOwn(errors, word) ? `${errors[word]} (${word})` : null;
}

/** `{"ok":false,"error":"channel_not_found"}`, as Slack's web API and its look-alikes answer. */
function errorIn(text: string): string | null {
  try {
    const answer = JSON.parse(text) as { ok?: unknown; success?: unknown; error?: unknown } | null;
    if (answer?.ok !== false && answer?.success !== false) return null;
    return typeof answer.error === "string" ? answer.error : "no reason given";
  } catch {
    return null;
  }
}

/** A 200 with an error inside, or with a web page: some proxy answered, not Slack. */
function refusal(text: string): string | null {
  const error = errorIn(text);
  if (error !== null) return words(error) ?? error;
  return /^\s*</.test(text) ? "a web page answered, not Slack" : null;
}

export const slack = defineNotifier({
  name: "slack",
  config,
  create: ({ url, channel, timeout }, deps) => {
    const where = channel === undefined ? {} : { channel };
    const payload = (entry: JournalEntry, offers: Offers) => slackPayload(entry, { ...where, ...offers });
    return tellChannel({ to: "Slack", at: url, timeoutMs: timeout, payload, words, refusal }, deps);
  },
});
