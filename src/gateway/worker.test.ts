/** A worker and its host's words, on a virtual clock; with real processes and sockets in `test/gateway/`. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SerinError } from "../errors.ts";
import type { TrafficPlan } from "../rollout/traffic.ts";
import { SteadyClock } from "./clock.ts";
import { gatewaySchema } from "./options.ts";
import type { FromWorker, ToWorker } from "./orders.ts";
import type { Proxy, ProxyParts } from "./proxy.ts";
import type { RoutingTable } from "./seam.ts";
import { TICK_MS, tickOf } from "./tick.ts";
import { Worker } from "./worker.ts";

const T0 = 1_700_000_000_100;

function planOf(version: number): TrafficPlan {
  const arm = { revision: "v", backends: ["http://127.0.0.1:1"] };
  const split = { salt: "s", canaryWeight: 0, mirrorWeight: 0, unit: { address: {} }, matches: [] };
  return { version, rollout: "shop", ...split, stable: arm, canary: null };
}

/** A data path that serves nobody: what it was given and told. */
class TestProxy implements Proxy {
  readonly parts: ProxyParts;
  table: RoutingTable;
  handle: object | undefined;
  refused: SerinError | null = null;
  connections = 3;
  readonly drained = Promise.withResolvers<void>();

  constructor(parts: ProxyParts) {
    this.parts = parts;
    this.table = parts.table;
  }

  route(table: RoutingTable): void {
    this.table = table;
  }

  listen(handle?: object): Promise<number> {
    this.handle = handle;
    return this.refused === null ? Promise.resolve(8080) : Promise.reject(this.refused);
  }

  drain(): Promise<void> {
    return this.drained.promise;
  }
}

function stage({ refused = null as SerinError | null } = {}) {
  const said: FromWorker[] = [];
  const exits: number[] = [];
  const made: TestProxy[] = [];
  const world = { aheadMs: 0, host: false };
  const worker = new Worker({
    createProxy: (parts) => {
      const proxy = new TestProxy(parts);
      proxy.refused = refused;
      made.push(proxy);
      return proxy;
    },
    clock: new SteadyClock(
      () => Date.now() - world.aheadMs,
      () => Date.now() - T0,
    ),
    chance: { uniform: () => 0.5, id: () => "id" },
    probe: () => Promise.resolve(true),
    random: () => 0.5,
    send: (message) => void said.push(message),
    seek: () => Promise.resolve(world.host),
    exit: (code) => void exits.push(code),
  });
  const start = (plan: TrafficPlan | null): ToWorker => ({
    say: "start",
    options: gatewaySchema.parse({}),
    plan,
    endpoint: "/e",
  });
  const of = <S extends FromWorker["say"]>(say: S) =>
    said.filter((message): message is Extract<FromWorker, { say: S }> => message.say === say);
  return { worker, world, said, exits, start, of, proxy: () => made[0] };
}

beforeEach(() => void vi.useFakeTimers({ now: T0 }));
afterEach(() => void vi.useRealTimers());

test("has the plan before it listens on the host's socket", async () => {
  const { worker, start, said, proxy } = stage();
  const handle = {};
  await worker.take(start(planOf(4)), handle);
  expect(proxy().parts.table.plan).toBe(4);
  expect(proxy().handle).toBe(handle);
  expect(said[0]).toEqual({ say: "listening", plan: 4, from: tickOf(T0) });
});

test("a plan counts as taken when the next request is routed by it", async () => {
  const { worker, start, of, proxy } = stage();
  await worker.take(start(null), undefined);
  expect(proxy().table.plan).toBe(0);
  await worker.take({ say: "route", plan: planOf(7) }, undefined);
  expect(proxy().table.plan).toBe(7);
  expect(of("routed")).toEqual([{ say: "routed", plan: 7 }]);
});

test("tells of every tick just after its end, quiet ones included, and of health when it changes", async () => {
  const { worker, start, of, proxy } = stage();
  await worker.take(start(planOf(1)), undefined);
  const { recorder, now } = proxy().parts;
  recorder.end(recorder.begin("stable", "assigned", 1, 1, 1, now()), 200, null, now());
  await vi.advanceTimersByTimeAsync(1000);
  const ticks = of("tick");
  expect(ticks.map(({ report }) => report.tick - tickOf(T0))).toEqual([0, 1, 2, 3]);
  expect(ticks.map(({ report }) => report.cells.length)).toEqual([1, 0, 0, 0]);
  expect(ticks[0].connections).toBe(3);
  expect(of("health")).toEqual([{ say: "health", backends: [{ key: "127.0.0.1:1", up: true, checked: false }] }]);
});

test("cannot listen: says why and ends", async () => {
  const { worker, start, said, exits } = stage({ refused: new SerinError("ADDRESS_IN_USE", "taken") });
  await worker.take(start(null), undefined);
  expect(said).toEqual([{ say: "failed", code: "ADDRESS_IN_USE", message: "taken" }]);
  expect(exits).toEqual([1]);
});

test("draining ends with everything delivered, the tick that is not over too", async () => {
  const { worker, start, said, exits, proxy } = stage();
  await worker.take(start(planOf(1)), undefined);
  const { recorder, now } = proxy().parts;
  const flight = recorder.begin("stable", "assigned", 1, 1, 1, now());
  const draining = worker.take({ say: "drain" }, undefined);
  await vi.advanceTimersByTimeAsync(TICK_MS);
  recorder.end(flight, 200, null, now());
  proxy().drained.resolve();
  await draining;
  const last = said.slice(-2);
  expect(last[0]).toMatchObject({ say: "tick", report: { tick: tickOf(Date.now()), cells: [{ plan: 1 }] } });
  expect(last[1]).toEqual({ say: "drained" });
  expect(exits).toEqual([0]);
  const count = said.length;
  await vi.advanceTimersByTimeAsync(5000);
  expect(said.length).toBe(count);
});

test("when the host dies it serves on, and leaves when there is a new one", async () => {
  const { worker, world, start, exits, proxy } = stage();
  await worker.take(start(planOf(1)), undefined);
  proxy().drained.resolve();
  worker.orphaned();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(exits).toEqual([]);
  world.host = true;
  await vi.advanceTimersByTimeAsync(200);
  expect(exits).toEqual([0]);
});

test("when the host dies before it said what to do, there is nothing to do", () => {
  const { worker, exits } = stage();
  worker.orphaned();
  expect(exits).toEqual([1]);
});

test("a wall clock that is set back is told once; its own time goes on", async () => {
  const { worker, world, start, of } = stage();
  await worker.take(start(planOf(1)), undefined);
  await vi.advanceTimersByTimeAsync(500);
  world.aheadMs = 3_600_000;
  await vi.advanceTimersByTimeAsync(1000);
  expect(of("ahead")).toEqual([{ say: "ahead", ms: 3_600_000 }]);
  const numbers = of("tick").map(({ report }) => report.tick);
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => numbers[0] + i));
});
