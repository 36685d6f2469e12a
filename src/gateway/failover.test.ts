/** What happens when backends fail: who answers instead, and what is recorded. */
import { Worker } from "node:worker_threads";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig, get, last, post, until } from "../../test/gateway/rig.ts";
import { EJECT_AFTER } from "./health.ts";

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

const all = { canaryWeight: 10_000 };
const ok = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
/** Answers every request in one piece with its body, saying who it is. */
const answering = (name: string) => () =>
  rig.http((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => response.end(`${name} ${request.method} ${body}.`));
  });
const stable = () => answering("stable")();
/** Reads a whole head and closes without a word. */
const dropping = (times = Infinity) =>
  rig.raw(async (peer, nth) => {
    await peer.hears("\r\n\r\n");
    if (nth < times) peer.socket.destroy();
    else peer.say(ok("back again"));
  });

test("a canary that is not there: stable answers, and the canary's failure is what is recorded", async () => {
  await rig.start([await stable()], [await rig.dead()], { plan: all });
  expect(await rig.ask(get("/", last))).toMatch(/stable GET/);
  expect(await rig.ask(post("paid", last))).toMatch(/stable POST paid/);
  expect(await rig.settled()).toEqual(Array(2).fill("canary assigned 0 connect"));
});

test("a canary that was ejected: stable answers without trying, and each is the canary's failure still", async () => {
  await rig.start([await stable()], [await rig.dead()], { plan: all });
  for (let i = 0; i < EJECT_AFTER + 3; i++) expect(await rig.ask(get("/", last))).toMatch(/stable GET/);
  expect(rig.health.down).toHaveLength(1);
  expect(await rig.settled()).toEqual(Array(EJECT_AFTER + 3).fill("canary assigned 0 connect"));
});

test("a forced request falls back too, and is recorded apart", async () => {
  const matches = [{ name: "qa", arm: "canary" as const, header: { name: "x-qa", value: { exact: "1" } } }];
  await rig.start([await stable()], [await rig.dead()], { plan: { matches } });
  expect(await rig.ask(get("/", "X-QA: 1", last))).toMatch(/stable GET/);
  expect(await rig.settled()).toEqual(["canary forced 0 connect"]);
});

test("a canary that hangs up without an answer: what may be sent twice goes to stable", async () => {
  await rig.start([await stable()], [await dropping()], { plan: all });
  expect(await rig.ask(get("/", last))).toMatch(/stable GET/);
  expect(await rig.ask(get("/", last).replace("GET", "DELETE"))).toMatch(/stable DELETE/);
  expect(await rig.ask(post("kept", last).replace("POST", "PUT"))).toMatch(/stable PUT kept/);
  expect(await rig.settled()).toEqual(Array(3).fill("canary assigned 0 reset"));
});

test("a canary that hangs up without an answer: what may not be sent twice ends here", async () => {
  await rig.start([await stable()], [await dropping()], { plan: all });
  const answer = await rig.ask(post("pay", last));
  expect(answer).toMatch(/^HTTP\/1.1 502 Bad Gateway\r\n/);
  expect(answer).not.toMatch(/stable/);
  expect(await rig.settled()).toEqual(["canary assigned 0 reset"]);
});

test("a body that was spent is not sent again", async () => {
  const canary = await rig.raw((peer) => {
    peer.socket.on("data", () => peer.heard.length > 500_000 && peer.socket.destroy());
  });
  await rig.start([await stable()], [canary], { plan: all });
  const answer = await rig.ask(post("x".repeat(1_000_000), last).replace("POST", "PUT"));
  expect(answer).toMatch(/^HTTP\/1.1 502 Bad Gateway\r\n/);
  expect(await rig.settled()).toEqual(["canary assigned 0 reset"]);
});

