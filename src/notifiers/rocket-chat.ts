/**
 * Rocket.Chat, through an incoming webhook.
 *
 *     notifications:
 *       - rocketChat: { url: { env: ROCKETCHAT_URL }, channel: "#releases" }
 */
import { z } from "zod";
import type { JournalEntry } from "../engine/ports.ts";
import { channelSchema, tellChannel } from "./channel.ts";
import { hexOf, marks } from "./look.ts";
import { isPage, jsonIn, messageOf, notesOf } from "./message.ts";
import { buttonsOf, defineNotifier, type Offers } from "./notifier.ts";
import { cutTo, escaped, oneLine } from "./text.ts";

const config = channelSchema({
  channel: z
    .string()
    .regex(/^[#@]\S{1,99}$/, `expected a channel such as "#releases" or a person such as "@anna"`)
    .optional()
    .describe("another channel or person than the webhook's own"),
}).describe("a channel of Rocket.Chat");

/** A server takes 5,000 characters unless its administrator says otherwise (Message_MaxAllowedSize). */
const SENTENCE_CHARACTERS = 3500;
const NOTES_CHARACTERS = 300;

/** Markup is escaped. A mention cannot be, so the sign before it is kept apart by a space of no width. */
function escape(character: string): string {
  if (character === "@") return "@\u200b";
  return /[\\*_~`[\]#>|]/.test(character) ? `\\${character}` : character;
}

const linkTo = (label: string, url: string) =>
  `[${escaped(label, escape)}](${url.replaceAll("(", "%28").replaceAll(")", "%29").replaceAll(" ", "%20")})`;

export function rocketChatPayload(entry: JournalEntry, offers: Offers & { readonly channel?: string }) {
  const { rollout, severity, sentence, at, event } = messageOf(entry);
  const { channel, link } = offers;
  const said = escaped(sentence, escape, SENTENCE_CHARACTERS);
  const ways = buttonsOf(offers).map(({ label, url }) => linkTo(label, url));
  const attachment = {
    color: hexOf(severity),
    title: cutTo(oneLine(notesOf(event).join(" \u00b7 ")), NOTES_CHARACTERS),
    ...(link === undefined ? {} : { title_link: link }),
    text: ways.length === 0 ? said : `${said}\n\n${ways.join(" \u00b7 ")}`,
    ts: new Date(at).toISOString(),
  };
  return {
    ...(channel === undefined ? {} : { channel }),
    text: `${marks[severity]} *${rollout}*`,
    attachments: [attachment],
  };
}

/** `{"success":false,"error":"invalid-channel"}` */
const errors: Readonly<Record<string, string>> = {
  "invalid-channel": "the channel does not exist, or the webhook's user is not in it",
  "error-invalid-channel": "the channel does not exist, or the webhook's user is not in it",
  "Invalid integration id or token provided.": "the webhook was removed or switched off; make a new one",
};

function words(text: string): string | null {
  const error = jsonIn(text)?.["error"];
  if (typeof error !== "string") return null;
  return Object.hasOwn(errors, error) ? `${errors[error]} (${error})` : error;
}

/** A 200 that carries an error, or a page of some proxy. */
function refusal(text: string): string | null {
  if (isPage(text)) return "a web page answered, not Rocket.Chat";
  return jsonIn(text)?.["success"] === false ? (words(text) ?? "no reason given") : null;
}

export const rocketChat = defineNotifier({
  name: "rocketChat",
  config,
  create: ({ url, channel, timeout }, deps) => {
    const where = channel === undefined ? {} : { channel };
    const payload = (entry: JournalEntry, offers: Offers) => rocketChatPayload(entry, { ...where, ...offers });
    return tellChannel({ to: "Rocket.Chat", at: url, timeoutMs: timeout, payload, words, refusal }, deps);
  },
});
