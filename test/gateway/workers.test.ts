/** Workers that die, hang on to old options or lose their host; with real processes, sockets, backends and load. */
import { Agent } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Counts, Tick } from "../../src/analysis/measurement.ts";
import type { GatewayClient } from "../../src/gateway/open.ts";
import { TICK_MS } from "../../src/gateway/tick.ts";
import { alive, freePort, get, GatewayStage, Load, pause, until } from "./stage.ts";

let stage: GatewayStage;
beforeEach(async () => {
  stage = await GatewayStage.begin();
});
afterEach(() => stage.close());

const kill = (pid: number) => process.kill(pid, "SIGKILL");
const counted = { ask: "counts", failures: ["5xx"], count: "requests", traffic: "live" } as const;

/** Connections of so many clients, until every worker has one at least. */
async function spread(gateway: GatewayClient, workers: number): Promise<Agent[]> {
  const agents: Agent[] = [];
  await until("every worker to have a connection", async () => {
    const agent = new Agent({ keepAlive: true });
    agents.push(agent);
    await get(gateway.port, { "x-unit": "anna" }, agent);
    if (agents.length % 8 === 0) await pause(2 * TICK_MS);
    const health = await gateway.health();
    return health.workers.length === workers && health.workers.every(({ connections }) => connections > 0);
  });
  return agents;
}

test("a worker that is killed takes its own connections with it and no others; it is replaced and the gap is marked", async () => {
  const gateway = await stage.open({ workers: 2 }, { plan: stage.plan(1) });
  const clients = 8;
  const load = new Load(gateway.port, clients);
  await until("load", () => load.answers > 50);
  const [victim, other] = await stage.pids(gateway);
  const from = Date.now();
  kill(victim);
  await until("the worker to be replaced", async () => {
    const pids = await stage.pids(gateway);
    return pids.length === 2 && !pids.includes(victim);
  });
  expect(await stage.pids(gateway)).toContain(other);
  const before = load.answers;
  await until("load to go on", () => load.answers > before + 50);
  await load.stop();
  // One request a client was under way at most, and nobody was refused a connection.
  expect(load.failures.length).toBeLessThanOrEqual(clients);
  for (const failure of load.failures) expect(failure).toMatch(/^ECONNRESET$/);
  // the tick of the end is asked for too: worker and place may be filled again within one
  const to = Date.now() + TICK_MS;
  await until(
    "the counts to be final",
    async () => (await gateway.measure(counted, { from, to })).window.to >= to - TICK_MS,
  );
  const measured = await gateway.measure(counted, { from: from - TICK_MS, to });
  expect("gap" in measured ? measured.gap : "").toMatch(/a worker ended without delivering its counts/);
});

test("while the only worker is started again, new connections wait and none is refused", async () => {
  const gateway = await stage.open({}, { plan: stage.plan(1, { canaryWeight: 10_000 }) });
  for (let round = 0; round < 3; round++) {
    const [victim] = await stage.pids(gateway);
    kill(victim);
    await until("the worker to be dead", () => !alive(victim));
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(gateway.port)));
    expect(answers).toEqual(Array.from({ length: 20 }, () => ({ status: 200, arm: "canary" })));
  }
  // Its place is taken at once the first time, and after ever longer pauses when it goes on dying.
  await gateway.apply(stage.plan(2, { canaryWeight: 0 }));
  expect((await get(gateway.port)).arm).toBe("stable");
});

const sum = (all: readonly number[]) => all.reduce((a, b) => a + b, 0);

test("two workers count as one: requests add up, and a person whom both meet is one unit", async () => {
  const plan = stage.plan(1, { unit: { header: { name: "x-unit" } } });
  const gateway = await stage.open({ workers: 2 }, { plan });
  const agents = await spread(gateway, 2);
  const from = Math.ceil(Date.now() / TICK_MS) * TICK_MS + TICK_MS;
  await until("a new tick to begin", () => Date.now() >= from);
  stage.stable.status = 500;
  stage.canary.status = 500;
  await Promise.all(agents.map((agent) => get(gateway.port, { "x-unit": "anna" }, agent)));
  const to = (Math.floor(Date.now() / TICK_MS) + 1) * TICK_MS;
  await until("the counts to be final", async () => (await gateway.measure(counted, { from, to })).window.to === to);
  const total = async (count: "requests" | "units") => {
    const measured = await gateway.measure({ ...counted, count }, { from, to });
    if (measured.kind !== "counts") throw new Error(`expected counts, found ${measured.kind}`);
    expect(measured).not.toHaveProperty("gap");
    const add = (arm: "stable" | "canary", of: "n" | "bad") =>
      measured.ticks.reduce((sum: number, tick: Tick<Counts>) => sum + tick[arm][of], 0);
    const { slices = { n: [], bad: [] } } = measured;
    expect([slices.n, slices.bad].map(sum)).toEqual([add("stable", "n"), add("stable", "bad")]);
    return { n: add("stable", "n") + add("canary", "n"), bad: add("stable", "bad") + add("canary", "bad") };
  };
  expect(await total("requests")).toEqual({ n: agents.length, bad: agents.length });
  expect(await total("units")).toEqual({ n: 1, bad: 1 });
  const { stable, canary, share, plan: live, moves, exact } = await gateway.live();
  expect(moves).toEqual({ cameOver: 0, movedBack: 0, fellBack: 0, forced: 0, flipped: 0 });
  expect([exact, stable.sessions, canary.sessions]).toEqual([true, stable.units, canary.units]);
  expect(new Set([stable.units, canary.units])).toEqual(new Set([0, 1]));
  expect(new Set([stable.unitsFailed, canary.unitsFailed])).toEqual(new Set([0, 1]));
  expect(stable.requests + canary.requests).toBe(2 * agents.length);
  expect([0, 10_000]).toContain(share);
  expect(live).toBe(1);
  for (const agent of agents) agent.destroy();
});

