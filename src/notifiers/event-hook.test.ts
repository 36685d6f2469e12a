import { describe, expect, test } from "vitest";
import { entryOf, events } from "../../test/contract/notifier-fixtures.ts";
import { notifierContract, notifierDeps } from "../../test/contract/notifier.ts";
import { Receiver } from "../../test/contract/receiver.ts";
import { runner } from "../engine/run.ts";
import { hookSchema } from "../rollout/hook.ts";
import { createEventHook } from "./event-hook.ts";
import { createNotifiers, notificationSchema, notifiedNames, type NotifierDeps } from "./index.ts";

const hookAt = (url: string, more: object = {}) => hookSchema.parse({ name: "audit", on: "event", url, ...more });

notifierContract("event hook", {
  networked: (deps, timeout) => ({
    send: async (entry, signal) => {
      const hook = hookAt(await deps.secrets({ env: "SECRET_URL" }), { timeout });
      await createEventHook(hook, deps).send(entry, signal);
    },
  }),
  said: (text) => (JSON.parse(text) as { sentence: string }).sentence,
  plainAddress: "a hook's address stands in the document",
});

test("is told what a webhook is told, with its name and metadata", async () => {
  await using receiver = await Receiver.open();
  const hook = hookAt(receiver.url("/audit"), { metadata: { team: "shop" } });
  await createEventHook(hook, notifierDeps({})).send(entryOf(events.resumed), new AbortController().signal);
  const [{ body, headers }] = receiver.arrived;
  const id = `shop-41-${events.resumed.at.toString(36)}`;
  expect(headers["serin-delivery"]).toBe(id);
  expect(JSON.parse(body)).toEqual({
    hook: "audit",
    on: "event",
    id,
    rollout: "shop",
    seq: 41,
    at: events.resumed.at,
    type: "resumed",
    severity: "info",
    sentence: "Resumed by anna.",
    event: events.resumed,
    metadata: { team: "shop" },
  });
});

describe("a program", () => {
  const deps: NotifierDeps = { ...notifierDeps({ TOKEN: "a-secret-of-mine" }), run: runner(process.env["PATH"] ?? "") };
  const told = (shell: string, more = deps) => {
    const command = { shell, env: { TOKEN: { env: "TOKEN" } } };
    const hook = hookSchema.parse({ name: "audit", on: "event", command, timeout: "5s" });
    return createEventHook(hook, more).send(entryOf(events.resumed), new AbortController().signal);
  };

  test("is told by its environment and what it can read", async () => {
    await told(`[ "$SERIN_EVENT $SERIN_ROLLOUT $SERIN_SENTENCE" = "resumed shop Resumed by anna." ]`);
    await told(`grep -q '"severity":"info"'`);
  });

  test("that does not end with 0 has not taken the message; nothing repeats a secret", async () => {
    await expect(told("echo no room for $TOKEN >&2; exit 2")).rejects.toMatchObject({
      code: "NOTIFIER_FAILED",
      message: "hook audit did not take the message: it ended with 2: no room for ***",
      details: { permanent: false },
    });
    await expect(told("true", { ...deps, run: null })).rejects.toThrow("SERIN_COMMANDS=allow");
  });
});

test("hooks on events and notifications are told apart by name; hooks on other moments are not told", () => {
  const told = {
    notifications: [notificationSchema.parse({ console: {}, name: "audit" })],
    hooks: [hookAt("http://127.0.0.1:1"), { ...hookAt("http://127.0.0.1:1"), name: "asked", on: "rollback" as const }],
  };
  expect(notifiedNames(told)).toEqual(["audit", "hook/audit"]);
  expect(createNotifiers(told, notifierDeps({})).map(({ name }) => name)).toEqual(["audit", "hook/audit"]);
});
