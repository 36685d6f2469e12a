/** What comes over the wire that is not as it should be: each thing is answered, and nothing of it does anything. */
import { connect } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeOf, messageOf, openApi } from "../../test/http/ask.ts";
import { yamlOf } from "../../test/http/world.ts";
import { BODY_LIMIT, errorBodySchema } from "./wire.ts";

const SIGNALS = "/v1/rollouts/shop/signals";
const JSON_TYPE = { "content-type": "application/json" };

/** The error body at the end of a raw answer, which must be one. */
const errorIn = (answer: string) => errorBodySchema.parse(JSON.parse(answer.slice(answer.indexOf("{")))).error;

describe("bodies", () => {
  test.each([
    [`{"verb":"pause","verb":"abort"}`, `the key "verb" twice`],
    [`{"verb":"start","canary":{"revision":"a","backends":["http://a:1"],"revision":"b"}}`, `"revision" twice`],
    [`{"verb":"pause","__proto__":{"x":1}}`, ""],
    [`{"verb":"pause","constructor":{"prototype":{}}}`, ""],
    [`{"verb":"pause"`, ""],
    [`{"verb":"pause"}}`, ""],
    [`{'verb':'pause'}`, ""],
    [`{"verb":"pause",}`, ""],
    [`\u00ef\u00bb\u00bf`, ""],
    ["", "empty"],
    ["NaN", ""],
    ["[".repeat(BODY_LIMIT), ""],
    [`${`{"a":`.repeat(100_000)}1${"}".repeat(100_000)}`, ""],
  ])("%.40s is no signal", async (body, words) => {
    await using api = await openApi();
    const answer = await api.ask(SIGNALS, { method: "POST", headers: JSON_TYPE, body });
    expect([answer.status, codeOf(answer)]).toEqual([400, "USAGE"]);
    expect(messageOf(answer)).toContain(words);
    expect(api.world.woken).toEqual([]);
    // Still well.
    expect((await api.get("/healthz")).status).toBe(200);
  });

  test("that are not UTF-8 are refused, as signals and as documents", async () => {
    await using api = await openApi();
    const body = Buffer.from(`{"verb":"pause","why":"caf\u00e9"}`, "latin1");
    expect(codeOf(await api.ask(SIGNALS, { method: "POST", headers: JSON_TYPE, body }))).toBe("DOCUMENT_UNREADABLE");
    const headers = { "content-type": "application/yaml" };
    expect(codeOf(await api.ask("/v1/rollouts/shop", { method: "PUT", headers, body }))).toBe("DOCUMENT_UNREADABLE");
  });

  test.each([
    ["POST", SIGNALS, "text/plain"],
    ["POST", SIGNALS, "application/x-www-form-urlencoded"],
    ["POST", SIGNALS, "multipart/form-data; boundary=x"],
    ["POST", SIGNALS, "application/yaml"],
    ["POST", SIGNALS, "application/json; charset=latin1"],
    ["POST", SIGNALS, "application/jsonp"],
    ["POST", SIGNALS, ""],
    ["PUT", "/v1/rollouts/shop", "text/yaml"],
    ["PUT", "/v1/rollouts/shop", "application/octet-stream"],
  ])("%s %s as %j is a type that is not read there", async (method, path, type) => {
    await using api = await openApi();
    const body = new TextEncoder().encode(`{"verb":"pause"}`);
    const answer = await api.ask(path, { method, headers: type === "" ? {} : { "content-type": type }, body });
    expect([answer.status, codeOf(answer)]).toEqual([415, "MEDIA_TYPE"]);
    expect(messageOf(answer)).toMatch(/application\/json|UTF-8/);
    expect(api.world.woken).toEqual([]);
  });

  test("compressed are refused, not unpacked", async () => {
    await using api = await openApi();
    const headers = { ...JSON_TYPE, "content-encoding": "gzip" };
    expect(codeOf(await api.ask(SIGNALS, { method: "POST", headers, body: `{"verb":"pause"}` }))).toBe("MEDIA_TYPE");
  });

  test("with a charset of UTF-8, in any case and in quotes, are read", async () => {
    await using api = await openApi();
    for (const type of ["application/json; charset=UTF-8", `APPLICATION/JSON;charset="utf-8"`]) {
      const answer = await api.ask(SIGNALS, {
        method: "POST",
        headers: { "content-type": type },
        body: `{"verb":"pause"}`,
      });
      expect(answer.status).toBe(202);
    }
  });

  test("are bounded, whether they say how long they are or not", async () => {
    await using api = await openApi();
    const headers = { "content-type": "application/yaml" };
    const just = yamlOf("shop").padEnd(BODY_LIMIT, "#");
    // The document's reader has a limit of its own and says so; the bytes got there.
    expect(codeOf(await api.ask("/v1/rollouts/shop", { method: "PUT", headers, body: just }))).toMatch(/^DOCUMENT_/);
    const over = await api.ask("/v1/rollouts/shop", { method: "PUT", headers, body: `${just}#` });
    expect([over.status, codeOf(over)]).toEqual([413, "TOO_LARGE"]);
    const head = `PUT /v1/rollouts/shop HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/yaml\r\n`;
    const chunk = `10000\r\n${"#".repeat(0x10000)}\r\n`;
    const chunked = await api.raw(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(17)}0\r\n\r\n`);
    expect(errorIn(chunked).code).toBe("TOO_LARGE");
    const announced = await api.raw(`${head}Content-Length: 99999999999\r\n\r\n`);
    expect(errorIn(announced).code).toBe("TOO_LARGE");
  });

  test("where none is taken are refused", async () => {
    await using api = await openApi();
    const answer = await api.ask("/v1/rollouts/quiet", { method: "DELETE", headers: JSON_TYPE, body: "{}" });
    expect([answer.status, codeOf(answer)]).toEqual([400, "USAGE"]);
    const get = await api.raw(
      `GET /v1/rollouts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
    );
    expect(errorIn(get).message).toBe("this request takes no body");
    expect((await api.get("/v1/rollouts")).body.rollouts).toHaveLength(2);
  });

  test("that do not arrive in time are given up", async () => {
    await using api = await openApi({ limits: { requestMs: 400 } });
    const head = `POST ${SIGNALS} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n`;
    const answer = await api.raw(`${head}{"verb":`, 5000);
    expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*connection: close/i);
    expect(errorIn(answer).message).toBe("the request did not arrive in time");
    expect(api.world.woken).toEqual([]);
  });

  test("that break off do nothing", async () => {
    await using api = await openApi();
    const socket = connect(api.port, "127.0.0.1");
    socket.write(
      `POST ${SIGNALS} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"verb"`,
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await expect.poll(async () => (await api.get("/healthz")).status).toBe(200);
    expect(api.world.woken).toEqual([]);
  });
});

