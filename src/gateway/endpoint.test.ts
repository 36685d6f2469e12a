import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answerAt, claim, dial, endpointOf, ensureFolder, forget, leftBehind, reach } from "./endpoint.ts";

let dir: string;
/** Where short-lived links are made. */
const tmp = () => join(dir, "tmp");
const servers: Server[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "serin-end-"));
  mkdirSync(tmp());
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(dir, { recursive: true });
});

function serverOf(): Server {
  const server = createServer((connection) => connection.on("error", () => {}).end("hello"));
  servers.push(server);
  return server;
}

async function answering(socket: string): Promise<Server> {
  const server = serverOf();
  await answerAt(server, socket, tmp());
  return server;
}

async function heard(socket: string): Promise<string> {
  const connection = await dial(socket, tmp());
  let text = "";
  for await (const chunk of connection) text += String(chunk);
  return text;
}

test("one socket and one log for each rollout, in a folder of the data directory", () => {
  expect(endpointOf("/data", "shop", "linux")).toEqual({
    socket: "/data/gateway/shop.sock",
    log: "/data/gateway/shop.log",
  });
  const pipe = endpointOf("/data", "shop", "win32").socket;
  expect(pipe).toMatch(/^\\\\\.\\pipe\\serin-[0-9a-f]{32}$/);
  expect(endpointOf("/data", "cart", "win32").socket).not.toBe(pipe);
  expect(endpointOf("/other", "shop", "win32").socket).not.toBe(pipe);
});

describe.skipIf(process.platform === "win32")("sockets", () => {
  test("are for the owner alone, and nothing else is left in the folder", async () => {
    const endpoint = endpointOf(dir, "shop", process.platform);
    mkdirSync(join(dir, "gateway"), { mode: 0o755 });
    ensureFolder(endpoint);
    await answering(endpoint.socket);
    expect(statSync(join(dir, "gateway")).mode & 0o777).toBe(0o700);
    expect(statSync(endpoint.socket).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(dir, "gateway"))).toEqual(["shop.sock"]);
    expect(await heard(endpoint.socket)).toBe("hello");
  });

  test("may have a longer path than a socket address holds", async () => {
    const deep = join(dir, ...("deep".repeat(12).match(/.{4}/g) as string[]), "a".repeat(60));
    const endpoint = endpointOf(deep, "s".repeat(63), process.platform);
    expect(endpoint.socket.length).toBeGreaterThan(200);
    ensureFolder(endpoint);
    await answering(endpoint.socket);
    expect(await heard(endpoint.socket)).toBe("hello");
    expect(readdirSync(tmp())).toEqual([]);
  });

  test("are claimed by one of many who try at once, and by nobody while it answers", async () => {
    const endpoint = endpointOf(dir, "shop", process.platform);
    ensureFolder(endpoint);
    writeFileSync(endpoint.socket, "");
    const tries = Array.from({ length: 8 }, serverOf);
    const claimed = await Promise.all(tries.map((server) => claim(server, endpoint.socket, tmp())));
    expect(claimed.filter(Boolean)).toHaveLength(1);
    expect(await heard(endpoint.socket)).toBe("hello");
    expect(readdirSync(join(dir, "gateway"))).toEqual(["shop.sock"]);
    tries[claimed.indexOf(true)].close();
    expect(await claim(serverOf(), endpoint.socket, tmp())).toBe(true);
  });

  test("are not kept from anybody by who died while claiming", async () => {
    const endpoint = endpointOf(dir, "shop", process.platform);
    ensureFolder(endpoint);
    mkdirSync(`${endpoint.socket}.lock`);
    expect(await claim(serverOf(), endpoint.socket, tmp())).toBe(true);
    expect(readdirSync(join(dir, "gateway"))).toEqual(["shop.sock"]);
  });

  test("take the place of what a dead host left", async () => {
    const { socket } = endpointOf(dir, "shop", process.platform);
    ensureFolder(endpointOf(dir, "shop", process.platform));
    expect(leftBehind(socket)).toBe(false);
    expect(await reach(socket, tmp(), "shop")).toBeNull();
    writeFileSync(socket, "");
    expect(leftBehind(socket)).toBe(true);
    expect(await reach(socket, tmp(), "shop")).toBeNull();
    await answering(socket);
    expect(await heard(socket)).toBe("hello");
    forget(socket);
    expect(existsSync(socket)).toBe(false);
    expect(await reach(socket, tmp(), "shop")).toBeNull();
  });
});
