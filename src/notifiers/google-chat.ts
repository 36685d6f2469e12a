/**
 * Google Chat, through a space's webhook. A release is a thread of its own where the space has threads.
 *
 *     notifications:
 *       - googleChat: { url: { env: GOOGLE_CHAT_URL } }
 */
import type { JournalEntry } from "../engine/ports.ts";
import { channelSchema, tellChannel } from "./channel.ts";
import { marks } from "./look.ts";
import { isPage, jsonIn, messageOf, notesOf } from "./message.ts";
import { buttonsOf, defineNotifier, type Offers } from "./notifier.ts";
import { cutTo, escapeHtml, oneLine, utc } from "./text.ts";

const config = channelSchema({}).describe("a space of Google Chat");

/** A message has at most 32,000 bytes, cards included (developers.google.com, chat, spaces.messages.create). */
const SENTENCE_CHARACTERS = 3500;
const SHORT_CHARACTERS = 300;

export function googleChatPayload(entry: JournalEntry, offers: Offers) {
  const { rollout, severity, sentence, at, event } = messageOf(entry);
  const buttons = buttonsOf(offers).map(({ label, url }) => ({ text: label, onClick: { openLink: { url } } }));
  const notes = cutTo(oneLine(notesOf(event).join(" \u00b7 ")), SHORT_CHARACTERS);
  const widgets = [
    { textParagraph: { text: escapeHtml(sentence, SENTENCE_CHARACTERS) } },
    { textParagraph: { text: utc(at) } },
    ...(buttons.length === 0 ? [] : [{ buttonList: { buttons } }]),
  ];
  const header = { title: `${marks[severity]} ${rollout}`, subtitle: notes };
  return {
    fallbackText: cutTo(oneLine(`${rollout}: ${sentence}`), SHORT_CHARACTERS),
    cardsV2: [{ cardId: "serin", card: { header, sections: [{ widgets }] } }],
    thread: { threadKey: `serin/${rollout}/${event.release}` },
  };
}

/** What to do about the states of Google's APIs (google.rpc.Code). */
const errors: Readonly<Record<string, string>> = {
  NOT_FOUND: "the space or its webhook was removed; make a new one",
  PERMISSION_DENIED: "the space lets nobody post by webhook, or the address is not whole; copy it again",
  RESOURCE_EXHAUSTED: "too many messages at once: a space takes one a second",
  UNAUTHENTICATED: "the address's key or token is not right; copy it again",
};

function words(text: string): string | null {
  const error = jsonIn(text)?.["error"] as { status?: unknown; message?: unknown } | undefined;
  const status = typeof error?.status === "string" ? error.status : "";
  if (Object.hasOwn(errors, status)) return `${errors[status]} (${status})`;
  return typeof error?.message === "string" ? error.message : null;
}

/** An answer to a thread that is not there yet begins it. */
function threaded(url: URL): URL {
  const asked = new URL(url);
  asked.searchParams.set("messageReplyOption", "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD");
  return asked;
}

export const googleChat = defineNotifier({
  name: "googleChat",
  config,
  create: ({ url, timeout }, deps) =>
    tellChannel(
      {
        to: "Google Chat",
        at: url,
        timeoutMs: timeout,
        aim: threaded,
        payload: googleChatPayload,
        words,
        refusal: (text) => (isPage(text) ? "a web page answered, not Google Chat" : null),
      },
      deps,
    ),
});
