import { describe, expect, test } from "vitest";
import { Annotations, json } from "../../test/contract/grafana.ts";
import { entryOf, events, goldenMessages } from "../../test/contract/notifier-fixtures.ts";
import { madeAt, notifierContract, notifierDeps } from "../../test/contract/notifier.ts";
import { Receiver, status } from "../../test/contract/receiver.ts";
import type { RolloutEvent } from "../rollout/events.ts";
import { grafana, grafanaRequest } from "./grafana.ts";

const env = { GRAFANA_TOKEN: "glsa_secret" };
const at = (url: string, more: object = {}) =>
  grafana.config.parse({ url, token: { env: "GRAFANA_TOKEN" }, timeout: "20s", ...more });
const unescape = (text: string) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");

notifierContract("grafana", {
  networked: madeAt((url, deps, timeout) => grafana.create(at(url, { timeout }), deps)),
  said: (text) => unescape((JSON.parse(text) as { text: string }).text),
  path: (address) => `${address}/api/annotations`,
  aside: (response, { method }) => {
    if (method !== "GET") return false;
    json(response, 200, []);
    return true;
  },
  plainAddress: "a Grafana's address is known to all who look at it; the token is the secret",
  key: "GRAFANA_TOKEN",
  env,
});

const link = "https://serin.example/rollouts/shop";
test("golden messages, where nothing is drawn yet", () =>
  goldenMessages("grafana", (event) => grafanaRequest(entryOf(event), at("https://g.example"), [], link)));

const drawn = async (story: readonly RolloutEvent[], more: object = {}) => {
  await using receiver = await Receiver.open();
  const board = new Annotations();
  receiver.answer = board.answer;
  const notifier = grafana.create(at(receiver.url(), more), notifierDeps(env));
  for (const event of story) await notifier.send(entryOf(event), new AbortController().signal);
  return board.all;
};

describe("a release", () => {
  const end = events.started.at + 60_000;
  const story = [
    events.started,
    { ...events.stepEntered, at: events.started.at + 1000 },
    { ...events.waiting, at: events.started.at + 2000 },
    { ...events.rolledBack, at: end },
  ];

  test("is one region from its start to its end, with marks in it", async () => {
    const [region, ...marks] = await drawn(story);
    expect(region).toMatchObject({ time: events.started.at, timeEnd: end });
    expect(region.text.split("\n")).toEqual([
      "shop: Release 3 of v2 over v1 started by anna, 6 steps.",
      "shop: v2 was rolled back at 5 % after 4s: gate failures: 31 of 500 failed against 4 of 9,500.",
    ]);
    expect(region.tags).toEqual(["serin", "rollout:shop", "release:3", "release", "rolledBack"]);
    expect(marks.map(({ time, timeEnd, tags }) => [time, timeEnd, tags.at(-1)])).toEqual([
      [events.started.at + 1000, undefined, "stepEntered"],
      [events.started.at + 2000, undefined, "waiting"],
    ]);
  });

  test("is drawn once, however often each message is sent", async () => {
    expect(await drawn(story.flatMap((event) => [event, event, event]))).toEqual(await drawn(story));
  });

  test("whose start was not told is drawn from its end, as far back as that says", async () => {
    const [region] = await drawn([{ ...events.rolledBack, at: end }]);
    expect(region).toMatchObject({ time: end - 4200, timeEnd: end });
    const [aborted] = await drawn([{ ...events.aborted, at: end }]);
    expect(aborted).toMatchObject({ time: end });
  });

  test("leaves another rollout's and another release's regions alone", async () => {
    const all = await drawn([events.started, { ...events.promoted, release: 4, at: end }]);
    expect(all.map(({ timeEnd }) => timeEnd)).toEqual([undefined, end]);
  });

  test("belongs to a dashboard and its panel where they are named, and has the document's tags", async () => {
    const [one] = await drawn([events.started], { dashboard: "cIBgcSjkk", panel: 2, tags: ["team:shop"] });
    expect(one).toMatchObject({ dashboardUID: "cIBgcSjkk", panelId: 2 });
    expect(one.tags).toContain("team:shop");
  });
});

describe("answers", () => {
  const send = async (answer: Receiver["answer"]) => {
    await using receiver = await Receiver.open();
    receiver.answer = answer;
    await grafana
      .create(at(receiver.url()), notifierDeps(env))
      .send(entryOf(events.rolledBack), new AbortController().signal);
  };
  test.each([
    [401, `{"message":"Invalid API key"}`, "Invalid API key"],
    [403, `{"message":"You'll need additional permissions: annotations:read"}`, "additional permissions"],
    [200, `[{"id":1,"time":17955288`, "answered with something else than was asked for, or was cut short"],
    [200, `{"id":1}`, "answered with something else than was asked for"],
    [200, "<html>Log in</html>", "answered with something else than was asked for"],
  ])("%i %s to the question what is drawn", async (code, body, words) => {
    await expect(send(status(code, body))).rejects.toMatchObject({
      code: "NOTIFIER_FAILED",
      message: expect.stringContaining(words),
      details: { permanent: false },
    });
  });

  test("a question that is answered without end is given up, and nothing is drawn", async () => {
    let posts = 0;
    const endless = send((response, { method }) => {
      if (method === "POST") posts += 1;
      response.writeHead(200, { "content-type": "application/json" });
      const drip = setInterval(() => response.write(" ".repeat(65_536)), 1);
      response.on("close", () => clearInterval(drip));
    });
    await expect(endless).rejects.toMatchObject({ details: { permanent: false } });
    expect(posts).toBe(0);
  });
});

test("a panel without a dashboard is refused", () => {
  const found = grafana.config.safeParse({ url: "https://g.example", token: { env: "T" }, panel: 2 });
  expect(found.error?.issues).toMatchObject([
    { path: ["panel"], message: "a panel is one of a dashboard: name that too" },
  ]);
});
