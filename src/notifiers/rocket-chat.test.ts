import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sendTo, wildEvent } from "../../test/contract/chat.ts";
import { entryOf, events, goldenMessages, offersOf } from "../../test/contract/notifier-fixtures.ts";
import { notifierContract } from "../../test/contract/notifier.ts";
import { status } from "../../test/contract/receiver.ts";
import { rocketChat, rocketChatPayload } from "./rocket-chat.ts";

type Payload = ReturnType<typeof rocketChatPayload>;

const unescape = (text: string) => text.replaceAll(/\\([\\*_~`[\]#>|])/g, "$1").replaceAll("@\u200b", "@");
const at = (name: string, timeout = "20s") => rocketChat.config.parse({ url: { env: name }, timeout });

notifierContract("rocketChat", {
  networked: (deps, patience) => rocketChat.create(at("SECRET_URL", patience), deps),
  said: (text) => unescape((JSON.parse(text) as Payload).attachments[0].text),
});

test("golden messages", () =>
  goldenMessages("rocket-chat", (event) =>
    rocketChatPayload(entryOf(event), { channel: "#releases", ...offersOf(event) }),
  ));

describe("the payload", () => {
  test("stays below a server's 5,000 characters whatever people write, and calls nobody", () => {
    fc.assert(
      fc.property(wildEvent, (event) => {
        const { text, attachments } = rocketChatPayload(entryOf(event), offersOf(events.waiting));
        const [{ title, text: said }] = attachments;
        expect(text.length + title.length + said.length).toBeLessThan(5000);
        expect(said).not.toMatch(/@(?!\u200b)/);
        const [words] = said.split("\n\n[Approve");
        expect(words.replaceAll(/\\[\\*_~`[\]#>|]/g, "")).not.toMatch(/[*_~`[\]#>|]/);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ["#releases", true],
    ["@anna", true],
    ["releases", false],
    ["#a b", false],
  ])("the channel %j", (channel, good) => {
    expect(rocketChat.config.safeParse({ url: { env: "X" }, channel }).success).toBe(good);
  });
});

describe("answers", () => {
  const send = (answer: Parameters<typeof sendTo>[0]) =>
    sendTo(answer, (deps) => rocketChat.create(at("CHAT_URL"), deps));

  test.each([
    [400, `{"success":false,"error":"invalid-channel"}`, "the channel does not exist"],
    [404, `{"success":false,"error":"Invalid integration id or token provided."}`, "make a new one"],
    [429, `{"success":false,"error":"Error, too many requests. Please slow down."}`, "Please slow down."],
    [500, `{"success":fal`, `Rocket.Chat answered 500: {"success":fal`],
    [200, `{"success":false,"error":"invalid-channel"}`, "did not take the message: the channel does not exist"],
    [200, `{"success":false}`, "no reason given"],
    [200, "<html></html>", "a web page answered, not Rocket.Chat"],
  ])("%i %s", async (code, body, words) => {
    await expect(send(status(code, body))).rejects.toThrow(words);
  });

  test.each([`{"success":true}`, "", "ok"])("a 200 that is one: %j", async (body) => {
    await expect(send(status(200, body))).resolves.toBeUndefined();
  });
});
