import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isWhole, sendTo, wildEvent } from "../../test/contract/chat.ts";
import { entryOf, events, goldenMessages, offersOf } from "../../test/contract/notifier-fixtures.ts";
import { notifierContract } from "../../test/contract/notifier.ts";
import { status } from "../../test/contract/receiver.ts";
import { discord, discordPayload } from "./discord.ts";

type Payload = ReturnType<typeof discordPayload>;

const unescape = (text: string) => text.replaceAll(/\\([\\*_~`|>[\]()#<:@-])/g, "$1");
const at = (name: string, timeout = "20s") => discord.config.parse({ url: { env: name }, timeout });

notifierContract("discord", {
  networked: (deps, patience) => discord.create(at("SECRET_URL", patience), deps),
  said: (text) => unescape((JSON.parse(text) as Payload).embeds[0].description),
  path: (address) => `${address}?wait=true`,
});

test("golden messages", () => goldenMessages("discord", (event) => discordPayload(entryOf(event), offersOf(event))));

/** docs.discord.com, embed limits: Discord answers 400 above them. */
function withinLimits({ embeds: [embed], username = "" }: Payload): void {
  const { title, description, footer } = embed;
  expect(username.length).toBeLessThanOrEqual(80);
  expect(title.length).toBeLessThanOrEqual(256);
  expect(description.length).toBeLessThanOrEqual(4096);
  expect(footer.text.length).toBeLessThanOrEqual(2048);
  expect(title.length + description.length + footer.text.length).toBeLessThanOrEqual(6000);
}

/** What is left of a text when escaped characters are taken out. */
const bare = (text: string) => text.replaceAll(/\\[^\p{L}\p{N}\s]/gu, "");

describe("the payload", () => {
  test("keeps Discord's limits whatever people write, and gives their words no meaning", () => {
    fc.assert(
      fc.property(wildEvent, (event) => {
        const payload = discordPayload(entryOf(event), offersOf(events.waiting));
        withinLimits(payload);
        const [said] = payload.embeds[0].description.split("\n\n[Approve");
        expect(bare(said)).not.toMatch(/[*_~`|>[\]()#<@]/);
        expect(payload.allowed_mentions).toEqual({ parse: [] });
        if ("reason" in event && event.reason.isWellFormed()) expect(isWhole(JSON.stringify(said))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test("a link's address cannot end it", () => {
    const acts = [{ verb: "approve", label: "Approve [x]", url: "https://s.example/a(b)?c=d e" }];
    const { description } = discordPayload(entryOf(), { acts }).embeds[0];
    expect(description.split("\n\n")[1]).toBe("[Approve \\[x\\]](https://s.example/a%28b%29?c=d%20e)");
  });

  test.each(["clyde", "My Discord", ""])("a name like %j is refused, as Discord would", (username) => {
    expect(discord.config.safeParse({ url: { env: "X" }, username }).success).toBe(false);
  });
});

describe("answers", () => {
  const send = (answer: Parameters<typeof sendTo>[0]) => sendTo(answer, (deps) => discord.create(at("CHAT_URL"), deps));

  test.each([
    [404, `{"message": "Unknown Webhook", "code": 10015}`, "the webhook was removed; make a new one (10015)"],
    [401, `{"message": "Invalid Webhook Token", "code": 50027}`, "the webhook's address is not right"],
    [400, `{"message": "Invalid Form Body", "code": 50035, "errors": {}}`, "Discord could not read the message"],
    [403, `{"message": "Something new", "code": 99999}`, "Discord answered 403: Something new"],
    [500, `{"mess`, `Discord answered 500: {"mess`],
  ])("%i %s", async (code, body, words) => {
    await expect(send(status(code, body))).rejects.toThrow(words);
  });

  test("too many messages at once: Discord says how long to wait, in either header", async () => {
    const body = `{"message": "You are being rate limited.", "retry_after": 1.25, "global": false}`;
    const own = { "x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "1.25" };
    await expect(send(status(429, body, own))).rejects.toMatchObject({ details: { retryAfterMs: 1250 } });
    const both = { ...own, "retry-after": "2" };
    await expect(send(status(429, body, both))).rejects.toMatchObject({ details: { retryAfterMs: 2000 } });
  });

  test("a 200 that is a page is none", async () => {
    await expect(send(status(200, "<html>Log in</html>"))).rejects.toThrow("a web page answered, not Discord");
  });
});
