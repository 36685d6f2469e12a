import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wildEvent } from "../../test/contract/chat.ts";
import { entryOf, events, goldenMessages, offersOf } from "../../test/contract/notifier-fixtures.ts";
import { madeAt, notifierContract, notifierDeps } from "../../test/contract/notifier.ts";
import { Receiver, status } from "../../test/contract/receiver.ts";
import type { RolloutEvent } from "../rollout/events.ts";
import { jsonOf } from "./message.ts";
import { actionOf, pagerduty, pagerDutyRequest } from "./pagerduty.ts";

interface Body {
  readonly routing_key: string;
  readonly event_action?: string;
  readonly dedup_key?: string;
  readonly payload: { readonly summary: string; readonly severity?: string };
}

const KEY = "0123456789abcdef0123456789abcdef";
const env = { PD_KEY: KEY };
const at = (url: string, timeout = "20s") => pagerduty.config.parse({ routingKey: { env: "PD_KEY" }, url, timeout });

notifierContract("pagerduty", {
  networked: madeAt((url, deps, patience) => pagerduty.create(at(url, patience), deps)),
  said: (text) => (JSON.parse(text) as Body).payload.summary,
  tells: (event) => actionOf(event) !== null,
  path: (address, event) => `${address}${actionOf(event) === "change" ? "/v2/change/enqueue" : "/v2/enqueue"}`,
  plainAddress: "the address is PagerDuty's own; the key is the secret",
  key: "PD_KEY",
  env,
});

const requestOf = (event: RolloutEvent) => {
  const action = actionOf(event);
  return action === null
    ? null
    : pagerDutyRequest(entryOf(event), action, { key: KEY, source: "serin" }, offersOf(event));
};

test("golden messages", () => goldenMessages("pagerduty", requestOf));

test("an alert of a release is resolved by the same key, whatever it was raised for", () => {
  const bodies = [events.waiting, events.approved].map((event) => requestOf(event)?.body as Body);
  expect(bodies.map(({ event_action, dedup_key }) => [event_action, dedup_key])).toEqual([
    ["trigger", "serin.shop.3"],
    ["resolve", "serin.shop.3"],
  ]);
});

test("keeps PagerDuty's limits whatever people write", () => {
  fc.assert(
    fc.property(wildEvent, (event) => {
      const body = requestOf(event)?.body as Body;
      expect(body.payload.summary.length).toBeLessThanOrEqual(1024);
      expect(body.payload.summary).not.toMatch(/\p{Cc}/u);
      expect(body.dedup_key?.length).toBeLessThanOrEqual(255);
      expect(Buffer.byteLength(jsonOf(body))).toBeLessThan(512 * 1024);
    }),
    { numRuns: 100 },
  );
});

test("trying it out raises an alert and resolves it", async () => {
  await using receiver = await Receiver.open();
  const probe = pagerduty.probe?.(at(receiver.url()), notifierDeps(env));
  await probe?.send(entryOf(events.test), new AbortController().signal);
  const sent = receiver.arrived.map(({ body }) => JSON.parse(body) as Body);
  expect(sent.map((one) => [one.event_action, one.dedup_key, one.payload.severity])).toEqual([
    ["trigger", "serin.shop.test", "info"],
    ["resolve", "serin.shop.test", "info"],
  ]);
});

describe("answers", () => {
  const send = async (answer: Receiver["answer"]) => {
    await using receiver = await Receiver.open();
    receiver.answer = answer;
    const notifier = pagerduty.create(at(receiver.url()), notifierDeps(env));
    await notifier.send(entryOf(events.rolledBack), new AbortController().signal);
  };
  const invalid = {
    status: "invalid event",
    message: "Event object is invalid",
    errors: ["Length of 'routing_key' is incorrect (should be 32 characters)"],
  };

  test.each([
    [400, JSON.stringify(invalid), "Event object is invalid: Length of 'routing_key' is incorrect", true],
    [429, "", "PagerDuty answered 429", false],
    [500, `{"status":"err`, `PagerDuty answered 500: {"status":"err`, false],
  ])("%i %s", async (code, body, words, permanent) => {
    await expect(send(status(code, body))).rejects.toMatchObject({
      message: expect.stringContaining(words),
      details: { permanent },
    });
  });

  test("202 is a yes", async () => {
    const body = `{"status":"success","message":"Event processed","dedup_key":"serin.shop.3"}`;
    await expect(send(status(202, body))).resolves.toBeUndefined();
  });
});
