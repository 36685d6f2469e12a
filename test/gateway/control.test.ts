/** The gateway outlives who controls it, and is found again; with real processes, sockets, backends and load. */
import { fork, type ChildProcess } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Live, Told } from "./control.ts";
import { TICK_MS } from "../../src/gateway/tick.ts";
import { alive, get, GatewayStage, Load, pause, until } from "./stage.ts";

let stage: GatewayStage;
beforeEach(async () => {
  stage = await GatewayStage.begin();
});
afterEach(() => stage.close());

const tickStart = (ms: number) => Math.floor(ms / TICK_MS) * TICK_MS;
/** Between two plans: the gateway tells four plans apart at a time, and more in one tick is more than anybody does. */
const PAUSE_MS = 150;
const file = fileURLToPath(new URL("./control.ts", import.meta.url));

/** Starts a control process; resolves when its first plan is live. */
async function control(): Promise<{ child: ChildProcess; first: Live; last: () => Live }> {
  const child = fork(file, [], { execArgv: ["--disable-warning=ExperimentalWarning"], stdio: "inherit" });
  const { log: _, ...asked } = stage.asked();
  child.send({ asked, plan: stage.plan(1), pauseMs: PAUSE_MS } satisfies Told);
  let last: Live | null = null;
  child.on("message", (message) => (last = message as Live));
  const live = (): Live => last as unknown as Live;
  await until("the first plan of a control to be live", () => last !== null);
  return { child, first: live(), last: live };
}

test("SIGKILL of control under load: no request fails, and the next one finds its gateway on the last plan", async () => {
  // Milliseconds after a plan became live: the kills fall into asking, waiting and applying the next one.
  const moments = [0, 2, PAUSE_MS / 2, PAUSE_MS, PAUSE_MS + 2, PAUSE_MS + 5];
  let { child, first, last } = await control();
  const { pid, port } = first;
  const from = tickStart(Date.now());
  const load = new Load(port, 8);
  for (const moment of moments) {
    await pause(moment);
    child.kill("SIGKILL");
    await until("the control to be dead", () => child.signalCode !== null);
    const { version } = last();
    const before = load.answers;
    await until("traffic to go on without control", () => load.answers > before + 50);
    ({ child, first, last } = await control());
    expect(first).toMatchObject({ pid, port });
    // What was told as live before the kill was not lost: the plan that comes next is a later one.
    expect(first.version).toBeGreaterThan(version);
  }
  child.kill("SIGKILL");
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(load.answers).toBeGreaterThan(50 * moments.length);
  // Nobody was there to ask, and yet every single request was counted, without a gap.
  const gateway = await stage.open();
  const window = { from, to: tickStart(Date.now()) + TICK_MS };
  const counted = { ask: "counts", failures: ["5xx"], count: "requests", traffic: "live" } as const;
  await until("the counts to be final", async () => (await gateway.measure(counted, window)).window.to === window.to);
  const measured = await gateway.measure(counted, window);
  expect(measured).not.toHaveProperty("gap");
  const ticks = measured.kind === "counts" ? measured.ticks : [];
  expect(ticks.reduce((sum, { stable, canary }) => sum + stable.n + canary.n, 0)).toBe(load.answers);
  expect(new Set(ticks.map(({ plan }) => plan)).size).toBeGreaterThan(1);
});

test("a second control is served too; of their plans the newer one stands", async () => {
  const one = await stage.open();
  const two = await stage.open();
  expect(two.pid).toBe(one.pid);
  await one.apply(stage.plan(4));
  expect(await two.read()).toEqual(stage.plan(4));
  await two.apply(stage.plan(5, { canaryWeight: 0 }));
  await expect(one.apply(stage.plan(4))).rejects.toMatchObject({ code: "CONFLICT", details: { live: 5, refused: 4 } });
  await expect(one.apply({ ...stage.plan(6), rollout: "cart" })).rejects.toMatchObject({ code: "CONFLICT" });
  const bad = { name: "bad", arm: "canary", path: { regex: "(" } } as const;
  await expect(one.apply(stage.plan(6, { matches: [bad] }))).rejects.toMatchObject({ code: "DOCUMENT_INVALID" });
  expect((await one.read())?.version).toBe(5);
  two.close();
  expect((await one.read())?.version).toBe(5);
  await expect(two.read()).rejects.toMatchObject({ code: "GATEWAY_UNREACHABLE" });
});

test("of two that find no gateway at the same moment, both get the same one", async () => {
  const [one, two] = await Promise.all([
    stage.open({}, { plan: stage.plan(1) }),
    stage.open({}, { plan: stage.plan(1) }),
  ]);
  expect(two.pid).toBe(one.pid);
  expect(two.port).toBe(one.port);
  expect((await get(one.port)).status).toBe(200);
});

test("a plan given at the start serves the first request", async () => {
  const gateway = await stage.open({}, { plan: stage.plan(1, { canaryWeight: 10_000 }) });
  expect(await get(gateway.port)).toEqual({ status: 200, arm: "canary" });
  expect((await gateway.read())?.version).toBe(1);
});

test("stop lets requests under way end, then the port is free; who is connected hears that it was meant", async () => {
  const gateway = await stage.open({}, { plan: stage.plan(1, { canary: null, canaryWeight: 0 }) });
  const { port, pid } = gateway;
  stage.stable.delayMs = 400;
  const slow = get(port);
  await until("the request to be under way", () => stage.stable.served === 1);
  const stopping = stage.stop();
  expect(await slow).toEqual({ status: 200, arm: "stable" });
  expect(await stopping).toBe("stopped");
  await until("the host to be gone", () => !alive(pid));
  await expect(get(port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(await stage.stop()).toBe("notRunning");
  await until("the client to hear of it", () => stage.lines.includes("the gateway of shop was stopped"));
  await expect(gateway.read()).rejects.toMatchObject({ code: "GATEWAY_UNREACHABLE" });
  stage.stable.delayMs = 0;
  await gateway.apply(stage.plan(2));
  expect(gateway.pid).not.toBe(pid);
  expect((await get(gateway.port)).status).toBe(200);
});

test("SIGTERM to the host is a stop", async () => {
  const gateway = await stage.open({}, { plan: stage.plan(1) });
  process.kill(gateway.pid, "SIGTERM");
  await until("the host to end", () => !alive(gateway.pid));
  expect(await stage.stop()).toBe("notRunning");
  expect(stage.lines).toContain("the gateway of shop was stopped");
});

test("an address that something else listens on is said at the start, and nothing is left running", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  const taken = stage.open({ listen: `127.0.0.1:${port}` });
  await expect(taken).rejects.toMatchObject({ code: "ADDRESS_IN_USE", message: expect.stringContaining(String(port)) });
  await expect(stage.open({ listen: "192.0.2.1:0" })).rejects.toMatchObject({ code: "ADDRESS_REFUSED" });
  expect(await stage.stop()).toBe("notRunning");
  other.close();
  expect((await stage.open()).port).toBeGreaterThan(0);
});

test("two gateways do not share a port: the second is refused", async () => {
  const one = await stage.open({ workers: 2 });
  const two = stage.open({ workers: 2, listen: `127.0.0.1:${one.port}` }, { name: "cart" });
  await expect(two).rejects.toMatchObject({ code: "ADDRESS_IN_USE" });
  expect(await stage.stop("cart")).toBe("notRunning");
});
