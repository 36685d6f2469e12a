/** Heads for the next hop: what stays byte for byte, what goes, what is added. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig, get, last } from "../../test/gateway/rig.ts";
import { AnswerHead } from "./answer.ts";
import { type Ending, answerRoom, forwardAnswer, forwardRequest, requestRoom } from "./forward.ts";
import { RequestHead } from "./request.ts";

const peer = { address: "192.0.2.7", local: "127.0.0.1:8080" };
const lines = (...all: string[]) => `${all.join("\r\n")}\r\n\r\n`;

/** What goes on, less what is always added. */
function forwarded(text: string, trusted = false): string {
  const head = new RequestHead();
  expect(head.parse(Buffer.from(text, "latin1"), 0, text.length, 8192)).toBe(text.length);
  const target = Buffer.alloc(requestRoom(head));
  const end = forwardRequest(head, peer, trusted, () => "id-1", target, 0);
  return target.toString("latin1", 0, end);
}
const added = ["X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: http", "X-Forwarded-Host: a", "X-Request-Id: id-1"];

test.each<[string, string[], string[]]>([
  [
    "fields pass as they came",
    ["Host: a", "uSeR-aGeNt:x", "X:  \t spaced \t", "Empty:"],
    ["Host: a", "uSeR-aGeNt:x", "X:  \t spaced \t", "Empty:"],
  ],
  ["repeated fields stay apart, in order", ["Host: a", "A: 1", "B: 2", "A: 3"], ["Host: a", "A: 1", "B: 2", "A: 3"]],
  ["bytes beyond ASCII pass", ["Host: a", "X: \xc3\xa9\xff"], ["Host: a", "X: \xc3\xa9\xff"]],
  [
    "fields for this hop go",
    [
      "Host: a",
      "Connection: keep-alive",
      "Keep-Alive: timeout=5",
      "X: y",
      "TE: gzip",
      "Proxy-Authorization: x",
      "Proxy-Connection: close",
    ],
    ["Host: a", "X: y"],
  ],
  [
    "fields that Connection names go too",
    ["X-Hop: 1", "Host: a", "Connection: x-hop, X-OTHER ,close", "X-Stay: 2", "X-Other: 3"],
    ["Host: a", "X-Stay: 2"],
  ],
  ["Connection with empty members", ["Host: a", "Connection: , ,keep-alive,,"], ["Host: a"]],
  ["an upgrade that is not asked for in Connection goes", ["Host: a", "Upgrade: websocket"], ["Host: a"]],
  ["h2c goes", ["Host: a", "Connection: upgrade, http2-settings", "Upgrade: h2c", "HTTP2-Settings: AA"], ["Host: a"]],
  [
    "what clients claim about themselves goes",
    [
      "Host: a",
      "X-Forwarded-For: 6.6.6.6",
      "X-Real-IP: 6.6.6.6",
      "Forwarded: for=6.6.6.6",
      "X-Forwarded-Proto: https",
      "X-Forwarded-Port: 1",
      "x-forwarded-host: evil",
      "X: y",
    ],
    ["Host: a", "X: y"],
  ],
  [
    "lengths and expectations pass",
    ["Host: a", "Content-Length: 3", "Expect: 100-continue"],
    ["Host: a", "Content-Length: 3", "Expect: 100-continue"],
  ],
])("%s", (_what, from, to) => {
  expect(forwarded(lines("POST /a?b HTTP/1.1", ...from))).toBe(lines("POST /a?b HTTP/1.1", ...to, ...added));
});

test.each([
  ["/a?b", "/a?b"],
  ["http://a/x?y", "/x?y"],
  ["HTTP://a", "/"],
  ["https://a?q", "/?q"],
])("the target %s goes on as %s", (from, to) => {
  expect(forwarded(lines(`GET ${from} HTTP/1.1`, "Host: a"))).toBe(lines(`GET ${to} HTTP/1.1`, "Host: a", ...added));
});

