import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { entryOf, events } from "../../test/contract/notifier-fixtures.ts";
import { notifierContract, notifierDeps } from "../../test/contract/notifier.ts";
import { Receiver, status } from "../../test/contract/receiver.ts";
import type { RolloutEvent } from "../rollout/events.ts";
import { escapeMrkdwn, slack, slackPayload } from "./slack.ts";

interface Text {
  readonly type: string;
  readonly text: string;
}
interface Payload {
  readonly channel?: string;
  readonly text: string;
  readonly blocks: readonly { readonly type: string; readonly text?: Text; readonly elements?: readonly Text[] }[];
}

const unescape = (text: string) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

notifierContract("slack", {
  networked: (deps, timeout) => slack.create(slack.config.parse({ url: { env: "SECRET_URL" }, timeout }), deps),
  said: (text) => unescape((JSON.parse(text) as Payload).text),
});

/** What docs.slack.dev states of blocks, text objects and messages; Slack answers `invalid_blocks` above it. */
function withinLimits({ text, blocks, channel }: Payload): void {
  expect(text.length).toBeGreaterThan(0);
  expect(text.length).toBeLessThanOrEqual(4000);
  expect(channel?.length ?? 1).toBeLessThanOrEqual(80);
  expect(blocks.length).toBeLessThanOrEqual(50);
  for (const block of blocks) {
    expect(["section", "context"]).toContain(block.type);
    if (block.type === "context") {
      expect(block.elements?.length).toBeGreaterThan(0);
      expect(block.elements?.length).toBeLessThanOrEqual(10);
    }
    for (const one of [block.text ?? [], block.elements ?? []].flat()) {
      expect(one.type).toBe("mrkdwn");
      expect(one.text.length).toBeGreaterThan(0);
      expect(one.text.length).toBeLessThanOrEqual(3000);
    }
  }
}

/** Every <...> in the text, which Slack reads as a mention, a link or a date. */
const commands = (payload: Payload) => [...JSON.stringify(payload).matchAll(/<([^>]*)>/g)].map((found) => found[1]);

describe("the payload", () => {
  test.each(Object.values(events))("of $type keeps Slack's limits", (event) => {
    withinLimits(slackPayload(entryOf(event), { channel: "#ops", link: "https://serin.example/shop" }));
  });

  test("keeps them whatever people write, mentions nobody and cuts no character in two", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 5000 }),
      fc
        .constantFrom("&", "<!channel>", "<@U1>", "\u{1f426}", "<https://evil.example|ok>")
        .map((word) => word.repeat(2000)),
    );
    fc.assert(
      fc.property(text, text, (reason, revision) => {
        const payload = slackPayload(entryOf({ ...events.rolledBack, reason, revision }), {});
        withinLimits(payload);
        expect(commands(payload).filter((command) => !command.startsWith("!date^"))).toEqual([]);
        const whole = reason.isWellFormed() && revision.isWellFormed();
        if (whole) expect(JSON.stringify(payload.blocks)).not.toMatch(/\\ud[89a-f]/);
      }),
      { numRuns: 300 },
    );
  });

  test("a short text is escaped whole, a long one is cut between characters", () => {
    expect(escapeMrkdwn("a & b <c>")).toBe("a &amp; b &lt;c&gt;");
    expect(escapeMrkdwn("abcdef", 6)).toBe("abcdef");
    expect(escapeMrkdwn("abcdefg", 6)).toBe("abc...");
    expect(escapeMrkdwn("a&&&&", 12)).toBe("a&amp;...");
    expect(escapeMrkdwn("\u{1f426}\u{1f426}\u{1f426}\u{1f426}", 6)).toBe("\u{1f426}...");
  });

  test("a link cannot be left", () => {
    const { blocks } = slackPayload(entryOf(), { link: "https://s.example/?a=1&b=<x>|y" });
    expect(blocks[1].elements?.at(-1)?.text).toBe("<https://s.example/?a=1&amp;b=%3Cx%3E%7Cy|Open in Serin>");
  });
});

describe("answers", () => {
  const send = async (answer: Receiver["answer"], event: RolloutEvent = events.rolledBack) => {
    await using receiver = await Receiver.open();
    receiver.answer = answer;
    const deps = notifierDeps({ SLACK_URL: receiver.url("/services/x") });
    const notifier = slack.create(slack.config.parse({ url: { env: "SLACK_URL" } }), deps);
    await notifier.send(entryOf(event), new AbortController().signal);
  };

  test.each([
    [404, "no_service", "the webhook was removed or switched off; make a new one (no_service)"],
    [410, "channel_is_archived", "the channel is archived; make a webhook for another one (channel_is_archived)"],
    [403, "action_prohibited", "the workspace's administrator does not allow this webhook to post (action_prohibited)"],
    [429, "", "Slack answered 429"],
    [500, "rollup_error", "Slack had an error of its own (rollup_error)"],
    [400, "constructor", "Slack answered 400: constructor"],
  ])("%i %s in words that say what to do", async (code, body, words) => {
    await expect(send(status(code, body))).rejects.toThrow(words);
  });

  test.each([
    [`{"ok":false,"error":"channel_not_found"}`, "the channel does not exist, or this webhook may not post there"],
    [`{"success":false,"error":"whatever"}`, "did not take the message: whatever"],
    [`{"ok":false}`, "no reason given"],
    ["<html><body>Please log in</body></html>", "a web page answered, not Slack"],
  ])("a 200 that is none: %s", async (body, words) => {
    await expect(send(status(200, body))).rejects.toMatchObject({
      code: "NOTIFIER_FAILED",
      message: expect.stringContaining(words),
      details: { permanent: false },
    });
  });

  test.each(["ok", "", `{"ok":true}`, `"ok"`, "null", "17"])("a 200 that is one: %j", async (body) => {
    await expect(send(status(200, body))).resolves.toBeUndefined();
  });
});
