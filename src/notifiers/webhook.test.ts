import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { entryOf, events } from "../../test/contract/notifier-fixtures.ts";
import { notifierContract, notifierDeps, NOW } from "../../test/contract/notifier.ts";
import { Receiver, status, type Arrived } from "../../test/contract/receiver.ts";
import { signatureOf, SIGNATURE_TOLERANCE_MS, verifySignature, webhook } from "./webhook.ts";

const KEY = "a key of the receiver's own";
const env = { WEBHOOK_KEY: KEY, API_TOKEN: "Bearer very-secret-token" };

notifierContract("webhook", {
  networked: (deps, timeout) =>
    webhook.create(
      webhook.config.parse({
        url: { env: "SECRET_URL" },
        secret: { env: "WEBHOOK_KEY" },
        headers: { Authorization: { env: "API_TOKEN" } },
        timeout,
      }),
      deps,
    ),
  said: (text) => {
    const { id, sentence } = JSON.parse(text) as { id: string; sentence: string };
    return `${id} ${sentence}`;
  },
  env,
});

async function arrivedFor(settings: Record<string, unknown>, event = events.promoted): Promise<Arrived> {
  await using receiver = await Receiver.open();
  const config = webhook.config.parse({ url: receiver.url("/in"), secret: { env: "WEBHOOK_KEY" }, ...settings });
  await webhook.create(config, notifierDeps({ ...env })).send(entryOf(event), new AbortController().signal);
  return receiver.arrived[0];
}

describe("a delivery", () => {
  test("carries the message, its id and its signature", async () => {
    const { headers, body } = await arrivedFor({});
    const message = JSON.parse(body) as Record<string, unknown>;
    expect(message).toEqual({
      id: `shop-41-${events.promoted.at.toString(36)}`,
      rollout: "shop",
      seq: 41,
      at: events.promoted.at,
      type: "promoted",
      severity: "good",
      sentence: "v2 was promoted by Serin after 21m1s: all steps are done.",
      event: events.promoted,
    });
    expect(headers["serin-delivery"]).toBe(message["id"]);
    expect(headers["serin-signature"]).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/);
  });

  test("carries headers of the document, secrets among them", async () => {
    const { headers } = await arrivedFor({ headers: { Authorization: { env: "API_TOKEN" }, "X-Team": "shop" } });
    expect(headers).toMatchObject({ authorization: env.API_TOKEN, "x-team": "shop" });
  });

  test("is not stopped by a redirect's promise: another host gets neither message nor signature", async () => {
    await using other = await Receiver.open();
    await using receiver = await Receiver.open();
    receiver.answer = status(307, "", { location: other.url() });
    const config = webhook.config.parse({ url: receiver.url(), secret: { env: "WEBHOOK_KEY" } });
    const sending = webhook.create(config, notifierDeps(env)).send(entryOf(), new AbortController().signal);
    await expect(sending).rejects.toThrow(`the webhook at http://127.0.0.1:${receiver.port} answered 307`);
    expect(other.arrived).toEqual([]);
  });
});

