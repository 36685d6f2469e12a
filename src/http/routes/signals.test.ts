import { describe, expect, test } from "vitest";
import { codeOf, messageOf, openApi, type Api } from "../../../test/http/ask.ts";
import { openMemory, yamlOf } from "../../../test/http/world.ts";
import { signalVerbs } from "../../rollout/signals.ts";

const SIGNALS = "/v1/rollouts/shop/signals";

/** An API whose engine takes signals when it is woken, as a real one does. */
async function lively(): Promise<Api> {
  const engine = { wake: (name: string) => void setImmediate(() => void api.world.take(name)) };
  const api = await openApi({ engine });
  return api;
}

describe("asking", () => {
  test("is kept, numbered and handed to the engine", async () => {
    await using api = await openApi();
    const { status, body } = await api.post(SIGNALS, { verb: "pause", why: "lunch" });
    expect([status, body]).toEqual([
      202,
      { id: 1, rollout: "shop", verb: "pause", by: "local", at: expect.any(Number), outcome: "pending", event: null },
    ]);
    expect(api.world.woken).toEqual(["shop"]);
    expect((await api.get("/v1/rollouts/shop")).body.signals).toEqual([
      { id: 1, at: body.at, verb: "pause", by: "local" },
    ]);
    await api.world.take("shop");
    expect((await api.get("/v1/rollouts/shop")).body).toMatchObject({ phase: "paused", reason: "lunch", signals: [] });
  });

  test.each(signalVerbs)("knows the verb %s", async (verb) => {
    await using api = await openApi();
    expect((await api.post(SIGNALS, { verb })).status).toBe(202);
  });

  test("start may name what to release", async () => {
    await using api = await lively();
    const canary = { revision: "v9", backends: ["http://127.0.0.1:9009"] };
    const { body } = await api.post("/v1/rollouts/quiet/signals?wait=true", { verb: "start", canary });
    expect(body).toMatchObject({
      outcome: "accepted",
      event: { type: "started", event: { canary: "v9", by: "local" } },
    });
    expect((await api.get("/v1/rollouts/quiet")).body).toMatchObject({ phase: "progressing", canary: "v9" });
  });

  test.each([
    [{}, "body.verb"],
    [{ verb: "explode" }, "body.verb"],
    [{ verb: "pause", reason: "x" }, "reason"],
    [{ verb: "pause", why: "x".repeat(2001) }, "body.why"],
    [{ verb: "pause", canary: { revision: "v9", backends: ["http://127.0.0.1:1"] } }, "only `start` takes a canary"],
    [{ verb: "start", canary: { revision: "v9", backends: ["ftp://127.0.0.1"] } }, "body.canary.backends.0"],
    [{ verb: "start", canary: { revision: "", backends: [] } }, "body.canary.backends"],
    [[], "expected object"],
    ["pause", "expected object"],
    [null, "expected object"],
  ])("%j is refused with its place and asks nothing", async (body, words) => {
    await using api = await openApi();
    const answer = await api.post(SIGNALS, body);
    expect([answer.status, codeOf(answer)]).toEqual([400, "USAGE"]);
    expect(messageOf(answer)).toContain(words);
    expect(api.world.woken).toEqual([]);
    expect((await api.world.store.load("shop"))?.signals).toEqual([]);
  });

  test("of a rollout that is not there is NOT_FOUND", async () => {
    await using api = await openApi();
    expect((await api.post("/v1/rollouts/nobody/signals", { verb: "pause" })).status).toBe(404);
  });
});

describe("waiting", () => {
  test("answers with what followed", async () => {
    await using api = await lively();
    const { status, body } = await api.post(`${SIGNALS}?wait=true`, { verb: "pause", why: "lunch" });
    expect([status, body.outcome, body.event.sentence]).toEqual([200, "accepted", "Paused by local: lunch."]);
  });

  test("answers a refusal with its reason, and only its own", async () => {
    await using api = await lively();
    const [refused, accepted] = await Promise.all([
      api.post(`${SIGNALS}?wait=true`, { verb: "approve" }),
      api.post(`${SIGNALS}?wait=true`, { verb: "pause" }),
    ]);
    expect([refused.status, codeOf(refused)]).toEqual([409, "CONFLICT"]);
    expect(messageOf(refused)).toContain("nothing waits for approval");
    expect(refused.body.error.details.event).toMatchObject({ type: "signalRefused" });
    expect([accepted.status, accepted.body.outcome]).toEqual([200, "accepted"]);
  });

  test("two people who ask the same at once each hear of their own", async () => {
    await using api = await lively();
    const as = (user: string) => api.post(`${SIGNALS}?wait=true`, { verb: "pause" }, { "serin-user": user });
    const answers = await Promise.all([as("anna"), as("ben")]);
    expect(answers.map(({ status }) => status)).toEqual(expect.arrayContaining([200, 409]));
  });

  test("ends when the time is over; the signal stays asked", async () => {
    await using api = await openApi();
    const { status, body } = await api.post(`${SIGNALS}?wait=true&timeout=0`, { verb: "pause" });
    expect([status, body.outcome]).toEqual([202, "pending"]);
    expect((await api.world.store.load("shop"))?.signals).toHaveLength(1);
  });

  test("ends when the server closes; the signal stays asked", async () => {
    const store = await openMemory();
    await using first = await openApi({ store });
    await first.world.put(yamlOf("shop"));
    const asking = first.post(`${SIGNALS}?wait=true&timeout=60`, { verb: "pause" });
    await expect.poll(async () => (await store.load("shop"))?.signals.length).toBe(1);
    await first.world.api.close();
    expect((await asking).body).toMatchObject({ outcome: "pending" });
    expect((await store.load("shop"))?.signals).toHaveLength(1);
    await store.close();
  });

  test("ends with NOT_FOUND when the rollout is removed meanwhile", async () => {
    await using api = await openApi();
    const asking = api.post("/v1/rollouts/quiet/signals?wait=true&timeout=60", { verb: "start" });
    await expect.poll(() => api.world.woken).toEqual(["quiet"]);
    await api.world.store.remove("quiet");
    expect((await asking).status).toBe(404);
  });

  test.each([
    "wait=yes",
    "wait=",
    "timeout=61",
    "timeout=-1",
    "timeout=1.5",
    "timeout=",
    "wait=true&wait=true",
    "patience=1",
  ])("?%s is refused", async (query) => {
    await using api = await openApi();
    const answer = await api.post(`${SIGNALS}?${query}`, { verb: "pause" });
    expect([answer.status, codeOf(answer)]).toEqual([400, "USAGE"]);
    expect(api.world.woken).toEqual([]);
  });
});