test("OPTIONS of everything", () => {
  expect(forwarded(lines("OPTIONS * HTTP/1.1", "Host: a"))).toMatch(/^OPTIONS \* HTTP\/1.1\r\n/);
  expect(forwarded(lines("OPTIONS http://a HTTP/1.1", "Host: a"))).toMatch(/^OPTIONS \* HTTP\/1.1\r\n/);
});

test("HTTP/1.0 goes on as HTTP/1.1, with a Host when it has none", () => {
  expect(forwarded(lines("GET / HTTP/1.0", "X: y"))).toBe(
    lines("GET / HTTP/1.1", "X: y", "Host: 127.0.0.1:8080", added[0], added[1], added[3]),
  );
});

test("an upgrade goes on as one", () => {
  const head = forwarded(
    lines("GET /chat HTTP/1.1", "Host: a", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x"),
  );
  expect(head).toBe(
    lines(
      "GET /chat HTTP/1.1",
      "Host: a",
      "Sec-WebSocket-Key: x",
      ...added,
      "Connection: upgrade",
      "Upgrade: websocket",
    ),
  );
});

test("that trailers are welcome goes on, for they are passed", () => {
  const head = forwarded(lines("GET / HTTP/1.1", "Host: a", "Connection: TE", "TE: Trailers"));
  expect(head).toBe(lines("GET / HTTP/1.1", "Host: a", ...added, "Connection: te", "TE: trailers"));
});

test.each([
  ["kept", ["X-Request-Id: abc-123"], ["X-Request-Id: abc-123"]],
  ["replaced when it is too long", [`X-Request-Id: ${"a".repeat(129)}`], []],
  ["replaced when it has odd bytes", ["X-Request-Id: a b"], []],
  ["replaced when it is empty", ["X-Request-Id:"], []],
  ["replaced when there are several", ["X-Request-Id: a", "X-Request-Id: b"], []],
])("a request id is %s", (_what, from, stays) => {
  const expected = stays.length > 0 ? added.slice(0, 3) : added;
  expect(forwarded(lines("GET / HTTP/1.1", "Host: a", ...from))).toBe(
    lines("GET / HTTP/1.1", "Host: a", ...stays, ...expected),
  );
});

test("behind believed proxies the list grows and what they say stays", () => {
  const from = [
    "Host: a",
    "X-Forwarded-For: 192.0.2.1",
    "X-Forwarded-Proto: https",
    "X-Forwarded-For: 10.0.0.1, 10.0.0.2",
    "X-Real-IP: 192.0.2.1",
  ];
  expect(forwarded(lines("GET / HTTP/1.1", ...from), true)).toBe(
    lines(
      "GET / HTTP/1.1",
      "Host: a",
      "X-Forwarded-Proto: https",
      "X-Real-IP: 192.0.2.1",
      "X-Forwarded-For: 192.0.2.1, 10.0.0.1, 10.0.0.2, 192.0.2.7",
      "X-Forwarded-Host: a",
      "X-Request-Id: id-1",
    ),
  );
});

test("believed proxies that say nothing are filled in for", () => {
  expect(forwarded(lines("GET / HTTP/1.1", "Host: a"), true)).toBe(lines("GET / HTTP/1.1", "Host: a", ...added));
  expect(forwarded(lines("GET / HTTP/1.1", "Host: a", "X-Forwarded-Host: shop"), true)).toMatch(
    /Host: a\r\nX-Forwarded-Host: shop\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\nX-Request-Id/,
  );
});

function answered(text: string, setCookie: string | null, ending: Ending, unchunks = false): string {
  const head = new AnswerHead();
  expect(head.parse(Buffer.from(text, "latin1"), 0, text.length)).toBe(text.length);
  const target = Buffer.alloc(answerRoom(head, setCookie));
  return target.toString("latin1", 0, forwardAnswer(head, setCookie, ending, unchunks, target, 0));
}

test.each<[string, string[], string | null, Ending, string[]]>([
  [
    "passes as it came",
    ["HTTP/1.1 200 Fine", "Server: x", "Date: d", "ETag: \xff"],
    null,
    "",
    ["HTTP/1.1 200 Fine", "Server: x", "Date: d", "ETag: \xff"],
  ],
  [
    "loses what was for this hop",
    ["HTTP/1.1 200 OK", "Connection: keep-alive, X-Hop", "X-Hop: 1", "Keep-Alive: timeout=5", "A: b"],
    null,
    "",
    ["HTTP/1.1 200 OK", "A: b"],
  ],
  ["says that it is the last", ["HTTP/1.1 200 OK"], null, "close", ["HTTP/1.1 200 OK", "Connection: close"]],
  [
    "says that the connection stays",
    ["HTTP/1.1 200 OK"],
    null,
    "keep-alive",
    ["HTTP/1.1 200 OK", "Connection: keep-alive"],
  ],
  [
    "brings the visitor's cookie beside others",
    ["HTTP/1.1 200 OK", "Set-Cookie: a=b"],
    "serin=x; Path=/",
    "",
    ["HTTP/1.1 200 OK", "Set-Cookie: a=b", "Set-Cookie: serin=x; Path=/"],
  ],
  ["is HTTP/1.1 whatever the backend speaks", ["HTTP/1.0 200 OK", "A: b"], null, "", ["HTTP/1.1 200 OK", "A: b"]],
  ["has a space where a reason is missing", ["HTTP/1.1 200", "A: b"], null, "", ["HTTP/1.1 200 ", "A: b"]],
  [
    "has no length where there is no body",
    ["HTTP/1.1 204 No Content", "Content-Length: 0"],
    null,
    "",
    ["HTTP/1.1 204 No Content"],
  ],
  [
    "switches",
    ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket", "A: b"],
    null,
    "upgrade",
    ["HTTP/1.1 101 Switching Protocols", "A: b", "Connection: upgrade", "Upgrade: websocket"],
  ],
])("an answer %s", (_what, from, setCookie, ending, to) => {
  expect(answered(lines(...from), setCookie, ending)).toBe(lines(...to));
});

test("an answer whose chunks are taken out does not speak of them", () => {
  expect(answered(lines("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "A: b"), null, "close", true)).toBe(
    lines("HTTP/1.1 200 OK", "A: b", "Connection: close"),
  );
});

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

test("over the wire: the backend sees the client's address and no hop-by-hop field, the client the visitor's cookie", async () => {
  let seen: string[] = [];
  const url = await rig.http((request, response) => {
    seen = request.rawHeaders;
    response.setHeader("Server", "their own");
    response.end("ok");
  });
  const unit = { visitor: { cookie: "serin", maxAgeSeconds: 60, secure: false } };
  await rig.start([url], [url], { plan: { unit } });
  const answer = await rig.ask(get("/", "X-Forwarded-For: 6.6.6.6", last));
  expect(seen).toEqual([
    "Host",
    "shop.example",
    "X-Forwarded-For",
    "127.0.0.1",
    "X-Forwarded-Proto",
    "http",
    "X-Forwarded-Host",
    "shop.example",
    "X-Request-Id",
    "id-1",
  ]);
  expect(answer).toMatch(
    /Server: their own\r\n[^]*Set-Cookie: serin=v+A; Path=\/; Max-Age=60; HttpOnly; SameSite=Lax\r\n/,
  );
  expect(await rig.ask(get("/", "Cookie: a=b; serin=vvvvvvvvvvvvvvvvvvvvvA", last))).not.toMatch(/Set-Cookie/);
});

test("over the wire: units by address are told apart behind a believed proxy, and only there", async () => {
  const url = await rig.http((_request, response) => response.end("ok"));
  const plan = { unit: { address: {} }, canaryWeight: 1 };
  await rig.start([url], [url], { plan, options: { trustForwarded: 1 } });
  for (const address of ["192.0.2.1", "192.0.2.2", "192.0.2.1"]) {
    await rig.ask(get("/", `X-Forwarded-For: ${address}`, last));
  }
  const [a, b, c] = rig.memory.all.map(({ unit }) => unit);
  expect(a).toBe(c);
  expect(a).not.toBe(b);
});
