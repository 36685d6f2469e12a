/** How Serin proves who it is: each way against a server that checks it as its specification says. */
import { spawnSync } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, describe, expect, test } from "vitest";
import { Receiver, status, type Arrived } from "../../../test/contract/receiver.ts";
import { sourceDeps } from "../../../test/metrics/deps.ts";
import { splitSince } from "../../../test/metrics/traffic.ts";
import { createSource, sourceSchema } from "../index.ts";

const window = { from: 1_700_000_010_000, to: 1_700_000_025_000 };
const query = { ask: "value", value: "x", arm: "canary", split: splitSince(0) } as const;
const answer = `{"status":"success","data":{"resultType":"scalar","result":[1,"3"]}}`;

function opened(address: string, settings: Record<string, unknown>, env: Record<string, string> = {}, now = Date.now) {
  const source = sourceSchema.parse({ prometheus: { address, value: "1", ...settings } });
  const made = createSource(source, { ...sourceDeps(env), now });
  return () => made.measure(query, window, new AbortController().signal);
}

async function askedWith(settings: Record<string, unknown>, env: Record<string, string>): Promise<Arrived> {
  await using receiver = await Receiver.open();
  receiver.answer = status(200, answer);
  await opened(receiver.url(""), settings, env)();
  return receiver.arrived[0];
}

describe("in headers", () => {
  test("user name and password, in UTF-8", async () => {
    const { headers } = await askedWith(
      { auth: { basic: { username: "j\u00fcrgen", password: { env: "P" } } } },
      { P: "p:\u00e4 1" },
    );
    expect(Buffer.from((headers.authorization ?? "").slice(6), "base64").toString()).toBe("j\u00fcrgen:p:\u00e4 1");
  });

  test("a token, and headers of the document's own", async () => {
    const settings = { auth: { bearer: { env: "T" } }, headers: { "X-Scope-OrgID": "shop", "X-Key": { env: "K" } } };
    const { headers } = await askedWith(settings, { T: "token-1", K: "key-1" });
    expect(headers).toMatchObject({ authorization: "Bearer token-1", "x-scope-orgid": "shop", "x-key": "key-1" });
  });

  test("a secret that is not there is told by its name, and nothing is asked", async () => {
    await using receiver = await Receiver.open();
    const asking = opened(receiver.url(""), { auth: { bearer: { env: "NOWHERE" } } })();
    await expect(asking).rejects.toMatchObject({ code: "SOURCE_FAILED", message: "the variable NOWHERE is not set" });
    expect(receiver.arrived).toEqual([]);
  });
});

describe("OAuth 2", () => {
  const settings = (tokenUrl: string) => ({
    auth: {
      oauth2: {
        tokenUrl,
        clientId: "serin",
        clientSecret: { env: "S" },
        scopes: ["metrics", "read"],
        audience: "prom",
      },
    },
  });
  const env = { S: "client secret+1" };

  async function stage() {
    const [tokens, server] = [await Receiver.open(), await Receiver.open()];
    let given = 0;
    tokens.answer = (response) =>
      void response.end(`{"access_token":"token-${++given}","token_type":"Bearer","expires_in":300}`);
    server.answer = status(200, answer);
    const clock = { now: 1_700_000_000_000 };
    const ask = opened(server.url(""), settings(tokens.url("/token")), env, () => clock.now);
    const shown = () => server.arrived.map(({ headers }) => headers.authorization);
    const close = () => Promise.all([tokens[Symbol.asyncDispose](), server[Symbol.asyncDispose]()]).then(() => {});
    return { tokens, server, clock, ask, shown, [Symbol.asyncDispose]: close };
  }

  test("asks for a token as the client, once, and again a minute before its end", async () => {
    await using world = await stage();
    await world.ask();
    world.clock.now += 239_000;
    await world.ask();
    world.clock.now += 1000;
    await world.ask();
    expect(world.shown()).toEqual(["Bearer token-1", "Bearer token-1", "Bearer token-2"]);
    const [{ headers, body }] = world.tokens.arrived;
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      grant_type: "client_credentials",
      scope: "metrics read",
      audience: "prom",
    });
    const [id, secret] = Buffer.from((headers.authorization ?? "").slice(6), "base64")
      .toString()
      .split(":");
    expect([id, decodeURIComponent(secret)]).toEqual(["serin", env.S]);
  });

  test("a token that is refused is replaced at once", async () => {
    await using world = await stage();
    world.server.answer = (response, { headers }) =>
      void (headers.authorization === "Bearer token-1" ? response.writeHead(401).end() : response.end(answer));
    expect(await world.ask()).toMatchObject({ value: 3 });
    expect(world.shown()).toEqual(["Bearer token-1", "Bearer token-2"]);
  });

  test.each([
    [400, `{"error":"invalid_client","error_description":"no such client"}`, "gave out no token (400): no such client"],
    [200, `{"access_token":"t","token_type":"mac"}`, "gave out no token (200)"],
    [200, "<html>", "gave out no token (200)"],
  ])("a server that gives none, with %i %s, is told", async (code, body, words) => {
    await using world = await stage();
    world.tokens.answer = status(code, body);
    await expect(world.ask()).rejects.toThrow(words);
    expect(world.server.arrived).toEqual([]);
  });
});

