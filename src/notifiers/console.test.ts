import { expect, test } from "vitest";
import { entryOf, events } from "../../test/contract/notifier-fixtures.ts";
import { notifierContract, notifierDeps } from "../../test/contract/notifier.ts";
import { consoleLines } from "./console.ts";

const plain = consoleLines.config.parse({});

notifierContract("console", {
  local: (deps) => consoleLines.create(plain, deps),
  stays: "the console is here",
  said: (text) => text,
});

const print = async (settings: unknown, ...entries: ReturnType<typeof entryOf>[]) => {
  const printed: string[] = [];
  const notifier = consoleLines.create(consoleLines.config.parse(settings), notifierDeps({}, printed));
  for (const entry of entries) await notifier.send(entry, new AbortController().signal);
  return printed;
};

test("a line holds when, how loud, which rollout and the sentence", async () => {
  expect(await print({}, entryOf(events.resumed))).toEqual(["2026-11-24T14:00:00.000Z info shop: Resumed by anna."]);
});

test("whatever a sentence holds, it is one line that moves no cursor", async () => {
  const [line] = await print({}, entryOf({ ...events.paused, reason: "a\nb\u001b[2J\r\u0085c" }));
  expect(line).toBe("2026-11-24T14:00:00.000Z attention shop: Paused by anna: a b [2J  c.");
});

test("json: what a webhook would be sent, one object a line", async () => {
  const [line] = await print({ json: true }, entryOf(events.resumed, 7));
  expect(line).not.toContain("\n");
  expect(JSON.parse(line)).toEqual({
    id: `shop-7-${events.resumed.at.toString(36)}`,
    rollout: "shop",
    seq: 7,
    at: events.resumed.at,
    type: "resumed",
    severity: "info",
    sentence: "Resumed by anna.",
    event: events.resumed,
  });
});
