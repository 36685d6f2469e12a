import { describe, expect, test } from "vitest";
import { z } from "zod";
import { entryOf, events } from "../../test/contract/notifier-fixtures.ts";
import { notifierDeps } from "../../test/contract/notifier.ts";
import { Receiver } from "../../test/contract/receiver.ts";
import { sentence, severity } from "../rollout/events.ts";
import {
  createNotifier,
  createNotifiers,
  createProbes,
  missingSecrets,
  notificationSchema,
  notificationsSchema,
  notifierNames,
} from "./index.ts";
import { messageOf } from "./message.ts";
import { slackPayload } from "./slack.ts";

const all = Object.values(events);

/** How loud each event is, what it says, and what Slack is sent: a change here is a change that people notice. */
test("golden messages, one for every type of event", async () => {
  const words = all.map((event) => {
    const { blocks, text } = slackPayload(entryOf(event), { link: "https://serin.example/rollouts/shop" });
    const [section, context] = blocks;
    const said = section.text?.text.split("\n") ?? [];
    const notes = context.elements ?? [];
    return [
      `${event.type} (${severity(event)})`,
      `  sentence  ${sentence(event)}`,
      `  message   ${JSON.stringify({ ...messageOf(entryOf(event)), event: "..." })}`,
      `  text      ${text}`,
      ...said.map((line) => `  section   ${line}`),
      ...notes.map((element) => `  context   ${element.text}`),
      "",
    ].join("\n");
  });
  await expect(words.join("\n")).toMatchFileSnapshot("../../test/golden/messages.txt");
});

describe("a notification", () => {
  const webhook = { url: "https://ops.example", secret: { env: "KEY" } };

  test("names one notifier; its name is the notifier's unless said", () => {
    expect(notificationSchema.parse({ console: {} })).toEqual({
      name: "console",
      only: null,
      links: true,
      notifier: "console",
      config: { json: false },
    });
    expect(notificationSchema.parse({ name: "ops", webhook, only: ["bad", "paused"] })).toMatchObject({
      name: "ops",
      only: ["bad", "paused"],
      notifier: "webhook",
    });
  });

  test.each([
    [{}, `expected exactly one of ${notifierNames.join(", ")}, found none`],
    [{ console: {}, webhook }, "found console and webhook"],
    [{ pager: {} }, "pager"],
    [{ slack: { url: "https://hooks.slack.com/services/T/B/x" } }, "slack"],
    [{ console: {}, only: [] }, "only"],
    [{ console: {}, only: ["loud"] }, "only"],
    [{ console: {}, name: "Ops Team" }, "name"],
  ])("%j is refused", (written, words) => {
    expect(JSON.stringify(notificationSchema.safeParse(written).error?.issues)).toContain(words);
  });

  test("has a name of its own among the others", () => {
    const { error } = notificationsSchema.safeParse([{ console: {} }, { webhook }, { console: { json: true } }]);
    expect(error?.issues).toMatchObject([
      { path: [2, "name"], message: `another notification is called "console": give this one a name of its own` },
    ]);
    expect(notificationsSchema.safeParse([{ console: {} }, { console: {}, name: "log" }]).success).toBe(true);
  });

  test("has a JSON Schema", () => {
    const schema = z.toJSONSchema(notificationsSchema, { io: "input" }) as {
      items: { properties: object; oneOf: object };
    };
    expect(Object.keys(schema.items.properties)).toEqual(["name", "only", "links", ...notifierNames]);
    expect(schema.items.oneOf).toEqual(notifierNames.map((name) => ({ required: [name] })));
  });
});

describe("only", () => {
  const told = async (only?: readonly string[]) => {
    const printed: string[] = [];
    const notification = notificationSchema.parse({ console: {}, ...(only === undefined ? {} : { only }) });
    const notifier = createNotifier(notification, notifierDeps({}, printed));
    for (const event of all) await notifier.send(entryOf(event), new AbortController().signal);
    return all.filter((event) => printed.some((line) => line.endsWith(sentence(event)))).map(({ type }) => type);
  };

  test("left out, everything is told", async () => {
    expect(await told()).toEqual(Object.keys(events));
  });

  test("names how loud or what", async () => {
    expect(await told(["bad"])).toEqual(["rolledBack", "returned"]);
    expect(await told(["good", "started"])).toEqual(["started", "promoted"]);
    expect(await told(["attention"])).toEqual(all.filter((e) => severity(e) === "attention").map(({ type }) => type));
  });
});

describe("links that act", () => {
  const acts = [{ verb: "approve", label: "Approve", url: "https://serin.example/act/x" }];
  const bodyOf = async (written: object, make: typeof createNotifiers) => {
    await using receiver = await Receiver.open();
    const asked: string[] = [];
    const actsFor = (name: string) => async () => {
      asked.push(name);
      return acts;
    };
    const webhook = { url: receiver.url(), secret: { env: "KEY" } };
    const told = { notifications: [notificationSchema.parse({ webhook, ...written })], hooks: [] };
    const [{ notifier }] = make(told, { ...notifierDeps({ KEY: "a secret" }), actsFor });
    await notifier.send(entryOf(events.waiting), new AbortController().signal);
    return { asked, body: JSON.parse(receiver.arrived[0].body) as { acts?: unknown } };
  };

  test.each([createNotifiers, createProbes])("are asked for in the notification's name (%o)", async (make) => {
    expect(await bodyOf({ name: "ops" }, make)).toMatchObject({ asked: ["ops"], body: { acts } });
  });

  test("are withheld where the document says so", async () => {
    const { asked, body } = await bodyOf({ links: false }, createNotifiers);
    expect(asked).toEqual([]);
    expect(body).not.toHaveProperty("acts");
  });
});

test("missing secrets are found before the first message, wherever they stand", async () => {
  const written = {
    webhook: {
      url: { env: "URL" },
      secret: { env: "KEY" },
      headers: { Authorization: { file: "/run/secrets/token" }, "X-Team": "shop" },
    },
  };
  const { secrets } = notifierDeps({ KEY: "a secret" });
  const missing = await missingSecrets(notificationSchema.parse(written), secrets);
  expect(missing.map(({ code, message }) => `${code} ${message}`)).toEqual([
    "SECRET_MISSING the variable URL is not set",
    "SECRET_MISSING the file /run/secrets/token does not exist",
  ]);
  expect(await missingSecrets(notificationSchema.parse({ console: {} }), secrets)).toEqual([]);
});
