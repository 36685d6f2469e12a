import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wildEvent } from "../../test/contract/chat.ts";
import { entryOf, events, goldenMessages, offersOf } from "../../test/contract/notifier-fixtures.ts";
import { madeAt, notifierContract, notifierDeps } from "../../test/contract/notifier.ts";
import { Receiver, status } from "../../test/contract/receiver.ts";
import type { RolloutEvent } from "../rollout/events.ts";
import { alarmOf } from "./alarm.ts";
import { opsgenie, opsgenieRequest } from "./opsgenie.ts";

interface Body {
  readonly message?: string;
  readonly description?: string;
  readonly note?: string;
  readonly alias?: string;
  readonly details?: Readonly<Record<string, string>>;
}

const KEY = "a1b2c3d4-0000-1111-2222-333344445555";
const env = { OPS_KEY: KEY };
const at = (url: string, more: object = {}) =>
  opsgenie.config.parse({ apiKey: { env: "OPS_KEY" }, url, timeout: "20s", ...more });

notifierContract("opsgenie", {
  networked: madeAt((url, deps, timeout) => opsgenie.create(at(url, { timeout }), deps)),
  said: (text) => {
    const { description, note } = JSON.parse(text) as Body;
    return description ?? note ?? "";
  },
  tells: (event) => alarmOf(event) !== "none",
  path: (address, event) =>
    `${address}${alarmOf(event) === "raise" ? "/v2/alerts" : "/v2/alerts/serin.shop.3/close?identifierType=alias"}`,
  plainAddress: "the address is Opsgenie's own; the key is the secret",
  key: "OPS_KEY",
  env,
});

const settings = at("https://api.opsgenie.com", { tags: ["team:shop"] });
const requestOf = (event: RolloutEvent) => {
  const alarm = alarmOf(event);
  return alarm === "none" ? null : opsgenieRequest(entryOf(event), alarm, settings, offersOf(event));
};

test("golden messages", () => goldenMessages("opsgenie", requestOf));

test("keeps Opsgenie's limits whatever people write", () => {
  fc.assert(
    fc.property(wildEvent, (event) => {
      const body = requestOf(event)?.body as Body;
      expect(body.message?.length).toBeLessThanOrEqual(130);
      expect(body.message).not.toMatch(/\p{Cc}/u);
      expect(body.description?.length).toBeLessThanOrEqual(15_000);
      expect(body.alias?.length).toBeLessThanOrEqual(512);
      const details = Object.entries(body.details ?? {}).flat();
      expect(details.join("").length).toBeLessThanOrEqual(8000);
    }),
    { numRuns: 100 },
  );
});

const sent = async (make: typeof opsgenie.create, event: RolloutEvent, more: object = {}) => {
  await using receiver = await Receiver.open();
  await make(at(receiver.url(), more), notifierDeps(env)).send(entryOf(event), new AbortController().signal);
  return receiver.arrived;
};

test("the key is in the header and nowhere else", async () => {
  const [{ headers, body, path }] = await sent((config, deps) => opsgenie.create(config, deps), events.rolledBack);
  expect(headers.authorization).toBe(`GenieKey ${KEY}`);
  expect(body + path).not.toContain(KEY);
});

test("how urgent it is, the document says", async () => {
  const urgent = { priority: { bad: "P1" } };
  const make: typeof opsgenie.create = (config, deps) => opsgenie.create(config, deps);
  const [rolledBack] = await sent(make, events.rolledBack, urgent);
  const [waiting] = await sent(make, events.waiting, urgent);
  expect([rolledBack, waiting].map(({ body }) => (JSON.parse(body) as { priority: string }).priority)).toEqual([
    "P1",
    "P3",
  ]);
});

test("trying it out opens an alert and closes it", async () => {
  const probe: typeof opsgenie.create = (config, deps) => opsgenie.probe?.(config, deps) ?? { send: async () => {} };
  expect((await sent(probe, events.test)).map(({ path }) => path)).toEqual([
    "/v2/alerts",
    "/v2/alerts/serin.shop.test/close?identifierType=alias",
  ]);
});

describe("answers", () => {
  const send = async (answer: Receiver["answer"]) => {
    await using receiver = await Receiver.open();
    receiver.answer = answer;
    const notifier = opsgenie.create(at(receiver.url()), notifierDeps(env));
    await notifier.send(entryOf(events.rolledBack), new AbortController().signal);
  };
  test.each([
    [
      422,
      `{"message":"Request body is not processable. Please check the errors.","errors":{"message":"Message can not be empty."},"took":0.083}`,
      "Please check the errors. message: Message can not be empty.",
      true,
    ],
    [403, `{"message":"You are not authorized to perform this action","took":0.001}`, "You are not authorized", false],
    [429, `{"message":"You are making too many requests!","took":0.0}`, "You are making too many requests!", false],
    [503, `{"mess`, `Opsgenie answered 503: {"mess`, false],
  ])("%i %s", async (code, body, words, permanent) => {
    await expect(send(status(code, body))).rejects.toMatchObject({
      message: expect.stringContaining(words),
      details: { permanent },
    });
  });
});
