/** The data path over real sockets: HTTP/1.1 as clients and backends speak it. */
import { once } from "node:events";
import { Agent, request as ask } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig, get, last, post, until } from "../../test/gateway/rig.ts";

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

const ok = (body = "ok") => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

test("both sides keep their connections", async () => {
  const connections = new Set<unknown>();
  const url = await rig.http((request, response) => {
    connections.add(request.socket);
    response.end(`${request.method} ${request.url}`);
  });
  await rig.start([url], null);
  const client = rig.client();
  for (let i = 0; i < 5; i++) {
    client.say(get(`/${i}?q=${i}`));
    await client.hears(`GET /${i}?q=${i}`);
  }
  expect(connections.size).toBe(1);
  expect(rig.proxy.connections).toBe(1);
  expect(await rig.settled()).toEqual(Array(5).fill("stable assigned 200"));
});

test("pipelined requests are answered in order, whatever came in one piece", async () => {
  const url = await rig.http((request, response) => {
    const late = request.url === "/1" ? 30 : 0;
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => setTimeout(() => response.end(`<${request.url} ${body}>`), late));
  });
  await rig.start([url], null);
  const chunked = "POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  const all = get("/1") + post("hello") + chunked + get("/4", last);
  const answers = await rig.ask(all);
  expect(answers.match(/<[^>]*>/g)).toEqual(["</1 >", "</ hello>", "</3 abc>", "</4 >"]);
});

const unchunked = (text: string) => text.replace(/[0-9a-f]+\r\n(.*)\r\n/g, "$1").replace("\r\n", "");

