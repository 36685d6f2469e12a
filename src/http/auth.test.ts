import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { codeOf, messageOf, openApi } from "../../test/http/ask.ts";
import { NOW } from "../../test/http/world.ts";
import { EventBook } from "../metrics/events/book.ts";
import { isLoopback, mayListen } from "./auth.ts";
import { openTokens, parseTokens } from "./tokens.ts";

const VIEW = "view-only-token-1234";
const ACT = "acting-token-5678901";
const REPORT = "reporting-token-9012";
const file = `shop report ${REPORT}\nanna view ${VIEW}\nben act sha256:${createHash("sha256").update(ACT).digest("hex")}\n`;
const tokens = { present: () => parseTokens(file, "tokens") };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe("with tokens", () => {
  test("each role may do what it may do, and everybody may see that the server is well", async () => {
    await using api = await openApi({ tokens });
    const asked = async (headers: Record<string, string>) => [
      (await api.get("/healthz", headers)).status,
      (await api.get("/v1/rollouts", headers)).status,
      (await api.get("/metrics", headers)).status,
      (await api.put("/v1/rollouts/shop", "", headers)).status,
      (await api.post("/v1/rollouts/shop/signals", { verb: "pause" }, headers)).status,
      (await api.ask("/v1/rollouts/quiet", { method: "DELETE", headers })).status,
    ];
    expect(await asked({})).toEqual([200, 401, 401, 401, 401, 401]);
    expect(await asked(bearer(VIEW))).toEqual([200, 200, 200, 403, 403, 403]);
    expect(await asked(bearer(REPORT))).toEqual([200, 403, 403, 403, 403, 403]);
    expect(await asked(bearer(ACT))).toEqual([200, 200, 200, 422, 202, 204]);
  });

  test("who may report may do that and nothing else, in no browser either", async () => {
    await using api = await openApi({ tokens, applications: new EventBook(() => NOW) });
    const event = { rollout: "shop", name: "order", arm: "canary" };
    const reporting = async (token: string) => [
      (await api.post("/v1/events", event, bearer(token))).status,
      (await api.post("/otlp/v1/metrics", {}, bearer(token))).status,
    ];
    expect(await reporting(REPORT)).toEqual([202, 200]);
    expect(await reporting(ACT)).toEqual([202, 200]);
    expect(await reporting(VIEW)).toEqual([403, 403]);
    expect(messageOf(await api.get("/v1/rollouts", bearer(REPORT)))).toBe(
      "the token shop may report events and nothing else",
    );
    expect(messageOf(await api.post("/v1/session", { token: REPORT }, { origin: api.url }))).toMatch(
      /may report events and nothing else/,
    );
    const { paths } = api.world.api.app.swagger() as { paths: Record<string, Record<string, unknown>> };
    const others = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => ({ path: path.replaceAll(/\{\w+\}/g, "shop"), method })),
    );
    const answers = others.map(async ({ path, method }) => {
      const { status } = await fetch(api.url + path, { method: method.toUpperCase(), headers: bearer(REPORT) });
      return { path, status };
    });
    const open = (await Promise.all(answers)).filter(({ status }) => status !== 403).map(({ path }) => path);
    // those that ask for no token at all, and the two that take reports
    expect([...new Set(open)].toSorted()).toEqual([
      "/gate/approve",
      "/gate/check",
      "/gate/halt",
      "/healthz",
      "/otlp/v1/metrics",
      "/rollback/check",
      "/v1/events",
      "/v1/session",
    ]);
  });

  test("who acts is the token's name, whatever else is said", async () => {
    await using api = await openApi({ tokens });
    const headers = { ...bearer(ACT), "serin-user": "somebody" };
    const { body } = await api.post("/v1/rollouts/shop/signals", { verb: "pause" }, headers);
    expect(body).toMatchObject({ by: "ben" });
  });

  test.each([
    "",
    "Bearer",
    "Bearer ",
    `Basic ${VIEW}`,
    VIEW,
    `Bearer ${VIEW}x`,
    `Bearer ${VIEW.slice(0, -1)}`,
    `Bearer ${VIEW} ${VIEW}`,
    `Bearer ${"x".repeat(10_000)}`,
    `Bearer \u00e4`,
    `Bearer sha256:${createHash("sha256").update(ACT).digest("hex")}`,
  ])("Authorization: %.40s is no token, and the answer does not repeat it", async (authorization) => {
    await using api = await openApi({ tokens });
    const answer = await api.raw(
      `GET /v1/rollouts HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${authorization}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer.toLowerCase()).toContain(`www-authenticate: bearer realm="serin"`);
    if (authorization.length > 12) expect(answer).not.toContain(authorization.slice(7));
  });

  test("the scheme's case and further spaces do not matter", async () => {
    await using api = await openApi({ tokens });
    expect((await api.get("/v1/rollouts", { authorization: `bEARER   ${VIEW}` })).status).toBe(200);
  });

  test("any Host and Origin will do: a page elsewhere does not know the token, and no answer allows it to read", async () => {
    await using api = await openApi({ tokens });
    const headers = { ...bearer(VIEW), origin: "https://elsewhere.example", "sec-fetch-site": "cross-site" };
    const { status, headers: answered } = await api.get("/v1/rollouts", headers);
    expect(status).toBe(200);
    expect([...answered.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test("a path that is not there says nothing to strangers", async () => {
    await using api = await openApi({ tokens });
    expect((await api.get("/v1/nothing")).status).toBe(401);
    expect((await api.get("/v1/nothing", bearer(VIEW))).status).toBe(404);
    expect((await api.ask("/v1/rollouts", { method: "PATCH" })).status).toBe(401);
  });

  test("neither token nor header reaches the log", async () => {
    await using api = await openApi({ tokens });
    await api.get("/v1/rollouts?after=1", bearer(VIEW));
    await api.get("/v1/rollouts", bearer(`${VIEW}-wrong`));
    expect(JSON.stringify(api.world.log)).not.toContain(VIEW);
  });
});

describe("tokens that change", () => {
  const dir = mkdtempSync(join(tmpdir(), "serin-auth-"));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test("take effect with the next request, and end the streams of those that are gone", async () => {
    const path = join(dir, "tokens");
    writeFileSync(path, `anna view ${VIEW}\n`);
    const limits = { heartbeatMs: 30, pollMs: 30 };
    await using api = await openApi({ tokens: openTokens({ file: path }, () => {}), limits });
    const stream = await fetch(`${api.url}/v1/events`, { headers: bearer(VIEW) });
    expect(stream.status).toBe(200);
    writeFileSync(path, `ben act ${ACT}\n`);
    expect((await api.get("/v1/rollouts", bearer(VIEW))).status).toBe(401);
    expect((await api.get("/v1/rollouts", bearer(ACT))).status).toBe(200);
    expect(await stream.text()).toContain("retry:");
  });
});

describe("without tokens", () => {
  const asks = (host: string, more = "") =>
    `GET /v1/rollouts HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${more}\r\n`;

  test.each(["127.0.0.1", "localhost", "LOCALHOST:7077", "[::1]:80", "127.1.2.3:1", "127.0.0.1:PORT"])(
    "Host: %s is this machine",
    async (host) => {
      await using api = await openApi();
      expect(await api.raw(asks(host.replace("PORT", String(api.port))))).toMatch(/^HTTP\/1\.1 200 /);
    },
  );

  test.each([
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example:7077",
    "10.0.0.1",
    "[::ffff:10.0.0.1]",
    "user@127.0.0.1",
    "127.0.0.1@evil.example",
    "127.0.0.1/evil",
    "127.0.0.1:99999",
    "",
  ])("Host: %j is not, whoever resolves it to this machine (DNS rebinding)", async (host) => {
    await using api = await openApi();
    expect(await api.raw(asks(host))).toMatch(/^HTTP\/1\.1 403 /);
  });

  test.each([
    ["another site", "Origin: https://evil.example\r\n"],
    ["a page of this machine on another port", "Origin: http://127.0.0.1:1\r\n"],
    ["a page over TLS", "Origin: https://127.0.0.1:PORT\r\n"],
    ["a sandboxed page", "Origin: null\r\n"],
    ["an image on another site", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n"],
    ["another site that shares a name", "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors\r\n"],
  ])("%s is refused", async (_who, header) => {
    await using api = await openApi();
    const at = `127.0.0.1:${api.port}`;
    expect(await api.raw(asks(at, header.replace("PORT", String(api.port))))).toMatch(/^HTTP\/1\.1 403 /);
  });

  test("a page of its own is served, and a link that a person follows", async () => {
    await using api = await openApi();
    const at = `127.0.0.1:${api.port}`;
    expect(await api.raw(asks(at, `Origin: http://${at}\r\nSec-Fetch-Site: same-origin\r\n`))).toMatch(
      /^HTTP\/1\.1 200 /,
    );
    const link = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n";
    expect(await api.raw(asks(at, link))).toMatch(/^HTTP\/1\.1 200 /);
    const form = `POST /v1/rollouts/shop/signals HTTP/1.1\r\nHost: ${at}\r\nConnection: close\r\n${link}Content-Type: application/json\r\nContent-Length: 16\r\n\r\n{"verb":"pause"}`;
    expect(await api.raw(form)).toMatch(/^HTTP\/1\.1 403 /);
  });

  test("even the health check stays on this machine", async () => {
    await using api = await openApi();
    expect(await api.raw(asks("evil.example").replace("/v1/rollouts", "/healthz"))).toMatch(/^HTTP\/1\.1 403 /);
  });

  test("no answer allows a page elsewhere to read it", async () => {
    await using api = await openApi();
    const preflight = await api.ask("/v1/rollouts", {
      method: "OPTIONS",
      headers: { "access-control-request-method": "PUT" },
    });
    expect(preflight.status).toBe(405);
    for (const { headers } of [preflight, await api.get("/v1/rollouts")]) {
      expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
      expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
  });

  test("the header says who acts, in any script", async () => {
    await using api = await openApi();
    const by = async (user?: string) => {
      const headers: Record<string, string> = user === undefined ? {} : { "serin-user": user };
      const answer = await api.post("/v1/rollouts/shop/signals", { verb: "pause" }, headers);
      return answer.status === 202 ? (answer.body as { by: string }).by : codeOf(answer);
    };
    expect(await by()).toBe("local");
    expect(await by(encodeURIComponent("J\u00fcrgen \u{1f426}"))).toBe("J\u00fcrgen \u{1f426}");
    for (const wrong of ["%", "%ff", "", "%20", "a%0ab", "%e2%80%ae", "x".repeat(101)])
      expect(await by(wrong)).toBe("USAGE");
  });
});

