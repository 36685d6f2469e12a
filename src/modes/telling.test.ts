/** What messages offer and whom they reach, put together as the program does: real store, real notifiers, a real receiver. */
import { expect, test } from "vitest";
import { notifierDeps } from "../../test/contract/notifier.ts";
import { Receiver, status } from "../../test/contract/receiver.ts";
import { createWorld, NOW, yamlOf } from "../../test/http/world.ts";
import { Links } from "../http/links.ts";
import { notifiersWith, tellingDeps, tellingWith } from "./wiring.ts";

const told = (url: string) => `${yamlOf("shop")}  notifications:
    - webhook: { url: ${url}, secret: { env: KEY } }
      only: [bad, paused]
    - { name: quiet, links: false, webhook: { url: ${url}, secret: { env: KEY } } }
    - slack: { url: { env: SLACK_URL } }
  hooks:
    - { name: audit, on: event, url: ${url} }
`;

async function stage() {
  const receiver = await Receiver.open();
  const world = await createWorld();
  await world.put(told(receiver.url("/in")));
  const links = new Links({ records: world.store, now: () => NOW });
  const deps = tellingDeps(notifierDeps({ KEY: "a secret of both" }), {
    links,
    base: () => "https://serin.example",
    load: (name) => world.store.load(name),
    live: async () => null,
    now: () => NOW,
  });
  const spec = async () => {
    const loaded = await world.store.load("shop");
    if (loaded === null) throw new Error("there is no shop");
    return loaded.spec;
  };
  return {
    receiver,
    world,
    links,
    deps,
    spec,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

const never = () => new AbortController().signal;

test("whoever is told of a pause may act on it by a link of his notification, unless the document withholds that", async () => {
  await using the = await stage();
  await the.world.store.signal("shop", NOW, { verb: "pause", by: "anna" });
  await the.world.take("shop");
  const entry = (await the.world.store.journal(0, { rollout: "shop", limit: 1000 })).at(-1);
  if (entry === undefined) throw new Error("nothing happened");
  const everyone = await notifiersWith(the.world.store, the.deps)("shop");
  expect(everyone.map(({ name }) => name)).toEqual(["webhook", "quiet", "slack", "hook/audit"]);
  for (const { name, notifier } of everyone) if (name !== "slack") await notifier.send(entry, never());
  const [webhook, quiet, hook] = the.receiver.arrived.map(
    ({ body }) => JSON.parse(body) as { acts?: readonly { verb: string; url: string }[] },
  );
  expect(webhook.acts?.map(({ verb }) => verb)).toEqual(["resume", "promote", "abort"]);
  const code = webhook.acts?.[2].url.replace("https://serin.example/act/", "") ?? "";
  expect(await the.links.open(code)).toMatchObject({ rollout: "shop", verb: "abort", by: "webhook", seq: entry.seq });
  expect([quiet.acts, hook.acts]).toEqual([undefined, undefined]);
});

test("trying out reaches everybody, whatever `only` says, and says why one is not reached", async () => {
  await using the = await stage();
  const telling = tellingWith(the.deps);
  const event = { type: "test", at: NOW, release: 1, by: "anna" } as const;
  const fates = await Promise.all(
    telling.probes(await the.spec()).map(async (probe) => {
      const thrown = await probe.send({ seq: 0, rollout: "shop", event }, never()).then(
        () => "arrived",
        (error: Error) => error.message,
      );
      return `${probe.name}: ${thrown}`;
    }),
  );
  expect(fates).toEqual([
    "webhook: arrived",
    "quiet: arrived",
    "slack: no message can be sent: the variable SLACK_URL is not set",
    "hook/audit: arrived",
  ]);
  expect(the.receiver.arrived).toHaveLength(3);
  the.receiver.answer = status(404, "gone");
  const [first] = telling.probes(await the.spec());
  await expect(first.send({ seq: 0, rollout: "shop", event }, never())).rejects.toThrow("answered 404: gone");
});

test("secrets that are missing are named with the notification that lacks them", async () => {
  await using the = await stage();
  const lacking = await tellingWith(the.deps).lacking(await the.spec());
  expect(lacking.map(({ name, error }) => `${name}: ${error.message}`)).toEqual([
    "slack: the variable SLACK_URL is not set",
  ]);
});