test("a body that is still coming when the canary hangs up: stable gets all of it", async () => {
  const canary = await rig.raw(async (peer) => {
    await peer.hears("half,");
    peer.socket.destroy();
  });
  await rig.start([await stable()], [canary], { plan: all });
  const client = rig.client();
  client.say(
    "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhalf,\r\n5\r\nan",
  );
  await until(() => rig.memory.all.length === 1);
  await rig.settled();
  client.say("d a\r\n8\r\n quarter\r\n0\r\n\r\n");
  expect(await client.closed).toMatch(/stable PUT half,and a quarter\./);
  expect(rig.memory.lines).toEqual(["canary assigned 0 reset"]);
});

test("a client that waits for a 100 gets it from stable when the canary is not there", async () => {
  await rig.start([await stable()], [await rig.dead()], { plan: all });
  const client = rig.client();
  client.say("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n");
  await client.hears("100 Continue");
  client.say("paid");
  expect(await client.closed).toMatch(/stable POST paid/);
});

test("a backend known by name, of whose addresses only one answers", async () => {
  const url = await stable();
  await rig.start([url.replace("127.0.0.1", "localhost")], null);
  expect(await rig.ask(get("/", last))).toMatch(/stable GET/);
  expect(await rig.settled()).toEqual(["stable assigned 200"]);
});

test("a large body whose connection never came to be goes to stable whole", async () => {
  await rig.start([await stable()], [await rig.dead()], { plan: all });
  const body = "abc".repeat(500_000);
  const answer = await rig.ask(post(body, last));
  expect(answer.includes(`stable POST ${body}.`)).toBe(true);
});

test("a canary that answers 5xx is heard: its answer passes and nothing is tried again", async () => {
  const canary = await rig.http((_request, response) => response.writeHead(500).end("broken"));
  await rig.start([await stable()], [canary], { plan: all });
  expect(await rig.ask(get("/", last))).toMatch(/^HTTP\/1.1 500 [^]*broken/);
  expect(await rig.settled()).toEqual(["canary assigned 500"]);
});

