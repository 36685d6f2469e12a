import { describe, expect, test } from "vitest";
import { codeOf, messageOf, openApi } from "../../../test/http/ask.ts";
import { quietYaml, yamlOf } from "../../../test/http/world.ts";
import type { Problem, RolloutView } from "../wire.ts";

describe("looking", () => {
  test("all rollouts, in short and sorted", async () => {
    await using api = await openApi();
    const { body } = await api.get("/v1/rollouts");
    expect(body.rollouts).toMatchObject([
      { name: "quiet", phase: "idle", release: 0, canary: null, startedAt: null, liveWeight: null },
      {
        name: "shop",
        phase: "progressing",
        release: 1,
        canary: "v2",
        weight: 500,
        liveWeight: 497.5,
        step: 1,
        steps: 4,
      },
    ]);
  });

  test("one rollout: document as written, plan, steps, gates with their numbers", async () => {
    await using api = await openApi();
    await api.world.pass("shop", 30);
    const view = (await api.get("/v1/rollouts/shop")).body as RolloutView;
    expect(view.document).toBe(yamlOf("shop"));
    expect(view.plan).toMatchObject({ version: 2, canaryWeight: 500, canary: { revision: "v2" } });
    expect(view.stepList.map(({ label, state }) => `${label}: ${state}`)).toEqual([
      "setWeight 5 %: done",
      "analyze 5m: current",
      "setWeight 25 %: next",
      "analyze 5m: next",
    ]);
    const [failures, latency] = view.gates;
    expect(failures).toMatchObject({ gate: "failures", verdict: "pass", numbers: { canaryN: 3100, canaryBad: 31 } });
    expect(failures.logSafe).toBeGreaterThan(failures.safeAt);
    expect(latency).toMatchObject({ dryRun: true, verdict: "inconclusive" });
    expect(view.live).toMatchObject({ share: 497.5, canary: { requests: 500 } });
  });

  test("not knowing what is live is no failure", async () => {
    const unknown = () => {
      throw new Error("the gateway is away");
    };
    await using api = await openApi({ live: unknown });
    expect((await api.get("/v1/rollouts/shop")).body).toMatchObject({ live: null, liveWeight: null });
    await using slow = await openApi({ live: () => new Promise(() => {}) });
    expect((await slow.get("/v1/rollouts/shop")).body).toMatchObject({ live: null });
  });

  test.each([
    "/v1/rollouts/nobody",
    "/v1/rollouts/nobody/events",
    "/v1/rollouts/nobody/explain",
    "/v1/rollouts/nobody/measurements",
  ])("%s is NOT_FOUND", async (path) => {
    await using api = await openApi();
    const answer = await api.get(path);
    expect([answer.status, codeOf(answer), messageOf(answer)]).toEqual([
      404,
      "NOT_FOUND",
      "there is no rollout named nobody",
    ]);
  });

  test.each(["Shop", "-shop", "a".repeat(64), "..%2f..%2fetc", "sh%6fp%00", "caf%C3%A9"])(
    "a name such as %s is refused before anybody looks",
    async (name) => {
      await using api = await openApi();
      expect(codeOf(await api.get(`/v1/rollouts/${name}`))).toBe("USAGE");
    },
  );
});

describe("putting", () => {
  test("creates, replaces, and tells when nothing changed; the engine is woken each time", async () => {
    await using api = await openApi();
    const put = async (text: string) => {
      const { status, body } = await api.put("/v1/rollouts/cart", text);
      return [status, body.result];
    };
    expect(await put(yamlOf("cart"))).toEqual([201, "created"]);
    expect(await put(yamlOf("cart"))).toEqual([200, "unchanged"]);
    expect(await put(yamlOf("cart", "v3"))).toEqual([200, "replaced"]);
    expect(api.world.woken).toEqual(["cart", "cart", "cart"]);
    expect((await api.get("/v1/rollouts/cart")).body).toMatchObject({ phase: "idle", document: yamlOf("cart", "v3") });
  });

  test("JSON will do as well", async () => {
    await using api = await openApi();
    const arm = (port: number) => ({ revision: `v${port}`, backends: [`http://127.0.0.1:${port}`] });
    const document = {
      apiVersion: "serin.dev/v1alpha1",
      kind: "Rollout",
      metadata: { name: "cart" },
      spec: { stable: arm(1), canary: arm(2) },
    };
    const headers = { "content-type": "application/json" };
    const answer = await api.put("/v1/rollouts/cart", JSON.stringify(document), headers);
    expect([answer.status, answer.body]).toEqual([201, { name: "cart", result: "created" }]);
  });

  test("a document with mistakes is answered with all of them and their places, and changes nothing", async () => {
    await using api = await openApi();
    const wrong = yamlOf("shop").replace("kind: Rollout", "kind: Rolout").replace("stable:", "stabel:");
    const answer = await api.put("/v1/rollouts/shop", wrong);
    expect([answer.status, codeOf(answer)]).toEqual([422, "DOCUMENT_INVALID"]);
    const problems = answer.body.error.details.problems as Problem[];
    expect(problems.map(({ file, line, path }) => [file, line, path])).toEqual(
      expect.arrayContaining([
        ["body", 3, "kind"],
        ["body", 8, "spec.stabel"],
      ]),
    );
    expect(answer.body.error.details).not.toHaveProperty("text");
    expect((await api.get("/v1/rollouts/shop")).body.document).toBe(yamlOf("shop"));
    expect(api.world.woken).toEqual([]);
  });

  test("a document of another name is refused with the place of the name", async () => {
    await using api = await openApi();
    const answer = await api.put("/v1/rollouts/cart", yamlOf("shop"));
    expect([answer.status, codeOf(answer)]).toEqual([422, "DOCUMENT_INVALID"]);
    expect(messageOf(answer)).toContain("shop");
    expect(answer.body.error.details.problems).toMatchObject([{ path: "metadata.name" }]);
    expect((await api.get("/v1/rollouts/cart")).status).toBe(404);
  });

  test.each([
    ["no YAML", "a: [1, 2", 400],
    ["a YAML bomb", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b, *b]\n", 422],
    ["nothing", "", 422],
    ["two documents", `${yamlOf("shop")}---\n${yamlOf("cart")}`, 422],
  ])("%s is refused", async (_what, text, status) => {
    await using api = await openApi();
    const answer = await api.put("/v1/rollouts/shop", text);
    expect(codeOf(answer)).toMatch(/^DOCUMENT_/);
    expect(answer.status).toBe(status);
  });
});