test("other options: new workers take over on the same port with no failed request", async () => {
  const first = await stage.open({}, { plan: stage.plan(1) });
  const [before] = await stage.pids(first);
  const load = new Load(first.port, 8);
  await until("load", () => load.answers > 50);
  const second = await stage.open({ workers: 2, timeouts: { connect: "1s" } });
  expect(second.pid).toBe(first.pid);
  expect(second.port).toBe(first.port);
  expect(stage.lines.join("\n")).toMatch(/other options than its document/);
  await until("the old worker to be gone", () => !alive(before));
  const answered = load.answers;
  await until("load to go on", () => load.answers > answered + 50);
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(await stage.pids(second)).toHaveLength(2);
  expect((await second.read())?.version).toBe(1);
});

test("another address: the new one is served before the old one ends, which lets its requests end", async () => {
  const gateway = await stage.open({}, { plan: stage.plan(1, { canary: null, canaryWeight: 0 }) });
  const old = gateway.port;
  stage.stable.delayMs = 500;
  const slow = get(old);
  await until("the request to be under way", () => stage.stable.served === 1);
  await gateway.configure({ ...stage.asked().options, listen: { host: "", port: 0 } });
  expect(gateway.port).not.toBe(old);
  stage.stable.delayMs = 0;
  expect((await get(gateway.port)).status).toBe(200);
  expect((await slow).status).toBe(200);
  await expect(get(old)).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("the same port on another address is had by letting go of it first; an address that cannot be had changes nothing", async () => {
  const gateway = await stage.open({}, { plan: stage.plan(1) });
  const { port } = gateway;
  const { options } = stage.asked();
  await gateway.configure({ ...options, listen: { host: "127.0.0.1", port } });
  await gateway.configure({ ...options, listen: { host: "", port } });
  expect(gateway.port).toBe(port);
  expect((await get(port)).status).toBe(200);
  const impossible = { ...options, listen: { host: "192.0.2.1", port } };
  await expect(gateway.configure(impossible)).rejects.toMatchObject({ code: "ADDRESS_REFUSED" });
  expect((await get(port)).status).toBe(200);
  expect((await gateway.read())?.version).toBe(1);
});

test("when the host is killed its workers serve on, and make room for the next host", async () => {
  const gateway = await stage.open({}, { plan: stage.plan(1, { canaryWeight: 10_000 }) });
  const { pid, port } = gateway;
  const [orphan] = await stage.pids(gateway);
  gateway.close();
  kill(pid);
  const load = new Load(port, 4);
  await until("traffic to go on without a host", () => load.answers > 200);
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(alive(orphan)).toBe(true);
  const listen = `127.0.0.1:${port}`;
  const next = await stage.open({ listen }, { plan: stage.plan(2, { canaryWeight: 0 }) });
  expect(next.port).toBe(port);
  expect((await get(port)).arm).toBe("stable");
  await until("the orphan to be gone", () => !alive(orphan));
});

test("a host that is killed while somebody controls it is back at once, on the same port with the last plan", async () => {
  const port = await freePort();
  const gateway = await stage.open({ listen: `127.0.0.1:${port}` }, { plan: stage.plan(1) });
  await gateway.apply(stage.plan(2, { canaryWeight: 10_000 }));
  const { pid } = gateway;
  const load = new Load(port, 8);
  await until("load", () => load.answers > 50);
  kill(pid);
  await until(
    "the gateway to be back",
    async () => (await gateway.read().catch(() => null)) !== null && gateway.pid !== pid,
  );
  await stage.pids(gateway);
  const before = load.answers;
  await until("load to go on", () => load.answers > before + 50);
  await load.stop();
  // Between the moment when the orphan lets go of the port and the next worker listens, connections are refused.
  for (const failure of load.failures) expect(failure).toMatch(/^(ECONNREFUSED|ECONNRESET)$/);
  expect(load.arms).toEqual({ canary: load.answers });
  expect((await gateway.read())?.version).toBe(2);
  expect(stage.lines).toContain("the gateway of shop had gone away and is back");
});

test("stopping ends workers that lost their host", async () => {
  const gateway = await stage.open({}, { plan: stage.plan(1) });
  const [orphan] = await stage.pids(gateway);
  gateway.close();
  kill(gateway.pid);
  await until("the host to be dead", () => !alive(gateway.pid));
  expect((await get(gateway.port)).status).toBe(200);
  expect(await stage.stop()).toBe("stopped");
  await until("the orphan to be gone", () => !alive(orphan));
  await expect(get(gateway.port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(await stage.stop()).toBe("notRunning");
});
