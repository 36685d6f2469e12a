/** Gates as hooks ask them: closed at first, opened and closed by who may act, remembered. */
import { expect, test } from "vitest";
import { openApi, type Api } from "../../../test/http/ask.ts";
import { openMemory } from "../../../test/http/world.ts";
import { openTokens } from "../tokens.ts";

const shop = { name: "shop", namespace: "test" };
/** As a hook asks: with more words than are needed. */
const asks = { ...shop, phase: "Progressing", checksum: "bcdf", metadata: { cmd: "true" } };

const check = async (api: Api, kind: string, which: object = asks) => (await api.post(`/${kind}/check`, which)).status;

test.each(["gate", "rollback"])("%s: closed until it is opened, for one Canary alone", async (kind) => {
  await using api = await openApi();
  expect(await check(api, kind)).toBe(403);
  expect((await api.post(`/${kind}/open`, shop)).status).toBe(202);
  expect(await check(api, kind)).toBe(200);
  expect(await check(api, kind, { ...asks, namespace: "prod" })).toBe(403);
  expect(await check(api, kind, { name: "shop" })).toBe(403);
  expect(await check(api, kind === "gate" ? "rollback" : "gate")).toBe(403);
  expect((await api.post(`/${kind}/close`, shop)).status).toBe(202);
  expect(await check(api, kind)).toBe(403);
});

test("approve is always a yes, halt always a no", async () => {
  await using api = await openApi();
  expect((await api.post("/gate/approve", asks)).status).toBe(200);
  expect((await api.post("/gate/halt", asks)).status).toBe(403);
});

test("the next server finds them as they were", async () => {
  const store = await openMemory();
  await using first = await openApi({ store });
  await first.post("/gate/open", shop);
  await using next = await openApi({ store });
  expect(await check(next, "gate")).toBe(200);
});

test("whoever reaches the server may ask; only who may act opens", async () => {
  const tokens = openTokens({ token: "a-token-that-nobody-guesses-0123456789" }, () => {});
  await using api = await openApi({ tokens });
  expect(await check(api, "gate")).toBe(403);
  expect((await api.post("/gate/open", shop)).status).toBe(401);
});

test("a web page cannot open one: forms and plain text are not read, and a body is needed", async () => {
  await using api = await openApi();
  const form = { method: "POST", headers: { "content-type": "text/plain" }, body: JSON.stringify(shop) };
  expect((await api.ask("/gate/open", form)).status).toBe(415);
  expect((await api.post("/gate/open", {})).status).toBe(400);
});
