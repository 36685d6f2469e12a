import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { createWorld } from "../../../test/http/world.ts";

const SCRIPT = "export const hello = 1;\n".repeat(50);
const folder = mkdtempSync(join(tmpdir(), "serin-dashboard-"));
mkdirSync(join(folder, "assets"));
writeFileSync(join(folder, "index.html"), "<!doctype html><title>Serin</title>");
writeFileSync(join(folder, "favicon.svg"), "<svg/>");
writeFileSync(join(folder, "assets", "main-4f2a.js"), SCRIPT);
writeFileSync(join(folder, "assets", "main-4f2a.js.gz"), gzipSync(SCRIPT));
writeFileSync(join(folder, "assets", "notes.txt"), "not for the web");
afterAll(() => rmSync(folder, { recursive: true }));

async function ask(url: string, headers: Record<string, string> = {}, dashboard = folder) {
  await using world = await createWorld({ dashboard });
  return world.api.app.inject({ method: "GET", url, headers: { host: "127.0.0.1", ...headers } });
}

describe("the page", () => {
  test.each([
    "/",
    "/?q=shop&show=needs",
    "/rollouts/shop",
    "/rollouts/shop/why/12",
    "/history",
    "/new",
    "/plan",
    "/settings",
    "/share",
  ])("stands at %s", async (url) => {
    const { statusCode, headers, body } = await ask(url);
    expect([statusCode, headers["content-type"], headers["cache-control"]]).toEqual([
      200,
      "text/html; charset=utf-8",
      "no-cache",
    ]);
    expect(body).toContain("<title>Serin</title>");
  });

  test("may run its own scripts only, and is framed by nobody", async () => {
    const { headers } = await ask("/");
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["referrer-policy"]).toBe("no-referrer");
  });

  test("is not sent again to whoever has it", async () => {
    const { headers } = await ask("/");
    const again = await ask("/", { "if-none-match": String(headers["etag"]) });
    expect([again.statusCode, again.body]).toEqual([304, ""]);
  });

  test("says how it is built where it is not", async () => {
    const { statusCode, body } = await ask("/", {}, join(folder, "nothing-here"));
    expect(statusCode).toBe(503);
    expect(body).toBe(
      "The dashboard is not built yet: run `npm run web:build` in the clone of Serin and load this page again.\n",
    );
  });
});

describe("its files", () => {
  test("are kept for good, and sent compressed to whoever can read that", async () => {
    const plain = await ask("/assets/main-4f2a.js");
    expect(plain.headers).toMatchObject({
      "cache-control": "public, max-age=31536000, immutable",
      "content-type": "text/javascript; charset=utf-8",
      vary: "accept-encoding",
    });
    expect(plain.body).toBe(SCRIPT);
    const zipped = await ask("/assets/main-4f2a.js", { "accept-encoding": "br, gzip" });
    expect(zipped.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(zipped.rawPayload).toString()).toBe(SCRIPT);
  });

  test.each([
    "/assets/other.js",
    "/assets/notes.txt",
    "/assets/main-4f2a.js.gz",
    "/assets/..%2findex.html",
    "/assets/%2e%2e%2f%2e%2e%2fpackage.json",
    "/assets/",
    "/index.html",
  ])("%s is none of them", async (url) => {
    const { statusCode, body } = await ask(url);
    expect(statusCode).toBe(404);
    expect(body).not.toContain("<title>");
  });
});

test("anybody may have the page of a server with tokens; the machine's own only where there are none", async () => {
  await using open = await createWorld({ dashboard: folder, tokens: { present: () => [] } });
  expect(
    (await open.api.app.inject({ method: "GET", url: "/", headers: { host: "release.example" } })).statusCode,
  ).toBe(200);
  await using closed = await createWorld({ dashboard: folder });
  expect(
    (await closed.api.app.inject({ method: "GET", url: "/", headers: { host: "release.example" } })).statusCode,
  ).toBe(403);
});
