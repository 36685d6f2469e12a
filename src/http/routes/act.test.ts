import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { openApi, type Api } from "../../../test/http/ask.ts";
import { NOW, yamlOf } from "../../../test/http/world.ts";
import { LINK_MS, type Deed } from "../links.ts";
import { parseTokens } from "../tokens.ts";

const tokens = { present: () => parseTokens("ada admin keeper-of-keys-12345", "tokens") };

/** An API whose engine takes signals when it is woken, with a release that a person has paused. */
async function stage(more: Parameters<typeof openApi>[0] = {}) {
  const engine = { wake: (name: string) => void setImmediate(() => void api.world.take(name)) };
  const api: Api = await openApi({ engine, ...more });
  await api.world.store.signal("shop", NOW, { verb: "pause", by: "anna", why: "a look at <b>v2</b>" });
  await api.world.take("shop");
  const seq = await api.world.store.lastSeq();
  const { step } = (await api.world.store.load("shop"))?.status ?? { step: -1 };
  const path = async (deed: Partial<Deed> = {}) => {
    const whole = {
      rollout: "shop",
      release: 1,
      step,
      verb: "abort",
      seq,
      until: NOW + LINK_MS,
      by: "slack",
    } as const;
    return `/act/${await api.world.api.links.seal({ ...whole, ...deed })}`;
  };
  return { api, path, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
}

const FORM = "application/x-www-form-urlencoded";
interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}
/** By bare HTTP: `fetch` has headers of its own, and some of them matter here. */
async function ask({ url }: Api, path: string, { body, ...sent }: Sent = {}) {
  const asking = request(url + path, sent).end(body);
  const [response] = (await once(asking, "response")) as [IncomingMessage];
  const text = Buffer.concat((await response.toArray()) as Buffer[]).toString("utf8");
  return { status: response.statusCode, headers: response.headers, text };
}
/** As a browser sends the page's form. */
const press = (api: Api, path: string, why = "", headers: Readonly<Record<string, string>> = {}) =>
  ask(api, path, {
    method: "POST",
    body: new URLSearchParams({ why }).toString(),
    headers: { "content-type": FORM, origin: api.url, "sec-fetch-site": "same-origin", ...headers },
  });
const statusOf = async ({ world }: Api) => (await world.store.load("shop"))?.status;
const signalsOf = async ({ world }: Api) => (await world.store.load("shop"))?.signals;

describe("opening a link", () => {
  test("shows what would happen to how many people, and changes nothing however often", async () => {
    await using the = await stage();
    const path = await the.path();
    const before = await statusOf(the.api);
    for (let i = 0; i < 3; i++) {
      const { status, text } = await ask(the.api, path);
      expect(status).toBe(200);
      expect(text).toContain("<h1>shop: Take v2 back?</h1>");
      expect(text).toContain("v1 serves everybody again; 500 requests met the canary so far.");
      expect(text).toContain("Release 1 of v2 is paused at 5 %");
      expect(text).toContain("asked for by a link of slack");
      expect(text).toContain('<form method="post" action="">');
    }
    expect((await ask(the.api, path, { method: "HEAD" })).status).toBe(200);
    await the.api.world.take("shop");
    expect(await statusOf(the.api)).toEqual(before);
    expect(await signalsOf(the.api)).toEqual([]);
  });

  test("what people wrote is text there", async () => {
    await using the = await stage();
    const { text } = await ask(the.api, await the.path());
    expect(text).toContain("a look at &lt;b&gt;v2&lt;/b&gt;");
    expect(text).not.toContain("<b>");
  });

  test("the page runs nothing, is framed and kept by nobody, and tells its address to no other site", async () => {
    await using the = await stage();
    const { headers, text } = await ask(the.api, await the.path());
    const policy = headers["content-security-policy"];
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]+='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(text).not.toMatch(/<script|javascript:| on\w+=/);
    expect(headers["cache-control"]).toBe("no-store");
    expect(headers["referrer-policy"]).toBe("same-origin");
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
  });

  test("its address stands in no log", async () => {
    await using the = await stage();
    const path = await the.path();
    await ask(the.api, path);
    await press(the.api, path);
    expect(JSON.stringify(the.api.world.log)).not.toContain(path.slice(5, 40));
  });
});

