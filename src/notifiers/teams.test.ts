import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sendTo, wildEvent } from "../../test/contract/chat.ts";
import { entryOf, events, goldenMessages, offersOf } from "../../test/contract/notifier-fixtures.ts";
import { notifierContract } from "../../test/contract/notifier.ts";
import { status } from "../../test/contract/receiver.ts";
import { jsonOf } from "./message.ts";
import { teams, teamsPayload } from "./teams.ts";

interface Block {
  readonly type: string;
  readonly text?: string;
  readonly inlines?: readonly { readonly type: string; readonly text: string }[];
  readonly items?: readonly Block[];
}
interface Payload {
  readonly attachments: readonly [{ readonly content: { readonly body: readonly Block[] } }];
}

/** All that is shown, and by which kind of block. */
const blocks = (body: readonly Block[]): readonly Block[] =>
  body.flatMap((block) => [block, ...blocks(block.items ?? [])]);
const runs = (text: string) =>
  blocks((JSON.parse(text) as Payload).attachments[0].content.body).flatMap(({ inlines = [] }) => inlines);

const at = (name: string, timeout = "20s") => teams.config.parse({ url: { env: name }, timeout });

notifierContract("teams", {
  networked: (deps, patience) => teams.create(at("SECRET_URL", patience), deps),
  said: (text) =>
    runs(text)
      .map((one) => one.text)
      .join("\n"),
});

test("golden messages", () => goldenMessages("teams", (event) => teamsPayload(entryOf(event), offersOf(event))));

describe("the card", () => {
  test("stays below 28 KB whatever people write, and their words stand where no markup is read", () => {
    fc.assert(
      fc.property(wildEvent, (event) => {
        const text = jsonOf(teamsPayload(entryOf(event), offersOf(events.waiting)));
        expect(Buffer.byteLength(text)).toBeLessThan(28 * 1024);
        const marked = blocks((JSON.parse(text) as Payload).attachments[0].content.body)
          .filter(({ type }) => type === "TextBlock")
          .map((block) => block.text);
        expect(marked).toEqual(["{{DATE(2026-11-24T14:00:00Z,COMPACT)}} {{TIME(2026-11-24T14:00:00Z)}}"]);
      }),
      { numRuns: 200 },
    );
  });

  test("has no more than six actions, each of which opens an address", () => {
    const { actions } = teamsPayload(entryOf(events.waiting), offersOf(events.waiting)).attachments[0].content;
    expect(actions?.map(({ type, title }) => `${type} ${title}`)).toEqual([
      "Action.OpenUrl Approve to 25 %",
      "Action.OpenUrl Take v2 back",
      "Action.OpenUrl Open in Serin",
    ]);
  });
});

describe("answers", () => {
  const send = (answer: Parameters<typeof sendTo>[0]) => sendTo(answer, (deps) => teams.create(at("CHAT_URL"), deps));
  const error = (code: string, message: string) => JSON.stringify({ error: { code, message } });

  test.each([
    [
      400,
      error("WorkflowTriggerIsNotEnabled", "Could not execute workflow"),
      "the workflow is switched off; switch it on",
    ],
    [401, error("DirectApiAuthorizationRequired", "The request must be authenticated"), "the workflow wants a login"],
    [404, error("WorkflowNotFound", "The workflow could not be found"), "the workflow was removed; make a new one"],
    [429, error("Throttled", "Slow down"), "Teams answered 429: Slow down"],
    [502, error("NoResponse", "The server did not "), "Teams answered 502: The server did not"],
    [500, `{"error":{"co`, `Teams answered 500: {"error":{"co`],
  ])("%i %s", async (code, body, words) => {
    await expect(send(status(code, body))).rejects.toThrow(words);
  });

  test.each([
    [
      "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x",
      "Microsoft Teams endpoint returned HTTP error 429",
    ],
    [error("Forbidden", "not you"), "not you"],
    ["<html>Sign in</html>", "a web page answered, not Teams"],
  ])("a 200 that is none: %s", async (body, words) => {
    await expect(send(status(200, body))).rejects.toMatchObject({
      message: expect.stringContaining(words),
      details: { permanent: false },
    });
  });

  test.each([
    [202, ""],
    [200, "1"],
  ])("%i %j: taken", async (code, body) => {
    await expect(send(status(code, body))).resolves.toBeUndefined();
  });
});