describe("requests", () => {
  test.each([
    ["/v1/rollouts", "GET, HEAD"],
    ["/v1/rollouts/shop", "DELETE, GET, HEAD, PUT"],
    [SIGNALS, "POST"],
    ["/v1/events", "GET, POST"],
    ["/healthz", "GET, HEAD"],
  ])("%s says which methods it knows", async (path, allow) => {
    await using api = await openApi();
    for (const method of ["PATCH", "OPTIONS", "TRACE", "PUT", "DELETE", "POST"].filter((one) => !allow.includes(one))) {
      const answer = await api.raw(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 405 /);
      expect(/^allow: (.*)$/im.exec(answer)?.[1].trim()).toBe(allow);
      expect(errorIn(answer).code).toBe("METHOD_NOT_ALLOWED");
    }
  });

  test("HEAD answers as GET does, without a body", async () => {
    await using api = await openApi();
    for (const path of ["/healthz", "/metrics", "/v1/rollouts", "/v1/rollouts/shop", "/v1/openapi.json"]) {
      const head = await api.ask(path, { method: "HEAD" });
      expect([head.status, head.text]).toEqual([200, ""]);
    }
    expect((await api.ask("/v1/rollouts/nobody", { method: "HEAD" })).status).toBe(404);
    expect((await api.ask("/v1/events", { method: "HEAD" })).status).toBe(405);
  });

  test.each([
    ["PROPFIND /v1/rollouts HTTP/1.1\r\nHost: 127.0.0.1", 405, "PROPFIND is not known anywhere here"],
    ["BREW /v1/rollouts HTTP/1.1\r\nHost: 127.0.0.1", 400, "HTTP/1.1 knows no such request"],
    ["GET /v1/rollouts HTTP/1.1", 400, "one Host header; this one has 0"],
    ["GET /v1/rollouts HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1", 400, "one Host header; this one has 2"],
    ["GET /v1/rollouts HTTP/1.1\r\nHost: 127.0.0.1\r\nhOST: evil.example", 400, "one Host header; this one has 2"],
    ["GET http://127.0.0.1/v1/rollouts HTTP/1.1\r\nHost: 127.0.0.1", 400, "a path and no other server"],
    ["GET /v1/rollouts/%zz HTTP/1.1\r\nHost: 127.0.0.1", 400, "%zz"],
    ["GET /v1/rollouts HTTP/3.7\r\nHost: 127.0.0.1", 400, "HTTP/1.1 knows no such request"],
    [`GET /v1/rollouts HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${"y".repeat(20_000)}`, 413, "head has at most 16384 bytes"],
    [`GET /${"v".repeat(20_000)} HTTP/1.1\r\nHost: 127.0.0.1`, 413, "head has at most 16384 bytes"],
    [
      "GET /v1/rollouts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked",
      400,
      "knows no such",
    ],
    ["GET /v1/rollouts HTTP/1.1\r\nHost : 127.0.0.1", 400, "knows no such request"],
    ["GET /v1/rollouts/shop/ HTTP/1.1\r\nHost: 127.0.0.1", 404, "nothing at this path"],
    ["GET /V1/rollouts HTTP/1.1\r\nHost: 127.0.0.1", 404, "nothing at this path"],
  ])("%.60j is answered in words", async (head, status, words) => {
    await using api = await openApi();
    const answer = await api.raw(`${head}\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer.toLowerCase()).toContain("x-content-type-options: nosniff");
    expect(errorIn(answer).message).toContain(words);
  });

  test("bytes that are no HTTP, and TLS where none is spoken, are answered or dropped; the server stays", async () => {
    await using api = await openApi();
    for (const bytes of ["\u0000\u0001\u0002\r\n\r\n", "\u0016\u0003\u0001\u0002\u0000\u0001", "\r\n".repeat(50_000)])
      await api.raw(Buffer.from(bytes, "latin1"), 300);
    expect((await api.get("/healthz")).status).toBe(200);
  });

  test("damaged in any way get an answer of HTTP or none, and the server stays", async () => {
    await using api = await openApi();
    const body = `{"verb":"pause","why":"fuzz"}`;
    const whole = Buffer.from(
      `POST ${SIGNALS} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(damage, fc.nat(20), async (places, cut) => {
        const bytes = Buffer.from(whole.subarray(0, whole.length - cut));
        for (const [at, value] of places) if (at < bytes.length) bytes[at] = value;
        const answer = await api.raw(bytes, 150);
        if (answer === "") return;
        expect(answer).toMatch(/^HTTP\/1\.1 (202|4\d\d) /);
        if (!answer.startsWith("HTTP/1.1 202")) expect(errorIn(answer).retry).toBe(false);
      }),
      { numRuns: 120 },
    );
    expect((await api.get("/healthz")).status).toBe(200);
  });

  test("whose head comes too slowly are given up", async () => {
    await using api = await openApi({ limits: { requestMs: 300 } });
    const answer = await api.raw("GET /healthz HTTP/1.1\r\nHost: 127", 5000);
    expect(errorIn(answer).message).toBe("the request did not arrive in time");
  });

  test("in one packet are answered in their order", async () => {
    await using api = await openApi();
    const one = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${more}\r\n`;
    const answer = await api.raw(
      one("/healthz") + one("/v1/rollouts/nobody") + one("/v1/version", "Connection: close\r\n"),
    );
    expect([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map((found) => found[1])).toEqual(["200", "404", "200"]);
  });

  test("no answer is kept, framed or sniffed by anybody", async () => {
    await using api = await openApi();
    for (const path of ["/healthz", "/metrics", "/v1/rollouts", "/v1/nothing"]) {
      const { headers } = await api.get(path);
      expect(Object.fromEntries(headers)).toMatchObject({
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
      });
      expect(headers.has("server") || headers.has("x-powered-by")).toBe(false);
    }
  });
});

describe("defects", () => {
  test("are one sentence outside, and told with their cause in the log", async () => {
    await using api = await openApi({
      schema: () => {
        throw new Error("secret inner workings");
      },
    });
    const answer = await api.get("/v1/schema");
    expect([answer.status, answer.body]).toEqual([
      500,
      { error: { code: "INTERNAL", message: "Serin met a defect of its own; its log says more", retry: false } },
    ]);
    expect(JSON.stringify(api.world.log)).toContain("secret inner workings");
  });

  test("of the memory make it unwell, in its own words", async () => {
    await using api = await openApi();
    await api.world.store.close();
    expect((await api.get("/healthz")).status).toBe(500);
    expect((await api.get("/v1/rollouts")).status).toBe(500);
  });
});

describe("the server itself", () => {
  test("is well, tells what runs and hands out the document's schema", async () => {
    await using api = await openApi();
    expect((await api.get("/healthz")).body).toEqual({ status: "ok" });
    expect((await api.get("/v1/version")).body).toMatchObject({ serin: "0.0.0-test", node: process.versions.node });
    expect((await api.get("/v1/schema")).body).toMatchObject({ title: "Rollout", type: "object" });
  });

  test("logs the route's pattern, never the address that was asked for", async () => {
    await using api = await openApi();
    await api.post("/v1/rollouts/shop/signals?timeout=7", { verb: "pause", why: "a private reason" });
    const lines = api.world.log.filter(({ message }) => message === "answered");
    expect(lines.at(-1)).toMatchObject({
      level: "info",
      fields: { method: "POST", route: "/v1/rollouts/:name/signals", status: 202, by: "local" },
    });
    expect(JSON.stringify(lines)).not.toMatch(/timeout=7|private reason/);
  });

  test("takes no more connections than it may, and goes on when some have gone", async () => {
    await using api = await openApi({ limits: { connections: 5 } });
    const held = Array.from({ length: 5 }, () => connect(api.port, "127.0.0.1"));
    await Promise.all(held.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
    expect(await api.raw("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 300)).toBe("");
    for (const socket of held) socket.destroy();
    await expect
      .poll(() => api.raw("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"))
      .toMatch(/^HTTP\/1\.1 200 /);
  });

  test("closes at once when nothing is under way, idle connections or not", async () => {
    await using api = await openApi();
    await api.get("/healthz");
    await api.world.api.close();
    await expect(fetch(`${api.url}/healthz`)).rejects.toThrow();
  });
});
