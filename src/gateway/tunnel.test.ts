/** Switched protocols: WebSocket and others, through the data path. */
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { Rig, get, until } from "../../test/gateway/rig.ts";

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

const upgrade = ["Connection: Upgrade", "Upgrade: echo/1"];
const switched = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n";

async function sockets(behave: (socket: WebSocket) => void): Promise<string> {
  const wss = new WebSocketServer({ noServer: true });
  wss.on("connection", behave);
  return rig.http(
    (_request, response) => response.end("plain."),
    (server) =>
      server.on("upgrade", (request, socket, head) =>
        wss.handleUpgrade(request, socket, head, (ws) => wss.emit("connection", ws, request)),
      ),
  );
}

test("WebSocket: messages of every size both ways, and the closing handshake", async () => {
  const url = await sockets((ws) => ws.on("message", (message: Buffer, binary) => ws.send(message, { binary })));
  await rig.start([url], null);
  const ws = new WebSocket(`ws://127.0.0.1:${rig.port}/chat?room=1`);
  const back: number[] = [];
  ws.on("message", (message: Buffer) => back.push(message.length));
  await new Promise((resolve) => ws.once("open", resolve));
  const sizes = [0, 1, 125, 126, 65_535, 65_536, 3_000_000, 7];
  for (const size of sizes) ws.send(Buffer.alloc(size, "x"));
  await until(() => back.length === sizes.length);
  expect(back).toEqual(sizes);
  const closed = new Promise<number>((resolve) => ws.once("close", resolve));
  ws.close(4001, "enough");
  expect(await closed).toBe(4001);
  expect(await rig.settled()).toEqual(["stable assigned 101"]);
  await until(() => rig.proxy.connections === 0);
});

test("WebSocket: silence is no timeout", async () => {
  let server: WebSocket | null = null;
  const url = await sockets((ws) => (server = ws));
  await rig.start([url], null, { options: { timeouts: { response: "100ms", idle: "100ms", head: "100ms" } } });
  const ws = new WebSocket(`ws://127.0.0.1:${rig.port}/`);
  await new Promise((resolve) => ws.once("open", resolve));
  await new Promise((resolve) => setTimeout(resolve, 500));
  const heard = new Promise((resolve) => ws.once("message", (message: Buffer) => resolve(message.toString())));
  (server as WebSocket | null)?.send("still here");
  expect(await heard).toBe("still here");
  ws.terminate();
});

test("either end going away takes the other with it", async () => {
  let server: WebSocket | null = null;
  let gone = 0;
  const url = await sockets((ws) => {
    server = ws;
    ws.on("close", () => (gone += 1));
  });
  await rig.start([url], null);
  const first = new WebSocket(`ws://127.0.0.1:${rig.port}/`);
  await new Promise((resolve) => first.once("open", resolve));
  first.terminate();
  await until(() => gone === 1);
  const second = new WebSocket(`ws://127.0.0.1:${rig.port}/`);
  const closed = new Promise((resolve) => second.once("close", resolve));
  await new Promise((resolve) => second.once("open", resolve));
  (server as WebSocket | null)?.terminate();
  await closed;
  await until(() => rig.proxy.connections === 0);
});

test("bytes that come right behind either head are passed on", async () => {
  const url = await rig.raw(async (peer) => {
    await peer.hears("\r\n\r\n");
    peer.say(`${switched}hello`);
    await peer.hears("early");
    peer.say("heard it");
  });
  await rig.start([url], null);
  const client = rig.client();
  client.say(`${get("/", ...upgrade)}early`);
  await client.hears("\r\n\r\nhello");
  await client.hears("heard it");
  expect(client.heard).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\/1\r\n\r\n/);
});

test("each side may end its half first", async () => {
  const url = await rig.raw(async (peer) => {
    await peer.hears("\r\n\r\n");
    peer.forget();
    peer.say(switched);
    const all = await peer.closed;
    peer.socket.end(`you said ${all}`);
  });
  await rig.start([url], null);
  const client = rig.client();
  client.say(get("/", ...upgrade));
  await client.hears(/101[^]*\r\n\r\n/);
  client.forget();
  client.socket.end("all I have");
  expect(await client.closed).toBe("you said all I have");
  await until(() => rig.proxy.connections === 0);
});

test("back-pressure holds in both directions", async () => {
  const url = await rig.raw(async (peer) => {
    await peer.hears("\r\n\r\n");
    peer.say(switched);
    peer.socket.removeAllListeners("data");
    peer.socket.pipe(peer.socket);
  });
  await rig.start([url], null);
  const socket = connect({ port: rig.port, host: "127.0.0.1" }).on("error", () => {});
  socket.write(get("/", ...upgrade));
  await new Promise((resolve) => socket.once("data", resolve));
  socket.pause();
  const piece = Buffer.alloc(100_000, "x");
  let sent = 0;
  while (sent < 500 && socket.writableLength < 2_000_000) {
    socket.write(piece);
    sent += 1;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(sent).toBeLessThan(500);
  let back = 0;
  socket.on("data", (chunk: Buffer) => (back += chunk.length)).resume();
  await until(() => back === sent * piece.length);
  socket.destroy();
});

test("a backend that declines answers as ever, and the connection goes on", async () => {
  const url = await rig.http((request, response) => response.end(`${request.headers.upgrade} declined.`));
  await rig.start([url], null);
  const client = rig.client();
  client.say(get("/", ...upgrade) + get("/next", "Connection: close"));
  const answers = await client.closed;
  expect(answers.match(/declined/g)).toHaveLength(2);
  expect(answers).toMatch(/^HTTP\/1.1 200 [^]*echo\/1 declined\.HTTP\/1.1 200 [^]*undefined declined\.$/);
});

test("h2c is not passed on", async () => {
  let seen: unknown = "";
  const url = await rig.http((request, response) => {
    seen = request.headers.upgrade;
    response.end("plain.");
  });
  await rig.start([url], null);
  const client = rig.client();
  client.say(get("/", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"));
  await client.hears("plain.");
  expect(seen).toBe(undefined);
});

test("a canary that hangs up instead of switching: stable switches", async () => {
  const canary = await rig.raw(async (peer) => {
    await peer.hears("\r\n\r\n");
    peer.socket.destroy();
  });
  const stable = await sockets((ws) => ws.send("stable here"));
  await rig.start([stable], [canary], { plan: { canaryWeight: 10_000 } });
  const ws = new WebSocket(`ws://127.0.0.1:${rig.port}/`);
  const heard = new Promise((resolve) => ws.once("message", (message: Buffer) => resolve(message.toString())));
  expect(await heard).toBe("stable here");
  expect(await rig.settled()).toEqual(["canary assigned 0 reset"]);
  ws.terminate();
});

test("draining ends tunnels when its time is over", async () => {
  const url = await sockets(() => {});
  await rig.start([url], null, { options: { timeouts: { drain: "100ms" } } });
  const ws = new WebSocket(`ws://127.0.0.1:${rig.port}/`);
  const closed = new Promise((resolve) => ws.once("close", resolve));
  await new Promise((resolve) => ws.once("open", resolve));
  await rig.proxy.drain();
  await closed;
});

test("a plain request to the same backend is not disturbed", async () => {
  const url = await sockets(() => {});
  await rig.start([url], null);
  expect(await rig.ask(get("/", "Connection: close"))).toMatch(/plain\.$/);
});
