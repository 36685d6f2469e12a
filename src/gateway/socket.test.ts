/** Sockets that read into our buffer, and writes that the kernel does not take at once. */
import { type Server, type Socket, connect, createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { until } from "../../test/gateway/rig.ts";
import { Outbox, adopt, listen, whenFlushed } from "./socket.ts";

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A server that pauses what it accepts, and a client of it. */
async function pair(): Promise<{ accepted: Socket; client: Socket; server: Server }> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const accepting = new Promise<Socket>((resolve) => server.once("connection", resolve));
  const client = connect({ port: (server.address() as { port: number }).port, host: "127.0.0.1" });
  const accepted = await accepting;
  open.push(
    () => client.destroy(),
    () => accepted.destroy(),
    () => server.close(),
  );
  return { accepted, client, server };
}

const ways = {
  "in our buffer": adopt,
  "by data events": (socket: Socket, _buffer: Buffer, onRead: Parameters<typeof listen>[1]) => listen(socket, onRead),
};
for (const [way, read] of Object.entries(ways)) {
  test(`reading ${way}: all bytes in order, a stop when told, the end, and nothing that keeps the server`, async () => {
    const { accepted, client, server } = await pair();
    let [heard, ended, stops] = ["", false, 0];
    const socket = read(accepted, Buffer.alloc(1000), (length, bytes) => {
      heard += bytes.toString("latin1", 0, length);
      stops += 1;
      return stops % 5 !== 0;
    });
    open.push(() => socket.destroy());
    socket.on("end", () => (ended = true));
    const text = Array.from({ length: 5000 }, (_, i) => `${i},`).join("");
    client.write(text);
    const going = setInterval(() => socket.resume(), 1);
    await until(() => heard.length === text.length);
    expect(heard).toBe(text);
    client.end();
    await until(() => ended);
    clearInterval(going);
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
}

test("this Node lets accepted connections read in our buffer", async () => {
  const { accepted } = await pair();
  const socket = adopt(accepted, Buffer.alloc(1000), () => true);
  open.push(() => socket.destroy());
  expect(socket).not.toBe(accepted);
});

test("what the kernel does not take at once is not overwritten, however much is composed meanwhile", async () => {
  const { accepted, client } = await pair();
  const outbox = new Outbox(10_000);
  let [sent, blocked, seen] = ["", 0, ""];
  client.pause();
  for (let i = 0; i < 20_000 && blocked < 200; i++) {
    const text = `<${i}>`.repeat((i % 90) + 1);
    const at = outbox.room(text.length);
    outbox.bytes.write(text, at, "latin1");
    if (!outbox.send(accepted, at + text.length)) blocked += 1;
    sent += text;
  }
  expect(blocked).toBe(200);
  let flushed = false;
  whenFlushed(accepted, () => (flushed = true));
  client.on("data", (chunk: Buffer) => (seen += chunk.toString("latin1"))).resume();
  await until(() => seen.length === sent.length);
  expect(seen === sent).toBe(true);
  await until(() => flushed);
});
