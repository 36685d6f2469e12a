import { describe, expect, test } from "vitest";
import { codeOf, messageOf, openApi } from "../../../test/http/ask.ts";
import { NOW, quietYaml } from "../../../test/http/world.ts";
import type { JournalEntry } from "../../engine/ports.ts";
import { SerinError } from "../../errors.ts";
import type { Telling } from "../deps.ts";
import { parseTokens } from "../tokens.ts";

const TEST = "/v1/rollouts/shop/notifications/test";

function people(broken: readonly string[] = []) {
  const told: { readonly name: string; readonly entry: JournalEntry }[] = [];
  const probeOf = (name: string) => ({
    name,
    send: async (entry: JournalEntry) => {
      told.push({ name, entry });
      if (broken.includes(name)) throw new SerinError("NOTIFIER_FAILED", `${name} answered 404`);
    },
  });
  const telling: Telling = { probes: () => ["slack", "hook/audit"].map(probeOf), lacking: async () => [] };
  return { told, telling };
}

describe("trying out", () => {
  test("sends a test event to everybody and says who was reached; the journal knows nothing of it", async () => {
    const { told, telling } = people(["slack"]);
    await using api = await openApi({ telling });
    const before = await api.world.store.lastSeq();
    const { status, body } = await api.post(TEST, {}, { "serin-user": "anna" });
    expect([status, body]).toEqual([
      200,
      {
        rollout: "shop",
        tried: [
          { notification: "slack", arrived: false, message: "slack answered 404" },
          { notification: "hook/audit", arrived: true, message: null },
        ],
      },
    ]);
    const event = { type: "test", at: NOW + 2000, release: 1, by: "anna" };
    expect(told.map(({ entry }) => entry)).toEqual(
      Array.from({ length: 2 }, () => ({ seq: 0, rollout: "shop", event })),
    );
    expect(await api.world.store.lastSeq()).toBe(before);
  });

  test("one of them by its name", async () => {
    const { told, telling } = people();
    await using api = await openApi({ telling });
    expect((await api.post(TEST, { only: "hook/audit" })).body.tried).toMatchObject([{ notification: "hook/audit" }]);
    expect(told).toHaveLength(1);
    const unknown = await api.post(TEST, { only: "pager" });
    expect([unknown.status, messageOf(unknown)]).toEqual([
      404,
      "shop has no notification named pager; it has slack, hook/audit",
    ]);
  });

  test("where nobody is told, or there is no such rollout, or the question is another", async () => {
    await using api = await openApi();
    const nobody = await api.post(TEST, {});
    expect([nobody.status, codeOf(nobody)]).toEqual([409, "CONFLICT"]);
    expect((await api.post("/v1/rollouts/nope/notifications/test", {})).status).toBe(404);
    expect((await api.post(TEST, { all: true })).status).toBe(400);
  });

  test("is for those who may act", async () => {
    const tokens = { present: () => parseTokens("vera view view-only-token-1234\nben act acting-token-5678901", "t") };
    await using api = await openApi({ tokens, telling: people().telling });
    expect((await api.post(TEST, {})).status).toBe(401);
    expect((await api.post(TEST, {}, { authorization: "Bearer view-only-token-1234" })).status).toBe(403);
    expect((await api.post(TEST, {}, { authorization: "Bearer acting-token-5678901" })).status).toBe(200);
  });
});

test("secrets that are missing are said once, when a document is put", async () => {
  const error = new SerinError("SECRET_MISSING", "the variable SLACK_URL is not set");
  const telling: Telling = { probes: () => [], lacking: async () => [{ name: "slack", error }] };
  await using api = await openApi({ telling });
  const warnings = () => api.world.log.filter(({ level }) => level === "warn");
  await api.put("/v1/rollouts/other", quietYaml("other"));
  await expect.poll(warnings).toEqual([
    {
      level: "warn",
      message: "messages will wait: the variable SLACK_URL is not set",
      fields: { rollout: "other", notifier: "slack", code: "SECRET_MISSING" },
    },
  ]);
  await api.put("/v1/rollouts/other", quietYaml("other"));
  expect(warnings()).toHaveLength(1);
});
