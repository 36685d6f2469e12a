import { describe, expect, test } from "vitest";
import { Repository } from "../../test/contract/github.ts";
import { json } from "../../test/contract/grafana.ts";
import { entryOf, events, goldenMessages, offersOf } from "../../test/contract/notifier-fixtures.ts";
import { madeAt, notifierContract, notifierDeps, NOW } from "../../test/contract/notifier.ts";
import { Receiver, status } from "../../test/contract/receiver.ts";
import type { RolloutEvent } from "../rollout/events.ts";
import { github, stateOf } from "./github.ts";

const env = { GITHUB_TOKEN: "ghp_secret" };
const at = (url: string, more: object = {}) =>
  github.config.parse({ repository: "acme/shop", token: { env: "GITHUB_TOKEN" }, url, timeout: "20s", ...more });

const there = [{ id: 7, sha: "a".repeat(40), payload: { serin: "shop", release: 3, at: events.started.at } }];

notifierContract("github", {
  networked: madeAt((url, deps, timeout) => github.create(at(url, { timeout }), deps)),
  said: (text) => (JSON.parse(text) as { description: string }).description,
  tells: (event) => stateOf(event) !== null,
  path: (address) => `${address}/repos/acme/shop/deployments/7/statuses`,
  aside: (response, { method }) => {
    if (method !== "GET") return false;
    json(response, 200, there);
    return true;
  },
  plainAddress: "the address is GitHub's own; the token is the secret",
  key: "GITHUB_TOKEN",
  env,
});

/** All that was asked, and what came of it. */
async function told(story: readonly RolloutEvent[], more: object = {}, repository = new Repository()) {
  await using receiver = await Receiver.open();
  receiver.answer = repository.answer;
  const deps = { ...notifierDeps(env), link: () => offersOf(events.started).link };
  const notifier = github.create(at(receiver.url(), more), deps);
  for (const event of story) await notifier.send(entryOf(event), new AbortController().signal);
  return { repository, asked: receiver.arrived };
}

test("golden messages, with the deployment that the start has made", () =>
  goldenMessages("github", async (event) => {
    const first = event.type === "started" ? [] : [events.started];
    const before = (await told(first, { commitStatus: true })).asked.length;
    const { asked } = await told([...first, event], { commitStatus: true });
    return asked
      .slice(before)
      .map(({ method, path, body }) => ({ method, path, body: body === "" ? null : (JSON.parse(body) as unknown) }));
  }));

describe("a release", () => {
  const story = [events.started, events.stepEntered, events.waiting, events.approved, events.promoted];

  test("is one deployment with its states", async () => {
    const { repository } = await told(story);
    expect(repository.deployments).toMatchObject([
      { ref: "v2", environment: "production", payload: { serin: "shop", release: 3, at: events.started.at } },
    ]);
    expect(repository.said).toEqual([
      "100 in_progress: Release 3 of v2 over v1 started by anna, 6 steps.",
      "100 in_progress: Step 2 of 6, setWeight: 5 % of traffic to the canary.",
      "100 pending: Waiting for approval: QA.",
      "100 in_progress: Approved by ben.",
      "100 success: v2 was promoted by Serin after 21m1s: all steps are done.",
    ]);
  });

  test("is made once, however often its start is told", async () => {
    const { repository } = await told([events.started, events.started, events.promoted]);
    expect(repository.deployments).toHaveLength(1);
  });

  test("of a database that began anew is another, though it has the same number", async () => {
    const repository = new Repository();
    await told([events.started], {}, repository);
    const later = { ...events.started, at: events.started.at + 86_400_000 };
    await told([later, events.rolledBack], {}, repository);
    expect(repository.deployments).toHaveLength(2);
    expect(repository.said.at(-1)).toMatch(/^101 failure: /);
  });

  test("that is told of from its middle on is left to the next", async () => {
    const { repository } = await told([events.waiting, events.promoted]);
    expect([repository.deployments, repository.said]).toEqual([[], []]);
  });

  test("says it of the commit too, where that is wanted", async () => {
    const { repository } = await told([events.started, events.rolledBack], { commitStatus: true });
    expect(repository.said.filter((line) => line.includes("serin/shop"))).toEqual([
      "6dcb09b serin/shop pending: Release 3 of v2 over v1 started by anna, 6 steps.",
      "6dcb09b serin/shop failure: v2 was rolled back at 5 % after 4s: gate failures: 31 of 500 failed against 4 of 9,500.",
    ]);
  });

  test("has its ref by the document's pattern, whatever a revision holds", async () => {
    const repository = new Repository();
    repository.refs.set("release/$&-1", "b".repeat(40));
    await told([{ ...events.started, canary: "$&" }], { ref: "release/{revision}-1" }, repository);
    expect(repository.deployments).toMatchObject([{ ref: "release/$&-1" }]);
  });

  test("ends as it ended", () => {
    const ends = ["passed", "undecided", "unmeasurable"].map((outcome) => stateOf({ ...events.ended, outcome }));
    expect([...ends, stateOf(events.aborted), stateOf(events.undone)]).toEqual([
      "success",
      "error",
      "error",
      "inactive",
      "inactive",
    ]);
  });
});