test("no backend at all", async () => {
  await rig.start([], null);
  const client = rig.client();
  client.say(get());
  await client.hears(/^HTTP\/1.1 503 Service Unavailable\r\n[^]*Content-Length: \d+\r\n[^]*no backend is up\n$/);
  client.forget();
  client.say(get().replace("GET", "HEAD"));
  await client.hears(/^HTTP\/1.1 503 [^]*\r\n\r\n$/);
  client.forget();
  client.say("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  await client.hears(/Connection: keep-alive\r\n[^]*no backend/);
  expect(await rig.settled()).toEqual(Array(3).fill("stable assigned 0 connect"));
});

test("a dead stable backend among several: the next one answers, and the failure is recorded", async () => {
  await rig.start([await rig.dead(), await stable()], null);
  for (let i = 0; i < EJECT_AFTER + 2; i++) expect(await rig.ask(get("/", last))).toMatch(/stable GET/);
  const failed = Array(EJECT_AFTER).fill("stable assigned 0 connect");
  expect(await rig.settled()).toEqual([...failed, "stable assigned 200", "stable assigned 200"]);
});

test("when every attempt fails the client hears of it, with the visitor's cookie all the same", async () => {
  const unit = { visitor: { cookie: "serin", maxAgeSeconds: 60, secure: false } };
  await rig.start([await rig.dead()], [await rig.dead()], { plan: { ...all, unit } });
  const answer = await rig.ask(get("/", last));
  expect(answer).toMatch(/^HTTP\/1.1 502 Bad Gateway\r\n[^]*\r\nSet-Cookie: serin=/);
  expect(await rig.settled()).toEqual(["canary assigned 0 connect"]);
});

test("a connection that its backend closes while idle is replaced, and that is no failure", async () => {
  const url = await rig.raw(async (peer, nth) => {
    await peer.hears("\r\n\r\n");
    peer.say(ok(`connection ${nth}`));
    peer.forget();
    await peer.hears("\r\n\r\n");
    peer.socket.destroy();
  });
  await rig.start([url], null);
  const client = rig.client();
  for (let i = 0; i < 4; i++) {
    client.say(get());
    await client.hears(`connection ${i}`);
  }
  expect(await rig.settled()).toEqual(Array(4).fill("stable assigned 200"));
  expect(rig.health.down).toEqual([]);
});

test("what may not be sent twice fails with the connection, once, though it was an idle one", async () => {
  const url = await rig.raw(async (peer) => {
    await peer.hears("\r\n\r\n");
    peer.say(ok("first"));
    peer.forget();
    await peer.hears("\r\n\r\n");
    peer.socket.destroy();
  });
  await rig.start([url], null);
  const client = rig.client();
  client.say(get());
  await client.hears("first");
  client.forget();
  client.say(post("pay"));
  await client.hears(/^HTTP\/1.1 502 /);
  expect(await rig.settled()).toEqual(["stable assigned 200", "stable assigned 0 reset"]);
});

test("what may not be sent twice does not go out on a connection that has been idle for long", async () => {
  const connections = new Set<unknown>();
  const url = await rig.http((request, response) => {
    connections.add(request.socket);
    request.resume().on("end", () => response.end("ok."));
  });
  await rig.start([url], null);
  const client = rig.client();
  for (const [text, pause] of [
    [get(), 1500],
    [post("a"), 0],
    [get(), 0],
  ] as const) {
    client.forget();
    client.say(text);
    await client.hears("ok.");
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  expect(connections.size).toBe(2);
});

test("idle connections are given up before the backend's hint says that it will close them", async () => {
  let connections = 0;
  const url = await rig.http(
    (_request, response) => response.end("ok."),
    (server) => {
      server.keepAliveTimeout = 2000;
      server.on("connection", () => (connections += 1));
    },
  );
  await rig.start([url], null);
  const client = rig.client();
  for (const pause of [1500, 0]) {
    client.forget();
    client.say(get());
    await client.hears("ok.");
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  expect(connections).toBe(2);
  expect(await rig.settled()).toEqual(Array(2).fill("stable assigned 200"));
});

const malformed = {
  "no status line": "hello\r\n\r\n",
  "another protocol": "HTTP/2.0 200 OK\r\n\r\n",
  "both lengths": "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
  "two lengths": "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
  "a bare line feed": "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
  "a switch that nobody asked for": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
  "a head without end": `HTTP/1.1 200 OK\r\n${"X-Pad: aaaaaaaaaaaaaaaaaaaa\r\n".repeat(100)}`,
};
for (const [what, text] of Object.entries(malformed)) {
  test(`an answer with ${what} is a failed attempt`, async () => {
    const url = await rig.raw(async (peer) => {
      await peer.hears("\r\n\r\n");
      peer.say(text);
    });
    await rig.start([url], null, { options: { limits: { headBytes: 2048 } } });
    expect(await rig.ask(get("/", last))).toMatch(/^HTTP\/1.1 502 Bad Gateway\r\n[^]*malformed/);
    expect(await rig.settled()).toEqual(["stable assigned 0 reset"]);
  });
}

test("a head on its own line by line, too slow: the response timeout counts from byte to byte", async () => {
  const url = await rig.raw(async (peer) => {
    await peer.hears("\r\n\r\n");
    peer.say("HTTP/1.1 200 OK\r\nX-Half:");
  });
  await rig.start([url], null, { options: { timeouts: { response: "150ms" } } });
  expect(await rig.ask(get("/", last))).toMatch(/^HTTP\/1.1 504 /);
  expect(await rig.settled()).toEqual(["stable assigned 0 timeout"]);
});

test("what a backend says beyond its answer reaches nobody", async () => {
  const url = await rig.raw(async (peer, nth) => {
    await peer.hears("\r\n\r\n");
    peer.say(ok(`${nth}`) + (nth === 0 ? ok("smuggled") : ""));
  });
  await rig.start([url], null);
  const client = rig.client();
  client.say(get());
  await client.hears(/\r\n\r\n0$/);
  client.say(get("/", last));
  expect(await client.closed).toMatch(/\r\n\r\n1$/);
});

test("what a backend says unasked on an idle connection reaches nobody", async () => {
  const url = await rig.raw(async (peer, nth) => {
    await peer.hears("\r\n\r\n");
    peer.say(ok(`${nth}`));
    await new Promise((resolve) => setTimeout(resolve, 30));
    if (nth === 0) peer.say(ok("unasked"));
  });
  await rig.start([url], null);
  const client = rig.client();
  client.say(get());
  await client.hears(/\r\n\r\n0$/);
  await new Promise((resolve) => setTimeout(resolve, 60));
  client.say(get("/", last));
  expect(await client.closed).toMatch(/\r\n\r\n1$/);
});

const cutShort = {
  sized: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
  chunked: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf",
};
for (const [how, text] of Object.entries(cutShort)) {
  test(`a ${how} answer that breaks off is passed as far as it came, and recorded as cut`, async () => {
    const url = await rig.raw(async (peer) => {
      await peer.hears("\r\n\r\n");
      peer.say(text);
      peer.socket.end();
    });
    await rig.start([url], null);
    const client = rig.client();
    client.say(get());
    expect(await client.closed).toBe(text);
    expect(await rig.settled()).toEqual(["stable assigned 200 reset"]);
  });
}

test("an answer whose chunks are malformed is cut before the mistake", async () => {
  const url = await rig.raw(async (peer) => {
    await peer.hears("\r\n\r\n");
    peer.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokXX");
  });
  await rig.start([url], null);
  expect(await rig.ask(get())).toMatch(/\r\n\r\n2\r\nok$/);
  expect(await rig.settled()).toEqual(["stable assigned 200 reset"]);
});

test("an answer without length that breaks off ends in a reset: nothing else would show it", async () => {
  const url = await rig.raw(async (peer) => {
    await peer.hears("\r\n\r\n");
    peer.say("HTTP/1.1 200 OK\r\n\r\nhalf");
    await new Promise((resolve) => setTimeout(resolve, 20));
    peer.socket.resetAndDestroy();
  });
  await rig.start([url], null);
  const client = rig.client();
  client.say(get());
  await client.closed;
  await until(() => client.error !== null || client.ended);
  expect(client.error).toBe("ECONNRESET");
  expect(await rig.settled()).toEqual(["stable assigned 200 reset"]);
});

test("a silent backend: 504, and a timeout on the record", async () => {
  await rig.start([await rig.raw(() => {})], null, { options: { timeouts: { response: "100ms" } } });
  const client = rig.client();
  client.say(get());
  await client.hears(/^HTTP\/1.1 504 Gateway Timeout\r\n[^]*does not answer in time\n$/);
  client.forget();
  client.say(post("a"));
  await client.hears(/^HTTP\/1.1 504 /);
  expect(await rig.settled()).toEqual(Array(2).fill("stable assigned 0 timeout"));
});

test("a silent canary: stable answers what may be sent twice", async () => {
  const options = { timeouts: { response: "100ms" } };
  await rig.start([await stable()], [await rig.raw(() => {})], { options, plan: all });
  expect(await rig.ask(get("/", last))).toMatch(/stable GET/);
  expect(await rig.settled()).toEqual(["canary assigned 0 timeout"]);
});

test("a backend that falls silent in the middle of its answer", async () => {
  const url = await rig.raw(async (peer) => {
    await peer.hears("\r\n\r\n");
    peer.say(cutShort.sized);
  });
  await rig.start([url], null, { options: { timeouts: { response: "100ms" } } });
  expect(await rig.ask(get())).toBe(cutShort.sized);
  expect(await rig.settled()).toEqual(["stable assigned 200 timeout"]);
});

test("a slow upload is not the backend's silence", async () => {
  await rig.start([await stable()], null, { options: { timeouts: { response: "100ms" } } });
  const client = rig.client();
  client.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nConnection: close\r\n\r\n");
  for (const byte of "slow") {
    await new Promise((resolve) => setTimeout(resolve, 150));
    client.say(byte);
  }
  expect(await client.closed).toMatch(/stable POST slow/);
  expect(await rig.settled()).toEqual(["stable assigned 200"]);
});

test("a backend that does not take the upload is silent", async () => {
  const url = await rig.raw((peer) => void peer.socket.pause());
  await rig.start([url], null, { options: { timeouts: { response: "300ms", idle: "100ms" } } });
  const client = rig.client();
  client.say(post("x".repeat(20_000_000)));
  expect(await client.closed).toMatch(/^HTTP\/1.1 504 /);
  expect(await rig.settled()).toEqual(["stable assigned 0 timeout"]);
});

test("a client that waits for a 100 is not the one who is slow", async () => {
  const url = await rig.http(
    () => {},
    (server) =>
      server.on("checkContinue", (request, response) => {
        setTimeout(() => response.writeContinue(), 400);
        request.resume().on("end", () => response.end("at last."));
      }),
  );
  await rig.start([url], null, { options: { timeouts: { idle: "100ms" } } });
  const client = rig.client();
  client.say("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
  await client.hears("100 Continue");
  client.say("x");
  await client.hears("at last.");
});

/** A port whose queue of connections is full and stays so: it neither accepts nor refuses. */
async function deaf(): Promise<{ url: string; close: () => Promise<unknown> }> {
  const worker = new Worker(
    `const { createServer } = require("node:net");
     const { parentPort } = require("node:worker_threads");
     const server = createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20000), 20);
     });`,
    { eval: true },
  );
  const port = await new Promise<number>((resolve) => worker.once("message", resolve));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const fill = Array.from({ length: 4 }, () => connect({ port, host: "127.0.0.1" }).on("error", () => {}));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const close = () => {
    for (const socket of fill) socket.destroy();
    return worker.terminate();
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

test.runIf(process.platform === "linux")(
  "a backend that neither accepts nor refuses: the connect timeout",
  async () => {
    const { url, close } = await deaf();
    const options = { timeouts: { connect: "200ms" } };
    await rig.start([await stable()], [url], { options, plan: all });
    expect(await rig.ask(post("patient", last))).toMatch(/stable POST patient/);
    rig.proxy.route(rig.table([url], null));
    expect(await rig.ask(get("/", last))).toMatch(/^HTTP\/1.1 504 /);
    expect(await rig.settled()).toEqual(["canary assigned 0 connect", "stable assigned 0 connect"]);
    await close();
  },
);

test.runIf(process.platform === "linux")(
  "while a connection is being made the rest of an upload waits in the kernel",
  async () => {
    const { url, close } = await deaf();
    const slow = await rig.http((_request, response) => void setTimeout(() => response.end("first."), 50));
    await rig.start([slow], [url], { plan: { matches: [{ name: "up", arm: "canary", path: { exact: "/up" } }] } });
    const client = rig.client();
    client.say(`${get()}POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\nbeginning`);
    await client.hears("first.");
    const piece = "x".repeat(100_000);
    let said = 0;
    while (said < 1000 && client.socket.writableLength < 1_000_000) {
      client.say(piece);
      said += 1;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(said).toBeLessThan(1000);
    client.socket.destroy();
    await close();
  },
);

test("after a change of plan no new request goes by the old one, on kept connections neither", async () => {
  const canary = await answering("canary")();
  const old = await stable();
  await rig.start([old], [canary], { plan: all });
  const client = rig.client();
  client.say(get());
  await client.hears("canary GET");
  rig.proxy.route(rig.table([old], [canary], { canaryWeight: 0, version: 2 }));
  for (let i = 0; i < 3; i++) {
    client.forget();
    client.say(get());
    await client.hears("stable GET");
  }
  expect(rig.memory.all.map(({ plan }) => plan)).toEqual([1, 2, 2, 2]);
});

test("a request under way keeps the plan that it started with, its fallback too", async () => {
  let drop = () => {};
  const canary = await rig.raw(async (peer) => {
    await peer.hears("\r\n\r\n");
    drop = () => peer.socket.destroy();
  });
  await rig.start([await stable()], [canary], { plan: all });
  const client = rig.client();
  client.say(get("/", last));
  await until(() => rig.memory.all.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 30));
  rig.proxy.route(rig.table([await rig.dead()], null, { version: 2 }));
  drop();
  expect(await client.closed).toMatch(/stable GET/);
  expect(await rig.settled()).toEqual(["canary assigned 0 reset"]);
});