describe("removing", () => {
  test("forgets the rollout and its history; a second time there is nothing to remove", async () => {
    await using api = await openApi();
    expect((await api.ask("/v1/rollouts/quiet", { method: "DELETE" })).status).toBe(204);
    expect((await api.ask("/v1/rollouts/quiet", { method: "DELETE" })).status).toBe(404);
    expect((await api.get("/v1/rollouts")).body.rollouts).toHaveLength(1);
    expect(api.world.woken).toEqual(["quiet"]);
  });

  test("is refused while a release is under way, paused ones too", async () => {
    await using api = await openApi();
    const answer = await api.ask("/v1/rollouts/shop", { method: "DELETE" });
    expect([answer.status, messageOf(answer)]).toEqual([
      409,
      "shop is progressing: abort its release before removing it",
    ]);
    await api.post("/v1/rollouts/shop/signals", { verb: "pause" });
    await api.world.take("shop");
    expect((await api.ask("/v1/rollouts/shop", { method: "DELETE" })).status).toBe(409);
    await api.post("/v1/rollouts/shop/signals", { verb: "abort" });
    await api.world.take("shop");
    expect((await api.ask("/v1/rollouts/shop", { method: "DELETE" })).status).toBe(204);
  });
});

test("a rollout whose gateway serves stays, unless that is to end too: forgotten first, so that nobody starts it again", async () => {
  const ended: string[] = [];
  const gateways = {
    serves: async (name: string) => (name === "quiet" && ended.length === 0 ? "port 8080" : null),
    stop: async (name: string) => ended.push(`${name} after ${api.world.woken.join()}`),
  };
  await using api = await openApi({ gateways });
  const refused = await api.ask("/v1/rollouts/quiet", { method: "DELETE" });
  expect([refused.status, messageOf(refused)]).toEqual([
    409,
    "the gateway of quiet serves visitors at port 8080: delete it with --stop to end its gateway too",
  ]);
  expect((await api.get("/v1/rollouts/quiet")).status).toBe(200);
  expect((await api.ask("/v1/rollouts/quiet?stop=perhaps", { method: "DELETE" })).status).toBe(400);
  expect((await api.ask("/v1/rollouts/quiet?stop=true", { method: "DELETE" })).status).toBe(204);
  expect(ended).toEqual(["quiet after quiet"]);
  expect((await api.get("/v1/rollouts/quiet")).status).toBe(404);
});

test("a rollout put, released, aborted, removed and put again begins anew", async () => {
  await using api = await openApi();
  for (const round of [1, 2]) {
    await api.put("/v1/rollouts/cart", yamlOf("cart"));
    await api.world.pass("cart", 3);
    expect((await api.get("/v1/rollouts/cart")).body).toMatchObject({ phase: "progressing", release: 1 });
    await api.post("/v1/rollouts/cart/signals", { verb: "abort", why: `round ${round}` });
    await api.world.take("cart");
    const { body } = await api.get("/v1/rollouts/cart/events?limit=1000");
    expect(body.events.filter((event: { type: string }) => event.type === "aborted")).toHaveLength(1);
    expect((await api.ask("/v1/rollouts/cart", { method: "DELETE" })).status).toBe(204);
  }
  expect((await api.put("/v1/rollouts/cart", quietYaml("cart"))).status).toBe(201);
});