describe("the signature", () => {
  const openssl = spawnSync("openssl", ["version"]).status === 0;

  test.skipIf(!openssl)("is what openssl computes, by the line that the documentation gives", async () => {
    const { headers, body } = await arrivedFor(
      {},
      { ...events.promoted, reason: `it's "fine" \u{1f426} $HOME %s \\n` },
    );
    const signature = String(headers["serin-signature"]);
    const [t, v1] = signature.split(",").map((part) => part.split("=")[1]);
    const line = `printf '%s.%s' "$t" "$body" | openssl dgst -sha256 -hmac "$secret"`;
    const run = spawnSync("sh", ["-c", line], { env: { ...process.env, t, body, secret: KEY }, encoding: "utf8" });
    expect(run.stdout.trim().split(" ").at(-1)).toBe(v1);
  });

  test("is the HMAC of the time, a dot and the body", () => {
    const v1 = createHmac("sha256", KEY).update(`1700000000.{"a":1}`).digest("hex");
    expect(signatureOf(`{"a":1}`, KEY, 1_700_000_000_999)).toBe(`t=1700000000,v1=${v1}`);
  });

  test("is verified as it was made, and not when anything was changed", () => {
    const any = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(any, any, fc.integer({ min: 0, max: 4e12 }), (body, key, now) => {
        const signature = signatureOf(body, key, now);
        expect(verifySignature(body, signature, key, now)).toBe(true);
        expect(verifySignature(Buffer.from(body), signature, key, now)).toBe(true);
        expect(verifySignature(`${body} `, signature, key, now)).toBe(false);
        expect(verifySignature(body, signature, `${key}x`, now)).toBe(false);
        expect(verifySignature(body, signature.replace("t=", "t=1"), key, now)).toBe(false);
      }),
    );
  });

  test("is good for five minutes either way", () => {
    const signature = signatureOf("body", KEY, NOW);
    const whole = Math.floor(NOW / 1000) * 1000;
    for (const off of [-SIGNATURE_TOLERANCE_MS, 0, SIGNATURE_TOLERANCE_MS]) {
      expect(verifySignature("body", signature, KEY, whole + off)).toBe(true);
    }
    for (const off of [-SIGNATURE_TOLERANCE_MS - 1, SIGNATURE_TOLERANCE_MS + 1]) {
      expect(verifySignature("body", signature, KEY, whole + off)).toBe(false);
    }
  });

  test("is found among several, as while a key is being changed", () => {
    const [old, now] = [signatureOf("body", "old", NOW), signatureOf("body", "new", NOW)];
    expect(verifySignature("body", `${old}, ${now.split(",")[1]}`, "new", NOW)).toBe(true);
    expect(verifySignature("body", `${old}, ${now.split(",")[1]}`, "other", NOW)).toBe(false);
  });

  test.each([
    null,
    undefined,
    "",
    "t=1",
    "v1=00",
    "t=x,v1=y",
    `t=,v1=${"0".repeat(64)}`,
    `v1=${"0".repeat(64)}`,
    "t=1,v1=zz",
  ])("%j is none", (header) => {
    expect(verifySignature("body", header, KEY, NOW)).toBe(false);
  });
});

describe("its settings", () => {
  const secret = { env: "KEY" };
  test.each([
    [{ url: "https://ops.example" }, "secret"],
    [{ url: "ops.example", secret }, "http:// or https://"],
    [{ url: "ftp://ops.example", secret }, "http:// or https://"],
    [{ url: "https://me:pw@ops.example", secret }, "user name"],
    [{ url: "https://ops.example", secret: "plain" }, "secret"],
    [{ url: "https://ops.example", secret, headers: { Host: "x" } }, "Serin's own or HTTP's"],
    [{ url: "https://ops.example", secret, headers: { "Serin-Signature": "x" } }, "Serin's own or HTTP's"],
    [{ url: "https://ops.example", secret, headers: { "X-A": "a\r\nX-B: b" } }, "X-A"],
    [{ url: "https://ops.example", secret, headers: { "X A": "a" } }, "the name of a header"],
    [{ url: "https://ops.example", secret, timeout: "0s" }, "100ms"],
    [{ url: "https://ops.example", secret, timeout: "2m" }, "100ms"],
    [{ url: "https://ops.example", secret, retries: 3 }, "retries"],
  ])("%j are refused", (settings, word) => {
    const found = webhook.config.safeParse(settings);
    expect(found.success).toBe(false);
    expect(JSON.stringify(found.error?.issues)).toContain(word);
  });

  test("a header whose secret no header can carry is refused without being repeated", async () => {
    await using receiver = await Receiver.open();
    const config = webhook.config.parse({ url: receiver.url(), secret, headers: { "X-A": { env: "ODD" } } });
    const sending = webhook
      .create(config, notifierDeps({ KEY, ODD: "gehe\u00edmnis" }))
      .send(entryOf(), new AbortController().signal);
    await expect(sending).rejects.toThrow("the variable ODD holds characters that no header can carry");
    expect(receiver.arrived).toEqual([]);
  });
});