describe("pressing the button", () => {
  test("asks it in the link's name with the reason, and says what followed", async () => {
    await using the = await stage();
    const { status, text } = await press(the.api, await the.path(), "the <i>checkout</i> is broken");
    expect([status, text]).toEqual([200, expect.stringContaining("<h1>shop: done</h1>")]);
    expect(text).toContain("v2 was aborted by link of slack: the &lt;i&gt;checkout&lt;/i&gt; is broken.");
    expect(await statusOf(the.api)).toMatchObject({ phase: "aborted", reason: "the <i>checkout</i> is broken" });
  });

  test("works once", async () => {
    await using the = await stage();
    const path = await the.path({ verb: "resume" });
    expect((await press(the.api, path)).status).toBe(200);
    await the.api.world.store.signal("shop", NOW, { verb: "pause", by: "anna" });
    await the.api.world.take("shop");
    const [again, shown] = [await press(the.api, path), await ask(the.api, path)];
    expect([again.status, shown.status]).toEqual([410, 410]);
    expect(again.text).toContain("It has been answered.");
    expect(await statusOf(the.api)).toMatchObject({ phase: "paused" });
  });

  test("twice at once is done once", async () => {
    await using the = await stage();
    const path = await the.path();
    const answers = await Promise.all([press(the.api, path), press(the.api, path)]);
    const [done, other] = answers.map(({ status = 0 }) => status).toSorted((a, b) => a - b);
    expect(done).toBe(200);
    // Refused by the engine, or over before it was asked: whichever is first.
    expect([409, 410]).toContain(other);
    const told = await the.api.world.store.journal(0, { rollout: "shop", limit: 1000 });
    expect(told.filter(({ event }) => event.type === "aborted")).toHaveLength(1);
  });

  test("what the engine does not take in time is said to be asked for", async () => {
    await using the = await stage({ engine: { wake: () => {} } });
    const path = await the.path();
    const pressing = press(the.api, path);
    await expect.poll(async () => (await signalsOf(the.api))?.length).toBe(1);
    await the.api.world.api.close();
    const { status, text } = await pressing;
    expect([status, text]).toEqual([202, expect.stringContaining("It is asked for")]);
  });

  test("a step that began between the look and the act is another: the engine refuses", async () => {
    await using the = await stage({ engine: { wake: () => {} } });
    const pressing = press(the.api, await the.path({ verb: "promote" }));
    await expect.poll(async () => (await signalsOf(the.api))?.length).toBe(1);
    const [{ signal }] = (await signalsOf(the.api)) ?? [];
    expect(signal).toMatchObject({ verb: "promote", by: "link of slack", meant: { release: 1, step: 1 } });
    await the.api.world.take("shop");
    expect((await pressing).status).toBe(200);
    await the.api.world.store.signal("shop", NOW, signal);
    await the.api.world.take("shop");
    const last = (await the.api.world.store.journal(0, { rollout: "shop", limit: 1000 })).at(-1)?.event;
    expect(last).toMatchObject({
      type: "signalRefused",
      verb: "promote",
      reason: "it was meant for step 2 of release 1, and the rollout has gone on",
    });
  });
});

describe("a link that is over", () => {
  test.each<[string, Partial<Deed>, string]>([
    ["by time", { until: NOW }, "Its time is over."],
    ["by another release", { release: 2 }, "It has been answered."],
    ["by another step", { step: 0 }, "It has been answered."],
    ["by an answer", { seq: 0 }, "It has been answered."],
    ["with its rollout", { rollout: "gone" }, "There is no rollout named gone any more."],
  ])("%s neither shows nor does anything", async (_how, deed, words) => {
    await using the = await stage();
    const path = await the.path(deed);
    const before = await statusOf(the.api);
    for (const { status, text } of [await ask(the.api, path), await press(the.api, path)]) {
      expect([status, text]).toEqual([410, expect.stringContaining("This link is over")]);
      expect(text).toContain(words);
      expect(text).not.toContain("<form");
    }
    expect(await statusOf(the.api)).toEqual(before);
  });

  test("or was made up", async () => {
    await using the = await stage();
    const path = await the.path();
    for (const made of [`${path.slice(0, -3)}AAA`, "/act/x.y", `/act/${"a".repeat(400)}`]) {
      expect((await ask(the.api, made)).text).toContain("Serin has made no such link");
      expect((await press(the.api, made)).status).toBe(410);
    }
    expect(await statusOf(the.api)).toMatchObject({ phase: "paused" });
  });

  test("what does not fit the moment is not offered", async () => {
    await using the = await stage();
    const { status, text } = await ask(the.api, await the.path({ verb: "approve" }));
    expect([status, text]).toEqual([410, expect.stringContaining("nothing waits for approval")]);
    expect((await press(the.api, await the.path({ verb: "approve" }))).status).toBe(409);
  });
});

describe("access", () => {
  test("where tokens are demanded the link is the credential, for just that", async () => {
    await using the = await stage({ tokens });
    const path = await the.path();
    expect((await ask(the.api, "/v1/rollouts/shop")).status).toBe(401);
    expect((await ask(the.api, path)).status).toBe(200);
    const { status } = await press(the.api, path, "", { origin: "https://serin.example", host: "serin.example" });
    expect(status).toBe(200);
    expect(await statusOf(the.api)).toMatchObject({ phase: "aborted" });
  });

  test("without tokens it is for this machine, and for no page of another site", async () => {
    await using the = await stage();
    const path = await the.path();
    const followed = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    expect((await ask(the.api, path, { headers: followed })).status).toBe(200);
    expect((await press(the.api, path, "", { origin: "https://evil.example" })).status).toBe(403);
    expect((await press(the.api, path, "", { origin: "null" })).status).toBe(403);
    expect(await statusOf(the.api)).toMatchObject({ phase: "paused" });
  });

  test("forms are read nowhere else", async () => {
    await using the = await stage();
    const { status } = await press(the.api, "/v1/rollouts/shop/signals");
    expect(status).toBe(415);
  });

  test.each([
    ["a reason that is too long", `why=${"x".repeat(501)}`, FORM, 400],
    ["another field", "why=x&verb=promote", FORM, 400],
    ["JSON", `{"why":"x"}`, "application/json", 415],
    ["too much", `why=${"x".repeat(20_000)}`, FORM, 413],
    ["no text", Buffer.from([0xff, 0xfe]), FORM, 400],
  ])("%s is refused", async (_what, body, type, code) => {
    await using the = await stage();
    const init = { method: "POST", body, headers: { "content-type": type, origin: the.api.url } };
    expect((await ask(the.api, await the.path(), init)).status).toBe(code);
    expect(await statusOf(the.api)).toMatchObject({ phase: "paused" });
  });
});

test("a link of one rollout does nothing to another of the same name that came later", async () => {
  await using the = await stage();
  const path = await the.path();
  const { store } = the.api.world;
  await store.signal("shop", NOW, { verb: "abort", by: "anna" });
  await the.api.world.take("shop");
  await store.remove("shop");
  await the.api.world.put(yamlOf("shop"));
  await the.api.world.take("shop");
  expect((await press(the.api, path)).status).toBe(410);
});
