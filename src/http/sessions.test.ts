import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { messageOf, openApi, type Api } from "../../test/http/ask.ts";
import { openMemory } from "../../test/http/world.ts";
import { SESSION_MS, Sessions } from "./sessions.ts";
import { parseTokens, type Tokens } from "./tokens.ts";

const VIEW = "view-only-token-1234";
const ACT = "acting-token-5678901";
const ADMIN = "keeper-of-keys-12345";
const lines = [
  `vera view ${VIEW}`,
  `ben act sha256:${createHash("sha256").update(ACT).digest("hex")}`,
  `ada admin ${ADMIN}`,
];
const tokensOf = (file: readonly string[]): Tokens => ({ present: () => parseTokens(file.join("\n"), "tokens") });
const tokens = tokensOf(lines);

const cookieOf = (headers: Headers): string => (headers.get("set-cookie") ?? "").split(";")[0];
const own = (api: Api) => ({ origin: api.url, "sec-fetch-site": "same-origin" });

async function enter(api: Api, body: object): Promise<string> {
  const answer = await api.post("/v1/session", body, own(api));
  expect(answer.status).toBe(200);
  return cookieOf(answer.headers);
}

describe("a token exchanged for a cookie", () => {
  test("is HttpOnly and SameSite=Strict, holds no token, and does what the token may do", async () => {
    await using api = await openApi({ tokens });
    const { headers, body } = await api.post("/v1/session", { token: ACT }, own(api));
    expect(body).toEqual({ access: "token", name: "ben", role: "act", only: null });
    const cookie = headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^serin-[0-9a-f]{8}=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
    expect(Buffer.from(cookie, "base64url").toString()).not.toContain(ACT);
    const sent = { cookie: cookieOf(headers) };
    expect((await api.get("/v1/rollouts", sent)).status).toBe(200);
    expect(
      (await api.post("/v1/rollouts/shop/signals", { verb: "pause" }, { ...sent, ...own(api) })).body,
    ).toMatchObject({ by: "ben" });
    expect((await api.post("/v1/shares", { rollout: "shop" }, { ...sent, ...own(api) })).status).toBe(403);
    expect((await api.get("/v1/session", sent)).body).toMatchObject({ name: "ben", role: "act" });
  });

  test("is Secure where the page came over TLS", async () => {
    await using api = await openApi({ tokens });
    const origin = api.url.replace("http:", "https:");
    const { headers } = await api.post("/v1/session", { token: ACT }, { origin, "sec-fetch-site": "same-origin" });
    expect(headers.get("set-cookie")).toMatch(/; Secure$/);
  });

  test("is refused for a wrong token, which is not repeated", async () => {
    await using api = await openApi({ tokens });
    const { status, text, headers } = await api.post("/v1/session", { token: `${ACT}x` }, own(api));
    expect(status).toBe(401);
    expect(text).not.toContain(ACT);
    expect(headers.get("set-cookie")).toBeNull();
    expect(JSON.stringify(api.world.log)).not.toContain(ACT);
  });

  test("does nothing for another site's page, however it comes", async () => {
    await using api = await openApi({ tokens });
    const cookie = await enter(api, { token: ACT });
    const pause = (headers: Record<string, string>) =>
      api.post("/v1/rollouts/shop/signals", { verb: "pause" }, { cookie, ...headers });
    expect((await pause({})).status).toBe(403);
    expect((await pause({ origin: "https://evil.example" })).status).toBe(403);
    expect((await pause({ origin: "null" })).status).toBe(403);
    expect((await pause({ origin: api.url, "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await pause({ origin: api.url, "sec-fetch-site": "same-site" })).status).toBe(403);
    expect((await pause(own(api))).status).toBe(202);
    expect((await api.post("/v1/session", { token: ACT }, { origin: "https://evil.example" })).status).toBe(403);
  });

  test("ends with its token", async () => {
    const file = [...lines];
    await using api = await openApi({ tokens: tokensOf(file) });
    const cookie = await enter(api, { token: ACT });
    expect((await api.get("/v1/rollouts", { cookie })).status).toBe(200);
    file[1] = "ben act another-token-entirely";
    expect((await api.get("/v1/rollouts", { cookie })).status).toBe(401);
    file.splice(1, 1);
    expect((await api.get("/v1/rollouts", { cookie })).status).toBe(401);
  });

  test("outlives a restart, and is worth nothing at another server", async () => {
    const store = await openMemory();
    let cookie = "";
    {
      await using api = await openApi({ tokens, store });
      cookie = await enter(api, { token: ACT });
    }
    await using again = await openApi({ tokens, store });
    expect((await again.get("/v1/session", { cookie })).body).toMatchObject({ name: "ben" });
    await using other = await openApi({ tokens });
    const renamed = cookie.replace(/^serin-\w+/, (await enter(other, { token: VIEW })).split("=")[0]);
    expect((await other.get("/v1/session", { cookie: renamed })).body).toMatchObject({ access: "none" });
  });

  test("is renewed while it is used, and over when it was not", async () => {
    await using api = await openApi({ tokens });
    const cookie = await enter(api, { token: ACT });
    expect((await api.get("/v1/session", { cookie })).headers.get("set-cookie")).toBeNull();
    await api.world.clock.passFor(SESSION_MS * 0.6);
    const renewed = cookieOf((await api.get("/v1/session", { cookie })).headers);
    await api.world.clock.passFor(SESSION_MS * 0.6);
    expect((await api.get("/v1/rollouts", { cookie })).status).toBe(401);
    expect((await api.get("/v1/rollouts", { cookie: renewed })).status).toBe(200);
  });

  test("is forgotten on request", async () => {
    await using api = await openApi({ tokens });
    const { status, headers } = await api.ask("/v1/session", { method: "DELETE" });
    expect(status).toBe(204);
    expect(headers.get("set-cookie")).toContain("Max-Age=0");
  });

  test("is not there to be had where there are no tokens", async () => {
    await using api = await openApi();
    expect((await api.get("/v1/session")).body).toMatchObject({ access: "local", name: "local", role: "admin" });
    expect((await api.post("/v1/session", { token: ACT })).status).toBe(409);
    expect((await api.post("/v1/shares", { rollout: "shop" })).status).toBe(409);
  });
});

describe("a share link", () => {
  const share = async (api: Api, body: object = { rollout: "shop" }) => {
    const cookie = await enter(api, { token: ADMIN });
    return api.post("/v1/shares", body, { cookie, ...own(api) });
  };
  const codeFrom = (path: string) => path.slice(path.indexOf("#") + 1);

  test("lets look at one rollout, and at nothing else, and never act", async () => {
    await using api = await openApi({ tokens });
    const { status, body } = await share(api);
    expect(status).toBe(201);
    expect(body.path).toMatch(/^\/share#[\w.-]+$/);
    const cookie = await enter(api, { share: codeFrom(body.path) });
    const asked = async (path: string) => (await api.get(path, { cookie })).status;
    expect(await asked("/v1/rollouts/shop/overview")).toBe(200);
    expect(await asked("/v1/rollouts/shop/series")).toBe(200);
    expect(await asked("/v1/releases?rollout=shop")).toBe(200);
    expect(await asked("/v1/version")).toBe(200);
    for (const path of [
      "/v1/rollouts",
      "/v1/fleet",
      "/v1/releases",
      "/v1/rollouts/quiet",
      "/v1/releases?rollout=quiet",
      "/metrics",
      "/v1/live",
    ])
      expect([path, await asked(path)]).toEqual([path, 403]);
    const acting = await api.post("/v1/rollouts/shop/signals", { verb: "abort" }, { cookie, ...own(api) });
    expect(acting.status).toBe(403);
    expect(messageOf(acting)).toContain("may look and not act");
    expect((await api.get("/v1/session", { cookie })).body).toEqual({
      access: "share",
      name: "a link of ada",
      role: "view",
      only: "shop",
    });
  });

  test("ends by itself, and with the token of whoever made it", async () => {
    const file = [...lines];
    await using api = await openApi({ tokens: tokensOf(file) });
    const code = codeFrom((await share(api, { rollout: "shop", hours: 1 })).body.path);
    const cookie = await enter(api, { share: code });
    expect((await api.get("/v1/rollouts/shop", { cookie })).status).toBe(200);
    await api.world.clock.passFor(3_600_001);
    expect((await api.get("/v1/rollouts/shop", { cookie })).status).toBe(401);
    expect((await api.post("/v1/session", { share: code }, own(api))).status).toBe(401);
    const second = codeFrom((await share(api)).body.path);
    file.pop();
    expect((await api.post("/v1/session", { share: second }, own(api))).status).toBe(401);
  });

  test("cannot be made longer, wider or louder by whoever has it", async () => {
    await using api = await openApi({ tokens });
    const [text, seal] = codeFrom((await share(api)).body.path).split(".");
    const [token, until, only] = JSON.parse(Buffer.from(text, "base64url").toString()) as [string, number, string];
    const forged = [
      [token, until * 2, only],
      [token, until, "quiet"],
      [token, until, null],
      ["ben", until, only],
    ];
    for (const pass of forged) {
      const code = `${Buffer.from(JSON.stringify(pass)).toString("base64url")}.${seal}`;
      expect((await api.post("/v1/session", { share: code }, own(api))).status).toBe(401);
    }
    for (const code of ["x", ".", `${text}.`, `${text}.${seal}.${seal}`, `${text}${seal}`])
      expect((await api.post("/v1/session", { share: code }, own(api))).status).toBe(401);
  });
});

test("a key that was made stays", async () => {
  const store = await openMemory();
  const open = async () => {
    const sessions = new Sessions({ records: store, tokens, now: () => 0 });
    await sessions.ready();
    return sessions;
  };
  const pass = { token: "ada", until: 1, only: null };
  expect((await open()).open((await open()).seal(pass))).toEqual(pass);
  expect((await open()).cookie).toBe((await open()).cookie);
});
