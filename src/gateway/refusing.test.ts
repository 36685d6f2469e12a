/** What is refused, what takes too long, and how connections end. */
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig, get, last, post, until } from "../../test/gateway/rig.ts";
import type { SerinError } from "../errors.ts";
import { gatewaySchema } from "./options.ts";
import { createProxy } from "./proxy.ts";
import { emptyTable } from "./table.ts";

let rig: Rig;
/** Requests that reached the backend. */
let reached: string[];
let url: string;
beforeEach(async () => {
  rig = new Rig();
  reached = [];
  url = await rig.http((request, response) => {
    reached.push(`${request.method} ${request.url}`);
    request.resume().on("end", () => response.end("ok."));
  });
});
afterEach(() => rig.close());

const head = (...lines: string[]) => `${lines.join("\r\n")}\r\n\r\n`;
const chunked = (body: string) => head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked") + body;

const refused: Record<string, readonly [string, number]> = {
  "both lengths": [
    head("POST / HTTP/1.1", "Host: a", "Content-Length: 3", "Transfer-Encoding: chunked") + "0\r\n\r\n",
    400,
  ],
  "two lengths that differ": [
    head("POST / HTTP/1.1", "Host: a", "Content-Length: 3", "Content-Length: 4") + "abcd",
    400,
  ],
  "two lengths that agree": [head("POST / HTTP/1.1", "Host: a", "Content-Length: 3", "Content-Length: 3") + "abc", 400],
  "a list of lengths": [head("POST / HTTP/1.1", "Host: a", "Content-Length: 3, 3") + "abc", 400],
  "a signed length": [head("POST / HTTP/1.1", "Host: a", "Content-Length: +3") + "abc", 400],
  "a length with a leading zero": [head("POST / HTTP/1.1", "Host: a", "Content-Length: 03") + "abc", 400],
  "a hexadecimal length": [head("POST / HTTP/1.1", "Host: a", "Content-Length: 0x3") + "abc", 400],
  "a coding before chunked": [
    head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: gzip, chunked") + "0\r\n\r\n",
    400,
  ],
  "a coding in quotes": [head("POST / HTTP/1.1", "Host: a", 'Transfer-Encoding: "chunked"') + "0\r\n\r\n", 400],
  "a coding twice": [
    head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + "0\r\n\r\n",
    400,
  ],
  "a coding with a vertical tab": [
    head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: \vchunked") + "0\r\n\r\n",
    400,
  ],
  "a coding in HTTP/1.0": [head("POST / HTTP/1.0", "Host: a", "Transfer-Encoding: chunked") + "0\r\n\r\n", 400],
  "a chunk size with a sign": [chunked("+3\r\nabc\r\n0\r\n\r\n"), 400],
  "a chunk size with 0x": [chunked("0x3\r\nabc\r\n0\r\n\r\n"), 400],
  "a chunk size with a space": [chunked("3 \r\nabc\r\n0\r\n\r\n"), 400],
  "no chunk size": [chunked("\r\nabc\r\n0\r\n\r\n"), 400],
  "a chunk size beyond all": [chunked("fffffffffffffffff\r\nabc\r\n0\r\n\r\n"), 400],
  "a chunk longer than its size": [chunked("2\r\nabc\r\n0\r\n\r\n"), 400],
  "a chunk size line that ends in a line feed": [chunked("3\nabc\r\n0\r\n\r\n"), 400],
  "chunk data that ends in a line feed": [chunked("3\r\nabc\n0\r\n\r\n"), 400],
  "a chunk extension without a name": [chunked("3;\r\nabc\r\n0\r\n\r\n"), 400],
  "a chunk extension with a bare line feed": [chunked("3;a\nb\r\nabc\r\n0\r\n\r\n"), 400],
  "a trailer that frames": [chunked("0\r\nContent-Length: 3\r\n\r\n"), 400],
  "a trailer that is folded": [chunked("0\r\nX: a\r\n b\r\n\r\n"), 400],
  "a bare line feed": ["GET / HTTP/1.1\nHost: a\r\n\r\n", 400],
  "a bare line feed behind a field": ["GET / HTTP/1.1\r\nHost: a\n\r\n", 400],
  "a bare line feed at the end": ["GET / HTTP/1.1\r\nHost: a\r\n\n", 400],
  "a bare carriage return": ["GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400],
  "a bare carriage return at the end": ["GET / HTTP/1.1\r\nHost: a\r\n\rX", 400],
  "a folded line": [head("GET / HTTP/1.1", "Host: a", "X: b", " c"), 400],
  "a line folded with a tab": [head("GET / HTTP/1.1", "Host: a", "X: b", "\tc"), 400],
  "a first line that is folded": [head("GET / HTTP/1.1", " Host: a"), 400],
  "a space before the colon": [head("GET / HTTP/1.1", "Host : a"), 400],
  "a tab before the colon": [head("GET / HTTP/1.1", "Host: a", "X\t: b"), 400],
  "a name with a space": [head("GET / HTTP/1.1", "Host: a", "X Y: b"), 400],
  "a line without a colon": [head("GET / HTTP/1.1", "Host: a", "X"), 400],
  "an empty name": [head("GET / HTTP/1.1", "Host: a", ": b"), 400],
  "a zero byte in a value": [head("GET / HTTP/1.1", "Host: a", "X: a\0b"), 400],
  "a zero byte in a name": [head("GET / HTTP/1.1", "Host: a", "X\0: b"), 400],
  "no Host": [head("GET / HTTP/1.1", "X: y"), 400],
  "two Hosts": [head("GET / HTTP/1.1", "Host: a", "Host: a"), 400],
  "an empty Host": [head("GET / HTTP/1.1", "Host:"), 400],
  "a Host with a path": [head("GET / HTTP/1.1", "Host: a/b"), 400],
  "a Host with a user": [head("GET / HTTP/1.1", "Host: a@b"), 400],
  "a list of Hosts": [head("GET / HTTP/1.1", "Host: a, b"), 400],
  "a target with another host than Host": [head("GET http://b/ HTTP/1.1", "Host: a"), 400],
  "a target with a space": [head("GET /a b HTTP/1.1", "Host: a"), 400],
  "a target with a fragment": [head("GET /a#b HTTP/1.1", "Host: a"), 400],
  "a target with a raw byte": [head("GET /\xff HTTP/1.1", "Host: a"), 400],
  "a target without a slash": [head("GET a HTTP/1.1", "Host: a"), 400],
  "two spaces in the request line": [head("GET  / HTTP/1.1", "Host: a"), 400],
  "a tab in the request line": [head("GET\t/ HTTP/1.1", "Host: a"), 400],
  "a space behind the version": [head("GET / HTTP/1.1 ", "Host: a"), 400],
  "no version": [head("GET /", "Host: a"), 400],
  "two empty lines first": [`\r\n\r\n${get()}`, 400],
  "a space first": [` ${get()}`, 400],
  "a nominated Host": [head("GET / HTTP/1.1", "Host: a", "Connection: close, host"), 400],
  "a nominated length": [
    head("POST / HTTP/1.1", "Host: a", "Connection: content-length", "Content-Length: 3") + "abc",
    400,
  ],
  "an unknown expectation": [head("GET / HTTP/1.1", "Host: a", "Expect: 200-ok"), 417],
  "HTTP/1.2": [head("GET / HTTP/1.2", "Host: a"), 505],
  "HTTP/2": ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
  "HTTP/0.9": ["GET /\r\n", 400],
  "an unknown method": [head("BREW / HTTP/1.1", "Host: a"), 501],
  "a method in lower case": [head("get / HTTP/1.1", "Host: a"), 501],
  TRACE: [head("TRACE / HTTP/1.1", "Host: a"), 405],
  CONNECT: [head("CONNECT a:443 HTTP/1.1", "Host: a"), 405],
  "the hello of TLS": ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
  "a long target": [head(`GET /${"a".repeat(8192)} HTTP/1.1`, "Host: a"), 414],
  "a long field": [head("GET / HTTP/1.1", "Host: a", `X: ${"a".repeat(40_000)}`), 431],
  "many fields": [head("GET / HTTP/1.1", "Host: a", ...Array.from({ length: 200 }, (_, i) => `X-${i}: a`)), 431],
  "a head without end": [`GET / HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(40_000)}`, 431],
};
for (const [what, [text, status]] of Object.entries(refused)) {
  test(`${what} is refused with ${status}, and the connection closed`, async () => {
    await rig.start([url], null);
    const answer = await rig.ask(text + get("/smuggled"));
    expect(answer.slice(9, 12)).toBe(String(status));
    expect(answer).toMatch(/\r\nConnection: close\r\n\r\n/);
    expect(answer.match(/HTTP\/1.1 \d+ /g)).toHaveLength(1);
    expect(reached).toEqual([]);
    expect(rig.memory.all).toEqual([]);
  });
}

test("one empty line before a request is overlooked", async () => {
  await rig.start([url], null);
  const client = rig.client();
  client.say("\r");
  await new Promise((resolve) => setTimeout(resolve, 10));
  client.say("\n");
  await new Promise((resolve) => setTimeout(resolve, 10));
  client.say(`${get("/a")}\r\n${get("/b", last)}`);
  expect((await client.closed).match(/ok\./g)).toHaveLength(2);
});

test("a chunk that is malformed in the middle of a body: 400, and nobody's failure", async () => {
  await rig.start([url], null);
  const client = rig.client();
  client.say(chunked("3\r\nabc\r\n"));
  await until(() => reached.length === 1);
  client.say("xyz");
  expect(await client.closed).toMatch(/^HTTP\/1.1 400 [^]*chunk size/);
  expect(await rig.settled()).toEqual(["stable assigned abandoned"]);
});

test("a malformed chunk when the answer has begun already: the connection is dropped", async () => {
  const echo = await rig.http((request, response) => request.pipe(response));
  await rig.start([echo], null);
  const client = rig.client();
  client.say(chunked("3\r\nabc\r\n"));
  await client.hears("abc");
  client.say("xyz");
  expect(await client.closed).not.toMatch(/400/);
  expect(await rig.settled()).toEqual(["stable assigned abandoned"]);
});

test("answers before a refusal arrive first", async () => {
  await rig.start([url], null);
  const answers = await rig.ask(`${get("/1")}${post("abc")}GET / HTTP/1.1\r\nHost : a\r\n\r\n`);
  expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 400"]);
});

test("a refusal arrives though the client goes on sending", async () => {
  await rig.start([url], null);
  const client = rig.client();
  client.say(`GET /  HTTP/1.1\r\n${"x".repeat(3_000_000)}`);
  expect(await client.closed).toMatch(/^HTTP\/1.1 400 /);
  expect(client.error).toBe(null);
});

const short = { head: "150ms", idle: "200ms" };

test("a head that drips in: 408 when its time is over, however many bytes came", async () => {
  await rig.start([url], null, { options: { timeouts: short } });
  const client = rig.client();
  const drip = setInterval(() => client.say("X"), 10);
  client.say("GET / HTTP/1.1\r\nHost: a\r\n");
  const answer = await client.closed;
  clearInterval(drip);
  expect(answer).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
  expect(rig.memory.all).toEqual([]);
});

test("a client that says nothing is let go without a word, at first and between requests", async () => {
  await rig.start([url], null, { options: { timeouts: short } });
  const silent = rig.client();
  expect(await silent.closed).toBe("");
  const done = rig.client();
  done.say(get());
  expect(await done.closed).toMatch(/ok\.$/);
});

test("a body that stops coming: 408, and nobody's failure", async () => {
  await rig.start([url], null, { options: { timeouts: short } });
  const client = rig.client();
  client.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  expect(await client.closed).toMatch(/^HTTP\/1.1 408 /);
  expect(await rig.settled()).toEqual(["stable assigned abandoned"]);
});

test("a client that does not take its answer is given up", async () => {
  const endless = await rig.http((_request, response) => {
    response.on("error", () => {});
    const more = () => {
      while (response.write(Buffer.alloc(65_536)));
    };
    response.on("drain", more);
    more();
  });
  await rig.start([endless], null, { options: { timeouts: short } });
  const client = rig.client();
  client.socket.pause();
  client.say(get());
  await until(() => rig.memory.all.length === 1);
  expect(await rig.settled()).toEqual(["stable assigned abandoned"]);
  expect(rig.proxy.connections).toBe(0);
});

test("connections beyond the limit are refused, and there is room again when one ends", async () => {
  await rig.start([url], null, { options: { limits: { connections: 2 } } });
  const [a, b] = [rig.client(), rig.client()];
  for (const client of [a, b]) {
    client.say(get());
    await client.hears("ok.");
  }
  const refusedOne = rig.client();
  refusedOne.say(get());
  expect(await refusedOne.closed).toBe("");
  a.socket.destroy();
  await until(() => rig.proxy.connections === 1);
  expect(await rig.ask(get("/", last))).toMatch(/ok\.$/);
});

test("draining: a connection that looked idle is served once more, and told that it was the last time", async () => {
  await rig.start([url], null);
  const client = rig.client();
  client.say(get());
  await client.hears("ok.");
  const drained = rig.proxy.drain();
  await new Promise((resolve) => setTimeout(resolve, 100));
  client.forget();
  client.say(get());
  expect(await client.closed).toMatch(/Connection: close\r\n[^]*ok\.$/);
  client.socket.destroy();
  await drained;
});

test("draining: nobody new, idle ones go, requests under way end and say that it was the last", async () => {
  let finish = () => {};
  const slow = await rig.http((_request, response) => void (finish = () => response.end("late.")));
  await rig.start([slow], null);
  const [idle, busy, partial] = [rig.client(), rig.client(), rig.client()];
  busy.say(get());
  partial.say("GET / HT");
  await until(() => rig.proxy.connections === 3 && rig.memory.all.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const drained = rig.proxy.drain();
  expect(await idle.closed).toBe("");
  expect(await partial.closed).toMatch(/^HTTP\/1.1 408 /);
  partial.socket.destroy();
  const late = connect({ port: rig.port, host: "127.0.0.1" });
  const [error] = (await once(late, "error")) as [NodeJS.ErrnoException];
  expect(error.code).toBe("ECONNREFUSED");
  finish();
  expect(await busy.closed).toMatch(/Connection: close\r\n[^]*late\.$/);
  busy.socket.destroy();
  await drained;
  expect(rig.proxy.connections).toBe(0);
});

test("draining: an answer that had begun is finished, and its connection closed", async () => {
  let finish = () => {};
  const slow = await rig.http((_request, response) => {
    response.writeHead(200, { "content-length": 10 });
    response.write("begin");
    finish = () => response.end("'end.");
  });
  await rig.start([slow], null);
  const client = rig.client();
  client.say(get());
  await client.hears("begin");
  const drained = rig.proxy.drain();
  finish();
  expect(await client.closed).toMatch(/begin'end\.$/);
  client.socket.destroy();
  await drained;
});

test("draining: copies that are still under way are given up, not failed", async () => {
  await rig.start([url], [await rig.raw(() => {})], { plan: { mirrorWeight: 10_000 } });
  await rig.ask(get("/", last));
  await rig.proxy.drain();
  expect(rig.memory.lines).toEqual(["stable assigned 200", "stable mirrored 200", "canary mirrored abandoned"]);
});

test("draining: what does not end in time is cut off", async () => {
  await rig.start([await rig.raw(() => {})], null, { options: { timeouts: { drain: "100ms" } } });
  const client = rig.client();
  client.say(get());
  await until(() => rig.memory.all.length === 1);
  await rig.proxy.drain();
  await client.closed;
  expect(await rig.settled()).toEqual(["stable assigned abandoned"]);
});

const parts = (listen: string) => ({
  options: gatewaySchema.parse({ listen }),
  recorder: rig.memory,
  health: rig.health,
  table: emptyTable(),
  now: () => performance.timeOrigin + performance.now(),
  requestId: () => "id",
});

test("an address that is taken, and one that is not ours", async () => {
  await rig.start([url], null);
  const taken = createProxy(parts(`127.0.0.1:${rig.port}`));
  await expect(taken.listen()).rejects.toMatchObject({ code: "ADDRESS_IN_USE" } satisfies Partial<SerinError>);
  await taken.drain();
  const foreign = createProxy(parts("192.0.2.1:0"));
  await expect(foreign.listen()).rejects.toMatchObject({ code: "ADDRESS_REFUSED" } satisfies Partial<SerinError>);
  await foreign.drain();
});

test("before the first plan there is nowhere to go: 503", async () => {
  const proxy = createProxy(parts("127.0.0.1:0"));
  rig.port = await proxy.listen();
  expect(await rig.ask(get("/", last))).toMatch(/^HTTP\/1.1 503 /);
  await proxy.drain();
});