test("pipelined requests in pieces of every size", async () => {
  const url = await rig.http((request, response) => request.pipe(response));
  await rig.start([url], null);
  const chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n";
  const all = post("one") + chunked + get("/", last);
  for (const size of [1, 2, 3, 7, 19, 50]) {
    const client = rig.client();
    for (let at = 0; at < all.length; at += size) {
      client.say(all.slice(at, at + size));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const bodies = (await client.closed).split(/HTTP\/1.1 200 OK\r\n[^]*?\r\n\r\n/).map(unchunked);
    expect(bodies).toEqual(["", "one", "abcd", ""]);
  }
});

test("more pipelined requests than are held wait in the kernel and are all answered", async () => {
  const url = await rig.http((request, response) => response.end(`<${request.url}>`));
  await rig.start([url], null, { options: { limits: { headBytes: 1024 } } });
  const many = Array.from({ length: 500 }, (_, i) => get(`/${i}`, ...(i === 499 ? [last] : []))).join("");
  const answers = await rig.ask(many);
  expect(answers.match(/<[^>]*>/g)).toEqual(Array.from({ length: 500 }, (_, i) => `</${i}>`));
});

test("a client that asks for more than it reads is not asked for: its requests wait", async () => {
  let reached = 0;
  const url = await rig.http((_request, response) => {
    reached += 1;
    response.end(Buffer.alloc(500_000, "x"));
  });
  await rig.start([url], null);
  const client = rig.client();
  client.socket.pause();
  client.say(get().repeat(100));
  await until(() => reached > 0);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(reached).toBeLessThan(50);
  client.socket.resume();
  await until(() => (client.heard.match(/HTTP\/1.1 200 OK/g)?.length ?? 0) === 100);
});

test("a backend that closes after each answer: the client's connection stays", async () => {
  const url = await rig.http((_request, response) => response.setHeader("connection", "close").end("ok."));
  await rig.start([url], null);
  const client = rig.client();
  for (let i = 1; i <= 5; i++) {
    client.say(get());
    await client.hears(new RegExp(`(?:ok\\.[^]*){${i}}`));
  }
  expect(client.heard).not.toMatch(/close/);
  expect(await rig.settled()).toEqual(Array(5).fill("stable assigned 200"));
});

test("a head or body may come in any pieces from the backend too", async () => {
  const text = `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok("hello")}`;
  const url = await rig.raw(async (peer) => {
    await peer.hears("\r\n\r\n");
    for (const byte of text) {
      peer.say(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  await rig.start([url], null);
  expect(await rig.ask(get("/", last))).toBe(text.replace("5\r\n\r\nhello", "5\r\nConnection: close\r\n\r\nhello"));
});

test("HTTP/1.0: closes after the answer, or stays when asked to", async () => {
  const seen: string[] = [];
  const url = await rig.http((request, response) => {
    seen.push(`${request.httpVersion} ${request.headers.host}`);
    response.setHeader("content-length", 2);
    response.end("ok");
  });
  await rig.start([url], null);
  const closing = await rig.ask("GET / HTTP/1.0\r\n\r\n");
  expect(closing).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  expect(closing).toMatch(/\r\nConnection: close\r\n\r\nok$/);
  const client = rig.client();
  client.say("GET / HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\n\r\n");
  await client.hears("Connection: keep-alive\r\n\r\nok");
  client.say("GET / HTTP/1.0\r\nHost: a.example\r\n\r\n");
  await client.closed;
  expect(seen).toEqual([`1.1 127.0.0.1:${rig.port}`, "1.1 a.example", "1.1 a.example"]);
});

test("HTTP/1.0: chunked answers come without the chunks, and no 1xx at all", async () => {
  const url = await rig.raw(async (peer) => {
    await peer.hears("\r\n\r\n");
    peer.say("HTTP/1.1 103 Early Hints\r\n\r\n");
    peer.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n1\r\n");
    await new Promise((resolve) => setTimeout(resolve, 10));
    peer.say("!\r\n0\r\nX-Checksum: 1\r\n\r\n");
  });
  await rig.start([url], null);
  expect(await rig.ask("GET / HTTP/1.0\r\n\r\n")).toBe("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello!");
});

test("a backend of HTTP/1.0 whose answers end with the connection", async () => {
  const url = await rig.raw(async (peer) => {
    await peer.hears("\r\n\r\n");
    peer.say("HTTP/1.0 200\r\nContent-Type: text/plain\r\n\r\nall ");
    await new Promise((resolve) => setTimeout(resolve, 10));
    peer.say("of it");
    peer.socket.end();
  });
  await rig.start([url], null);
  const answer = await rig.ask(get());
  expect(answer).toBe("HTTP/1.1 200 \r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nall of it");
  expect(await rig.settled()).toEqual(["stable assigned 200"]);
});

test("HEAD, 204 and 304 have no body, whatever their heads say", async () => {
  const url = await rig.raw(async (peer) => {
    await peer.hears("\r\n\r\n");
    peer.say("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    await peer.hears("GET /204");
    peer.say("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n");
    await peer.hears("GET /304");
    peer.say('HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\nETag: "a"\r\n\r\n');
    await peer.hears("GET /end");
    peer.say(ok());
  });
  await rig.start([url], null);
  const client = rig.client();
  client.say("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.hears("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  client.say(get("/204"));
  await client.hears("HTTP/1.1 204 No Content\r\n\r\n");
  client.say(get("/304"));
  await client.hears('Content-Length: 77\r\nETag: "a"\r\n\r\n');
  client.say(get("/end", last));
  expect(await client.closed).toMatch(/ok$/);
});

test("trailers pass both ways", async () => {
  let trailers: unknown;
  const url = await rig.http((request, response) => {
    request.resume().on("end", () => {
      trailers = request.rawTrailers;
      response.writeHead(200, { trailer: "X-Sum" });
      response.write("body");
      response.addTrailers({ "X-Sum": "42" });
      response.end();
    });
  });
  await rig.start([url], null);
  const answer = await rig.ask(
    "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Up\r\nConnection: close\r\n\r\n" +
      "2\r\nhi\r\n0\r\nX-Up: yes\r\n\r\n",
  );
  expect(trailers).toEqual(["X-Up", "yes"]);
  expect(answer).toMatch(/\r\n4\r\nbody\r\n0\r\nX-Sum: 42\r\n\r\n$/);
});

test("streams both ways at once: an echo talks while it is still listening", async () => {
  const url = await rig.http((request, response) => {
    response.writeHead(200);
    request.pipe(response);
  });
  await rig.start([url], null);
  const client = rig.client();
  client.say("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (let i = 0; i < 20; i++) {
    client.say(`1\r\n<\r\n`);
    await client.hears(new RegExp(`(?:<[^<]*){${i + 1}}`));
  }
  client.say("0\r\n\r\n");
  await client.hears(/0\r\n\r\n$/);
  client.say(get("/", last));
  await client.closed;
  expect(await rig.settled()).toEqual(["stable assigned 200", "stable assigned 200"]);
});

test("server-sent events arrive one by one, and silence between them is no timeout", async () => {
  let tell: (text: string) => void = () => {};
  const url = await rig.http((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    tell = (text) => response.write(`data: ${text}\n\n`);
    tell("hello");
  });
  await rig.start([url], null, { options: { timeouts: { response: "100ms" } } });
  const client = rig.client();
  client.say(get());
  await client.hears("data: hello\n\n");
  await new Promise((resolve) => setTimeout(resolve, 500));
  tell("still there");
  await client.hears("data: still there\n\n");
});

test("100-continue: the body is sent when the backend says so", async () => {
  const url = await rig.http((request, response) => request.pipe(response));
  await rig.start([url], null);
  const client = rig.client();
  client.say("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
  await client.hears("HTTP/1.1 100 Continue\r\n\r\n");
  client.say("hello");
  expect(await client.closed).toMatch(/hello/);
});

test("100-continue: a final answer instead ends the connection, the body never being sent", async () => {
  const url = await rig.http(
    () => {},
    (server) => server.on("checkContinue", (_request, response) => response.writeHead(401).end("no")),
  );
  await rig.start([url], null);
  const client = rig.client();
  client.say("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  expect(await client.closed).toMatch(/^HTTP\/1.1 401 [^]*Connection: close\r\n[^]*no/);
});

test("interim answers pass", async () => {
  const url = await rig.http((_request, response) => {
    response.writeEarlyHints({ link: "</style.css>; rel=preload" });
    response.end("done");
  });
  await rig.start([url], null);
  const answer = await rig.ask(get("/", last));
  expect(answer).toMatch(/^HTTP\/1.1 103 Early Hints\r\nLink: <\/style.css>; rel=preload\r\n\r\nHTTP\/1.1 200 OK\r\n/);
});

test("the first answers to an unfinished upload: the client gets them whole, again and again", async () => {
  const body = `too large${"!".repeat(2000)}`;
  const answer = `HTTP/1.1 413 Content Too Large\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
  const url = await rig.raw(async (peer) => {
    await peer.hears("\r\n\r\n");
    peer.say(answer);
    peer.socket.end();
    peer.socket.destroySoon();
  });
  await rig.start([url], null);
  for (let i = 0; i < 30; i++) {
    const client = rig.client();
    client.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n");
    const piece = "x".repeat(100_000);
    const upload = setInterval(() => client.say(piece), 0);
    expect(await client.closed).toBe(answer);
    clearInterval(upload);
    client.socket.destroy();
  }
  expect(await rig.settled()).toEqual(Array(30).fill("stable assigned 413"));
});

test("a large upload and a large download arrive byte for byte", async () => {
  const size = 30_000_000;
  const url = await rig.http((request, response) => {
    response.writeHead(200, { "content-length": size });
    request.pipe(response);
  });
  await rig.start([url], null);
  const sent = Buffer.alloc(size);
  for (let i = 0; i < size; i += 4) sent.writeUInt32LE((i * 2_654_435_761) >>> 0, i);
  const request = ask({ port: rig.port, method: "POST", path: "/", headers: { "content-length": size } });
  request.end(sent);
  const [response] = (await once(request, "response")) as [AsyncIterable<Buffer>];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  expect(Buffer.concat(chunks).equals(sent)).toBe(true);
});

test("back-pressure: a client that does not read stops the backend", async () => {
  let written = 0;
  const url = await rig.http((_request, response) => {
    response.writeHead(200, { "content-type": "application/octet-stream" });
    const piece = Buffer.alloc(65_536, "x");
    const more = () => {
      while (response.write(piece)) written += piece.length;
      written += piece.length;
    };
    response.on("drain", more);
    more();
  });
  await rig.start([url], null);
  const client = rig.client();
  client.socket.pause();
  client.say(get());
  await new Promise((resolve) => setTimeout(resolve, 200));
  const before = written;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(written).toBe(before);
  expect(before).toBeLessThan(30_000_000);
  client.socket.resume();
  await until(() => written > before + 20_000_000);
  client.socket.destroy();
  expect(await rig.settled()).toEqual(["stable assigned abandoned"]);
});

test("back-pressure: a backend that does not read stops the client", async () => {
  const url = await rig.raw((peer) => void peer.socket.pause());
  await rig.start([url], null);
  const client = rig.client();
  client.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
  const piece = "x".repeat(100_000);
  let said = 0;
  while (said < 1000 && client.socket.writableLength < 1_000_000) {
    client.say(piece);
    said += 1;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(said).toBeLessThan(1000);
});

test("a client that goes away takes its request to the backend with it", async () => {
  let aborted = false;
  const url = await rig.http((request, response) => {
    response.on("close", () => (aborted = !response.writableFinished));
    request.resume();
  });
  await rig.start([url], null);
  const client = rig.client();
  client.say(get());
  await until(() => rig.memory.all.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  client.socket.destroy();
  await until(() => aborted);
  expect(await rig.settled()).toEqual(["stable assigned abandoned"]);
});

test("a client that goes away in the middle of an answer, or of its own body", async () => {
  let closed = 0;
  const url = await rig.http((request, response) => {
    request.resume();
    response.writeHead(200);
    response.write("beginning");
    response.on("close", () => (closed += 1));
  });
  await rig.start([url], null);
  const reading = rig.client();
  reading.say(get());
  await reading.hears("beginning");
  reading.socket.destroy();
  const writing = rig.client();
  writing.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
  await writing.hears("beginning");
  writing.socket.resetAndDestroy();
  await until(() => closed === 2);
  expect(await rig.settled()).toEqual(Array(2).fill("stable assigned abandoned"));
});

test("a client that goes away behind its last request takes it along too, a moment later", async () => {
  let closed = false;
  const url = await rig.http((_request, response) => void response.on("close", () => (closed = true)));
  await rig.start([url], null);
  const client = rig.client();
  client.say(get("/", last));
  await until(() => rig.memory.all.length === 1);
  client.socket.destroy();
  await until(() => closed);
  expect(await rig.settled()).toEqual(["stable assigned abandoned"]);
});

test("a client that is done talking still gets the answer to its last request", async () => {
  const url = await rig.http((_request, response) => void setTimeout(() => response.end("late"), 50));
  await rig.start([url], null);
  const client = rig.client();
  client.socket.end(get("/", last));
  expect(await client.closed).toMatch(/late/);
  expect(await rig.settled()).toEqual(["stable assigned 200"]);
});

test("agents of node:http find nothing to complain about under concurrency", async () => {
  const url = await rig.http((request, response) => request.pipe(response));
  await rig.start([url], null);
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  const one = async (i: number): Promise<void> => {
    const body = `<${i}>`.repeat((i * 37) % 900);
    const request = ask({
      port: rig.port,
      method: "POST",
      agent,
      headers: i % 2 ? {} : { "content-length": body.length },
    });
    request.end(body);
    const [response] = (await once(request, "response")) as [AsyncIterable<Buffer>];
    let back = "";
    for await (const chunk of response) back += chunk.toString();
    expect(back).toBe(body);
  };
  await Promise.all(Array.from({ length: 400 }, (_, i) => one(i)));
  agent.destroy();
  expect(new Set(await rig.settled())).toEqual(new Set(["stable assigned 200"]));
});
