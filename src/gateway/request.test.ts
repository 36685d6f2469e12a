/** A request's head: what routing may ask of it, and that it does not matter in which pieces it came. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { mangledAnswers, mangledRequests } from "../../test/gateway/mangled.ts";
import { AnswerHead } from "./answer.ts";
import { MORE } from "./head.ts";
import { refusal } from "./refusal.ts";
import { RequestHead } from "./request.ts";

const seed = Number(process.env.SERIN_TEST_SEED ?? 20_240_609);

function parsed(...lines: string[]): RequestHead {
  const text = `${lines.join("\r\n")}\r\n\r\n`;
  const head = new RequestHead();
  expect(head.parse(Buffer.from(text, "latin1"), 0, text.length, 8192)).toBe(text.length);
  return head;
}

test.each([
  ["/", "/", ""],
  ["/a/b", "/a/b", ""],
  ["/a?b=c?d", "/a", "b=c?d"],
  ["/a?", "/a", ""],
  ["/%2e%2E/x", "/%2e%2E/x", ""],
  ["http://a/x?y", "/x", "y"],
  ["http://a", "/", ""],
  ["http://a?y", "/", "y"],
])("target %s: path %s, query %j", (target, path, query) => {
  const head = parsed(`GET ${target} HTTP/1.1`, "Host: a");
  expect([head.method, head.path, head.query]).toEqual(["GET", path, query]);
});

test("headers by name, joined when repeated", () => {
  const head = parsed(
    "GET / HTTP/1.1",
    "Host: a",
    "X-A: 1",
    "x-a:  2 ",
    "Cookie: a=1",
    "Cookie: b=2",
    "X-AB: 3",
    "X-E:",
  );
  expect(head.header("x-a")).toBe("1, 2");
  expect(head.header("cookie")).toBe("a=1; b=2");
  expect(head.header("x-e")).toBe("");
  expect(head.header("x-c")).toBe(null);
  expect(head.header("host")).toBe("a");
});

test("names with bytes that only look like letters when case is ignored", () => {
  const head = parsed("GET / HTTP/1.1", "Host: a", "X^A: caret", "X_A: line");
  expect(head.header("x^a")).toBe("caret");
  expect(head.header("x~a")).toBe(null);
  expect(head.header("x_a")).toBe("line");
});

test.each([
  ["a=1", "a", "1"],
  ["a=1; b=2", "b", "2"],
  ["aa=1; a=2", "a", "2"],
  ["xa=1; a=2", "a", "2"],
  ["a=1; a=2", "a", "1"],
  ["a=", "a", ""],
  ["a=b=c", "a", "b=c"],
  ["b; a=1", "a", "1"],
  ["a=1;b=2", "b", "2"],
  ['a="q; b=2"', "b", '2"'],
  ["A=1", "a", null],
  ["a", "a", null],
  ["b=a=1", "a", null],
  ["", "a", null],
])("of cookies %j the one named %s is %j", (cookies, name, value) => {
  expect(parsed("GET / HTTP/1.1", "Host: a", `Cookie: ${cookies}`).cookie(name)).toBe(value);
});

test("the first of several Cookie fields that has it", () => {
  expect(parsed("GET / HTTP/1.1", "Host: a", "Cookie: b=1", "Cookie: a=2", "Cookie: a=3").cookie("a")).toBe("2");
  expect(parsed("GET / HTTP/1.1", "Host: a").cookie("a")).toBe(null);
});

test.each([
  [["GET / HTTP/1.1", "Host: a"], true],
  [["GET / HTTP/1.1", "Host: a", "Connection: Close"], false],
  [["GET / HTTP/1.1", "Host: a", "Connection: x, close"], false],
  [["GET / HTTP/1.0"], false],
  [["GET / HTTP/1.0", "Connection: Keep-Alive"], true],
  [["GET / HTTP/1.0", "Connection: keep-alive, close"], false],
])("%j keeps the connection: %s", (lines, keeps) => {
  expect(parsed(...lines).keepsAlive).toBe(keeps);
});

test.each([
  [["Connection: Upgrade", "Upgrade: websocket"], true],
  [["Upgrade: websocket"], false],
  [["Connection: Upgrade"], false],
  [["Connection: Upgrade", "Upgrade: h2c"], false],
  [["Connection: Upgrade", "Upgrade: websocket", "Content-Length: 0"], true],
  [["Connection: Upgrade", "Upgrade: websocket", "Content-Length: 1"], false],
  [["Connection: Upgrade", "Upgrade: websocket", "Transfer-Encoding: chunked"], false],
])("%j wants an upgrade: %s", (lines, wants) => {
  expect(parsed("GET / HTTP/1.1", "Host: a", ...lines).wantsUpgrade).toBe(wants);
});

test("one record serves head after head and remembers nothing", () => {
  const first =
    "POST http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\nCookie: a=1\r\nX-Forwarded-For: b\r\nX-Request-Id: c\r\nConnection: close, x\r\n\r\n";
  const second = "GET /b HTTP/1.0\r\n\r\n";
  const bytes = Buffer.from(first + second, "latin1");
  const head = new RequestHead();
  expect(head.parse(bytes, 0, bytes.length, 8192)).toBe(first.length);
  expect(head.parse(bytes, first.length, bytes.length, 8192)).toBe(bytes.length);
  expect(head).toMatchObject({
    chunked: false,
    expectsContinue: false,
    claims: false,
    requestId: -1,
    saysClose: false,
  });
  expect(head).toMatchObject({ nominates: false, absolute: false, drops: 0, host: -1, path: "/b" });
  expect(head.cookie("a")).toBe(null);
});

/** A parser is asked again with every piece that comes in: it must not change its mind. */
function expectSteady(parse: (end: number) => number, length: number): void {
  const decided = parse(length);
  for (let end = 0; end < length; end++) {
    const sooner = parse(end);
    if (sooner === MORE) continue;
    if (sooner > 0) expect(decided).toBe(sooner);
    else expect(decided).toBeLessThan(0);
  }
  if (decided > 0) expect(parse(decided)).toBe(decided);
  if (decided > 0) expect(parse(decided - 1)).toBe(MORE);
}

test("requests in pieces: incomplete until complete, and refused for good", () => {
  fc.assert(
    fc.property(mangledRequests, (bytes) => {
      const head = new RequestHead();
      expectSteady((end) => head.parse(bytes, 0, end, 8192), bytes.length);
    }),
    { seed, numRuns: 1000 },
  );
});

test("answers in pieces: the same", () => {
  fc.assert(
    fc.property(mangledAnswers, (bytes) => {
      const head = new AnswerHead();
      expectSteady((end) => head.parse(bytes, 0, end), bytes.length);
    }),
    { seed, numRuns: 1000 },
  );
});

test("the limit of the target is exact", () => {
  const head = new RequestHead();
  const parse = (length: number) => {
    const text = `GET /${"a".repeat(length - 1)} HTTP/1.1\r\nHost: a\r\n\r\n`;
    return head.parse(Buffer.from(text), 0, text.length, 256);
  };
  expect(parse(256)).toBeGreaterThan(0);
  expect(refusal(parse(257)).name).toBe("targetTooLong");
});