describe("listening", () => {
  test.each(["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "LocalHost", "::ffff:127.0.0.1"])(
    "%s is this machine alone",
    (host) => {
      expect(isLoopback(host)).toBe(true);
      expect(() => mayListen(host, null)).not.toThrow();
    },
  );

  test.each(["0.0.0.0", "::", "192.168.1.5", "128.0.0.1", "serin.example", "localhost.example", ""])(
    "%s lets others in and demands a token",
    (host) => {
      expect(isLoopback(host)).toBe(false);
      expect(() => mayListen(host, null)).toThrow(
        expect.objectContaining({
          code: "USAGE",
          message: expect.stringContaining("set SERIN_TOKEN or name a tokens file"),
        }),
      );
      expect(() => mayListen(host, tokens)).not.toThrow();
    },
  );

  test("elsewhere with a token works, and without one nothing is opened", async () => {
    await expect(openApi({}, "0.0.0.0:0")).rejects.toMatchObject({ code: "USAGE" });
    await using api = await openApi({ tokens }, "0.0.0.0:0");
    expect((await fetch(`http://127.0.0.1:${api.port}/healthz`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${api.port}/v1/rollouts`)).status).toBe(401);
  });

  test("an address that is taken, or none, is said in words", async () => {
    await using api = await openApi();
    await expect(openApi({}, `127.0.0.1:${api.port}`)).rejects.toMatchObject({ code: "ADDRESS_IN_USE" });
    for (const address of ["nowhere", "127.0.0.1:70000", "127.0.0.1:", "::1:80", "http://127.0.0.1:1"])
      await expect(openApi({}, address)).rejects.toMatchObject({ code: "USAGE" });
  });
});

test("what is refused is said in words", async () => {
  await using api = await openApi({ tokens });
  expect(messageOf(await api.get("/v1/rollouts"))).toBe("this server wants a token: send Authorization: Bearer TOKEN");
  expect(messageOf(await api.get("/v1/rollouts", bearer(`${ACT}x`)))).toBe("this server does not know the token");
  const { body } = await api.post("/v1/rollouts/shop/signals", { verb: "pause" }, bearer(VIEW));
  expect(body).toEqual({
    error: { code: "FORBIDDEN", message: "the token anna may look and not act", retry: false },
  });
});
