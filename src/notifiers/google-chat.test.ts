import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sendTo, wildEvent } from "../../test/contract/chat.ts";
import { entryOf, events, goldenMessages, offersOf } from "../../test/contract/notifier-fixtures.ts";
import { notifierContract } from "../../test/contract/notifier.ts";
import { status } from "../../test/contract/receiver.ts";
import { googleChat, googleChatPayload } from "./google-chat.ts";
import { jsonOf } from "./message.ts";

type Payload = ReturnType<typeof googleChatPayload>;

const unescape = (text: string) =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
const paragraph = ({ cardsV2 }: Payload) =>
  (cardsV2[0].card.sections[0].widgets[0] as { textParagraph: { text: string } }).textParagraph.text;
const at = (name: string, timeout = "20s") => googleChat.config.parse({ url: { env: name }, timeout });

notifierContract("googleChat", {
  networked: (deps, patience) => googleChat.create(at("SECRET_URL", patience), deps),
  said: (text) => unescape(paragraph(JSON.parse(text) as Payload)),
  path: (address) => `${address}?messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD`,
});

test("golden messages", () =>
  goldenMessages("google-chat", (event) => googleChatPayload(entryOf(event), offersOf(event))));

describe("the card", () => {
  test("stays below 32,000 bytes whatever people write, and none of their words is markup", () => {
    fc.assert(
      fc.property(wildEvent, (event) => {
        const payload = googleChatPayload(entryOf(event), offersOf(events.waiting));
        expect(Buffer.byteLength(jsonOf(payload))).toBeLessThan(32_000);
        expect(paragraph(payload)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
      }),
      { numRuns: 200 },
    );
  });

  test("all of a release is one thread, the next release another", () => {
    const { thread } = googleChatPayload(entryOf(events.started), {});
    expect(thread).toEqual(googleChatPayload(entryOf(events.promoted), {}).thread);
    expect(thread).not.toEqual(googleChatPayload(entryOf({ ...events.started, release: 4 }), {}).thread);
  });
});

describe("answers", () => {
  const send = (answer: Parameters<typeof sendTo>[0]) =>
    sendTo(answer, (deps) => googleChat.create(at("CHAT_URL"), deps));
  const error = (code: number, state: string, message = "because") =>
    JSON.stringify({ error: { code, message, status: state } }, null, 2);

  test.each([
    [429, error(429, "RESOURCE_EXHAUSTED"), "too many messages at once: a space takes one a second", false],
    [404, error(404, "NOT_FOUND"), "the space or its webhook was removed; make a new one", false],
    [403, error(403, "PERMISSION_DENIED"), "the space lets nobody post by webhook", false],
    [400, error(400, "INVALID_ARGUMENT", "Invalid JSON payload received."), "Invalid JSON payload received.", true],
    [503, `{"error": {"code": 503, "mess`, `Google Chat answered 503: {"error": {"code": 503, "mess`, false],
  ])("%i %s", async (code, body, words, permanent) => {
    await expect(send(status(code, body))).rejects.toMatchObject({
      message: expect.stringContaining(words),
      details: { permanent },
    });
  });

  test("a 200 that is a page is none", async () => {
    await expect(send(status(200, "<!doctype html>"))).rejects.toThrow("a web page answered, not Google Chat");
  });
});