describe("AWS Signature Version 4", () => {
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();

  /** The signature of a request as it arrived, by the steps of AWS's own description. */
  function expected({ method, path, headers, body }: Arrived, key: string): string {
    const [, scope, signed] =
      /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+),/.exec(headers.authorization ?? "") ?? [];
    const [day, region, service] = scope.split("/");
    const listed = signed.split(";").map((name) => `${name}:${String(headers[name])}\n`);
    const canonical = [method, path, "", listed.join(""), signed, hash(body)].join("\n");
    const text = ["AWS4-HMAC-SHA256", String(headers["x-amz-date"]), scope, hash(canonical)].join("\n");
    const signing = [day, region, service, "aws4_request"].reduce<string | Buffer>(
      (secret, part) => hmac(secret, part),
      `AWS4${key}`,
    );
    return hmac(signing, text).toString("hex");
  }

  test("signs what is sent", async () => {
    const auth = { sigv4: { region: "eu-central-1", accessKeyId: { env: "ID" }, secretAccessKey: { env: "KEY" } } };
    const arrived = await askedWith({ auth }, { ID: "AKID", KEY: "a/secret+key" });
    const { authorization = "" } = arrived.headers;
    expect(authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-central-1\/aps\/aws4_request, /);
    expect(authorization.split("Signature=")[1]).toBe(expected(arrived, "a/secret+key"));
  });

  test("half a pair of keys is told", async () => {
    await using receiver = await Receiver.open();
    const half = opened(
      receiver.url(""),
      { auth: { sigv4: { region: "eu-central-1", accessKeyId: { env: "ID" } } } },
      { ID: "AKID" },
    );
    await expect(half()).rejects.toThrow("accessKeyId and secretAccessKey belong together");
    expect(receiver.arrived).toEqual([]);
  });
});

const openssl = spawnSync("openssl", ["version"]).status === 0;

describe.skipIf(!openssl)("mutual TLS", () => {
  const dir = mkdtempSync(join(tmpdir(), "serin-mtls-"));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const at = (name: string) => join(dir, name);

  /** A certificate that vouches for itself. */
  function made(name: string): void {
    const about = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1"];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
    const files = ["-keyout", at(`${name}.key`), "-out", at(`${name}.pem`)];
    expect(spawnSync("openssl", ["req", "-x509", "-nodes", ...curve, ...about, ...files]).status).toBe(0);
  }

  /** Who showed which certificate, by its name. */
  async function server(trusted: readonly string[]) {
    const shown: string[] = [];
    const https = createServer(
      {
        key: readFileSync(at("server.key")),
        cert: readFileSync(at("server.pem")),
        ca: trusted.map((name) => readFileSync(at(`${name}.pem`))),
        requestCert: true,
        rejectUnauthorized: true,
      },
      (request, response) => {
        shown.push(String((request.socket as TLSSocket).getPeerCertificate().subject.CN));
        response.end(answer);
      },
    ).listen(0, "127.0.0.1");
    await once(https, "listening");
    const close = async () => {
      https.closeAllConnections();
      https.close();
      await once(https, "close");
    };
    const address = `https://127.0.0.1:${(https.address() as AddressInfo).port}`;
    return { shown, address, [Symbol.asyncDispose]: close };
  }

  test("shows its own certificate and believes the named one; a rotated file is noticed", async () => {
    for (const name of ["server", "first", "second"]) made(name);
    await using world = await server(["first", "second"]);
    const copy = (name: string) => {
      for (const kind of ["pem", "key"]) writeFileSync(at(`own.${kind}`), readFileSync(at(`${name}.${kind}`)));
    };
    copy("first");
    const ask = opened(world.address, { tls: { ca: at("server.pem"), cert: at("own.pem"), key: at("own.key") } });
    expect(await ask()).toMatchObject({ value: 3 });
    copy("second");
    await ask();
    expect(world.shown).toEqual(["first", "second"]);
  });

  test("a server that nobody vouches for is not asked, unless that is said", async () => {
    for (const name of ["server", "first"]) made(name);
    await using world = await server(["first"]);
    const own = { cert: at("first.pem"), key: at("first.key") };
    await expect(opened(world.address, { tls: own })()).rejects.toThrow("a certificate that nobody vouches for");
    expect(await opened(world.address, { tls: { ...own, verify: false } })()).toMatchObject({ value: 3 });
    expect(world.shown).toEqual(["first"]);
  });

  test("a file that is not there is told by its name", async () => {
    const ask = opened("https://127.0.0.1:1", { tls: { ca: at("nowhere.pem") } });
    await expect(ask()).rejects.toMatchObject({
      code: "SOURCE_FAILED",
      message: `the file ${at("nowhere.pem")} cannot be read (ENOENT)`,
    });
  });
});