test("trying it out asks and leaves nothing behind", async () => {
  await using receiver = await Receiver.open();
  const repository = new Repository();
  receiver.answer = repository.answer;
  const probe = (token: string) =>
    github
      .probe?.(at(receiver.url()), notifierDeps({ GITHUB_TOKEN: token }))
      .send(entryOf(events.test), new AbortController().signal);
  await probe("ghp_secret");
  expect(receiver.arrived.map(({ method }) => method)).toEqual(["GET"]);
  expect([repository.deployments, repository.said]).toEqual([[], []]);
  await expect(probe("ghp_wrong")).rejects.toThrow("GitHub answered 401: Bad credentials");
});

describe("answers", () => {
  const send = async (answer: Receiver["answer"]) => {
    await using receiver = await Receiver.open();
    receiver.answer = answer;
    await github
      .create(at(receiver.url()), notifierDeps(env))
      .send(entryOf(events.started), new AbortController().signal);
  };

  test("a revision that GitHub does not know is told once, and not for ever", async () => {
    await expect(told([{ ...events.started, canary: "v9" }])).rejects.toMatchObject({
      message: "GitHub answered 422: No ref found for: v9",
      details: { permanent: true },
    });
  });

  test.each([
    [{ "retry-after": "60" }, 60_000],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(Math.floor(NOW / 1000) + 90) }, 90_000],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(Math.floor(NOW / 1000) + 90_000) }, 3_600_000],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon" }, undefined],
    [{ "x-ratelimit-remaining": "12", "x-ratelimit-reset": "9999999999" }, undefined],
  ])("throttled with %j", async (headers, retryAfterMs) => {
    const body = `{"message":"API rate limit exceeded"}`;
    const failure = send(status(403, body, headers));
    await expect(failure).rejects.toMatchObject({ message: "GitHub answered 403: API rate limit exceeded" });
    const details = await failure.catch((error: { details: { retryAfterMs?: number } }) => error.details);
    expect(details).toMatchObject({ permanent: false });
    expect((details as { retryAfterMs?: number }).retryAfterMs).toBe(retryAfterMs);
  });

  test.each([`[{"id":1,"sha":"`, `{"message":"moved"}`, ""])("a list that is none: %j", async (body) => {
    await expect(send(status(200, body))).rejects.toMatchObject({
      message: expect.stringContaining("answered with something else than was asked for"),
      details: { permanent: false },
    });
  });

  test("a deployment that was made and not named is found when it is tried again", async () => {
    await using receiver = await Receiver.open();
    const repository = new Repository();
    let broken = true;
    receiver.answer = (response, arrived) => {
      if (arrived.method === "GET" || !broken) return repository.answer(response, arrived);
      repository.take(arrived);
      response.socket?.destroy();
    };
    const notifier = github.create(at(receiver.url()), notifierDeps(env));
    const send = () => notifier.send(entryOf(events.started), new AbortController().signal);
    await expect(send()).rejects.toMatchObject({ details: { permanent: false } });
    broken = false;
    await send();
    expect(repository.deployments).toHaveLength(1);
  });
});

describe("its settings", () => {
  test.each([
    [{ repository: "shop" }, "owner and name"],
    [{ repository: "acme/shop/../x" }, "owner and name"],
    [{ ref: "main" }, "{revision}"],
    [{ url: "ftp://x" }, "http:// or https://"],
  ])("%j are refused", (more, words) => {
    const found = github.config.safeParse({ repository: "acme/shop", token: { env: "T" }, ...more });
    expect(JSON.stringify(found.error?.issues)).toContain(words);
  });
});
