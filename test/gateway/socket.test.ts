/** The host's socket against whatever may come in, and who may reach it. */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PROTOCOL, type Reply } from "../../src/gateway/control.ts";
import { dial, endpointOf } from "../../src/gateway/endpoint.ts";
import type { GatewayClient } from "../../src/gateway/open.ts";
import { alive, get, GatewayStage, until } from "./stage.ts";

let stage: GatewayStage;
let gateway: GatewayClient;
beforeEach(async () => {
  stage = await GatewayStage.begin();
  const env = { ...stage.asked().env, SERIN_TOKEN: "hidden-4711" };
  gateway = await stage.open({}, { plan: stage.plan(1, { salt: "salt-of-the-plan" }), env });
});
afterEach(() => stage.close());

const socketOf = () => endpointOf(stage.dir, "shop", process.platform).socket;

/** A raw connection: bytes in, answers out. */
async function raw(): Promise<{ socket: Socket; answers: Reply[]; closed: () => boolean }> {
  const socket = await dial(socketOf(), tmpdir());
  const answers: Reply[] = [];
  let [text, closed] = ["", false];
  socket.on("error", () => {});
  socket.on("close", () => (closed = true));
  socket.on("data", (chunk: Buffer) => {
    const lines = (text + chunk.toString()).split("\n");
    text = lines.pop() ?? "";
    answers.push(...lines.map((line) => JSON.parse(line) as Reply));
  });
  return { socket, answers, closed: () => closed };
}

async function stillServes(): Promise<void> {
  expect((await get(gateway.port)).status).toBe(200);
  expect((await gateway.read())?.version).toBe(1);
  expect(alive(gateway.pid)).toBe(true);
}

test("what is no request is refused in words, one by one, and nobody else notices", async () => {
  const { socket, answers } = await raw();
  const good = { protocol: PROTOCOL, id: 8, ask: "read", with: {} };
  const unplanned = JSON.stringify({ protocol: PROTOCOL, id: 7, ask: "apply", with: { plan: {} } });
  const bad = ["hello", "{", "[1]", "{}", unplanned, "\0\u001b[2J"];
  socket.write(`${[...bad, JSON.stringify(good)].join("\n")}\n`);
  await until("all answers", () => answers.length === bad.length + 1);
  const codes = answers.map((answer) => ("error" in answer ? answer.error.code : "ok"));
  expect(codes.toSorted()).toEqual([...bad.map(() => "USAGE"), "ok"].toSorted());
  expect(answers.map(({ id }) => id)).toContain(7);
  socket.destroy();
  await stillServes();
});

test("another protocol is told that it is another one; hello is answered to everybody", async () => {
  const { socket, answers } = await raw();
  socket.write(`${JSON.stringify({ protocol: 99, id: 1, ask: "read", with: {} })}\n`);
  socket.write(`${JSON.stringify({ protocol: 99, id: 2, ask: "hello", with: {} })}\n`);
  await until("both answers", () => answers.length === 2);
  const byId = (id: number) => answers.find((answer) => answer.id === id);
  expect(byId(1)).toMatchObject({ error: { code: "CONFLICT", details: { protocol: PROTOCOL } } });
  expect(byId(2)).toMatchObject({ ok: { protocol: PROTOCOL, name: "shop", pid: gateway.pid, version: "0.0.0-test" } });
  socket.destroy();
});

test("a request without an end is cut off", async () => {
  const { socket, answers, closed } = await raw();
  for (let i = 0; i < 40 && !closed(); i++) socket.write("x".repeat(65_536));
  await until("the refusal", () => answers.length > 0);
  expect(answers[0]).toMatchObject({ id: null, error: { code: "TOO_LARGE" } });
  await until("the end of the connection", closed);
  await stillServes();
});

test("many who connect and say nothing keep nobody out for good", async () => {
  const idle = await Promise.all(Array.from({ length: 100 }, () => dial(socketOf(), tmpdir())));
  for (const socket of idle) socket.on("error", () => {});
  await stillServes();
  for (const socket of idle) socket.destroy();
  const { socket, answers } = await raw();
  socket.write(`${JSON.stringify({ protocol: PROTOCOL, id: 1, ask: "live", with: {} })}\n`);
  await until("an answer", () => answers.length === 1);
  expect(answers[0]).toMatchObject({ id: 1, ok: { plan: 1 } });
  socket.destroy();
});

test("a socket that a cleaner removed is made anew, and the gateway is found", async () => {
  rmSync(socketOf());
  await until("the socket to be back", () => existsSync(socketOf()));
  const again = await stage.open();
  expect(again.pid).toBe(gateway.pid);
});

describe.skipIf(process.platform !== "linux")("what others on the machine can see", () => {
  test("the socket and its folder are the owner's alone", () => {
    expect(statSync(socketOf()).mode & 0o777).toBe(0o600);
    expect(statSync(join(stage.dir, "gateway")).mode & 0o777).toBe(0o700);
    expect(statSync(join(stage.dir, "gateway", "shop.log")).mode & 0o777).toBe(0o600);
  });

  test("neither the plan nor a secret stands in the arguments, and the environment holds no secret", async () => {
    for (const pid of [gateway.pid, ...(await stage.pids(gateway))]) {
      const cmdline = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      expect(cmdline).toContain("shop");
      expect(cmdline).not.toMatch(/salt-of-the-plan|hidden-4711/);
      expect(readFileSync(`/proc/${pid}/environ`, "utf8")).not.toMatch(/salt-of-the-plan|hidden-4711/);
    }
  });
});

test("a data directory with a long path works all the way", async () => {
  const deep = join(stage.dir, "a".repeat(80), "b".repeat(80));
  mkdirSync(deep, { recursive: true });
  const long = await GatewayStage.begin(deep);
  try {
    const client = await long.open({}, { plan: long.plan(1) });
    expect((await get(client.port)).status).toBe(200);
    expect(await long.stop()).toBe("stopped");
  } finally {
    await long.close();
  }
});
