import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { HealthCheck, TrafficPlan } from "../rollout/traffic.ts";
import { EJECT_AFTER, Health, networkProbe, type Probe } from "./health.ts";
import { Backends } from "./table.ts";

const check: HealthCheck = { path: "/healthz", intervalMs: 2000, timeoutMs: 200, unhealthyAfter: 3, healthyAfter: 2 };
const A = "http://a:1";
const B = "http://b:1";

function planOf(
  health: HealthCheck | null,
  stable: readonly string[] = [A],
  canary: readonly string[] = [B],
): TrafficPlan {
  const arm = (urls: readonly string[]) => ({ revision: "v", backends: [...urls], ...(health ? { health } : {}) });
  const split = {
    version: 1,
    rollout: "r",
    salt: "s",
    canaryWeight: 1,
    mirrorWeight: 0,
    unit: { address: {} },
    matches: [],
  };
  return { ...split, stable: arm(stable), canary: arm(canary) };
}

/** A network in which `well` backends answer; remembers who was asked. */
function network() {
  const well = new Set(["a:1", "b:1"]);
  const asked: string[] = [];
  const probe: Probe = (backend) => {
    asked.push(backend.key);
    return Promise.resolve(well.has(backend.key));
  };
  return { well, asked, probe };
}

describe("on a virtual clock", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function watching(health: HealthCheck | null) {
    const world = network();
    const changes: string[] = [];
    const changed = (key: string, up: boolean) => void changes.push(`${key} ${up ? "up" : "down"}`);
    const watcher = new Health({ probe: world.probe, random: () => 0.5, changed });
    const backends = new Backends();
    watcher.watch(planOf(health), backends);
    return { ...world, changes, watcher, backends };
  }

  test("a backend goes down after failed checks in a row and comes back after good ones in a row", async () => {
    const { watcher, well, changes } = watching(check);
    await vi.advanceTimersByTimeAsync(0);
    well.delete("b:1");
    await vi.advanceTimersByTimeAsync(2000 * 2);
    expect(watcher.up("b:1")).toBe(true);
    await vi.advanceTimersByTimeAsync(2000);
    expect(watcher.down).toEqual(["b:1"]);
    well.add("b:1");
    await vi.advanceTimersByTimeAsync(2000);
    expect(watcher.up("b:1")).toBe(false);
    await vi.advanceTimersByTimeAsync(2000);
    expect(watcher.up("b:1")).toBe(true);
    expect(changes).toEqual(["b:1 down", "b:1 up"]);
    watcher.close();
  });

  test("a plan that comes while a backend is being asked does not end its checks", async () => {
    let answer = (_well: boolean) => {};
    const probe: Probe = () => new Promise((resolve) => (answer = resolve));
    const watcher = new Health({ probe, random: () => 0.5 });
    const backends = new Backends();
    watcher.watch(planOf(check, [A], []), backends);
    for (let round = 0; round < check.unhealthyAfter; round++) {
      await vi.advanceTimersByTimeAsync(2000);
      // each plan is parsed anew: its check is another object that says the same
      watcher.watch(planOf({ ...check }, [A], []), backends);
      answer(false);
    }
    await vi.advanceTimersByTimeAsync(0);
    expect(watcher.down).toEqual(["a:1"]);
    watcher.close();
  });

  test("one good check among the failed ones starts the run anew", async () => {
    const { watcher, well } = watching(check);
    await vi.advanceTimersByTimeAsync(0);
    for (let round = 0; round < 4; round++) {
      well.delete("b:1");
      await vi.advanceTimersByTimeAsync(2000 * 2);
      well.add("b:1");
      await vi.advanceTimersByTimeAsync(2000);
    }
    expect(watcher.up("b:1")).toBe(true);
    watcher.close();
  });

  test("failed attempts in a row eject at once; only a probe brings it back, asked ever less often", async () => {
    const { watcher, well, asked, changes } = watching(null);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toEqual([]);
    well.delete("b:1");
    watcher.failed("b:1", 0);
    watcher.failed("b:1", 0);
    watcher.succeeded("b:1");
    for (let i = 0; i < EJECT_AFTER - 1; i++) watcher.failed("b:1", 0);
    expect(watcher.up("b:1")).toBe(true);
    watcher.failed("b:1", 0);
    expect(watcher.up("b:1")).toBe(false);
    watcher.succeeded("b:1");
    await vi.advanceTimersByTimeAsync(120_000);
    expect(watcher.up("b:1")).toBe(false);
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.length).toBeLessThan(12);
    well.add("b:1");
    await vi.advanceTimersByTimeAsync(33_000);
    expect(watcher.up("b:1")).toBe(true);
    const before = asked.length;
    await vi.advanceTimersByTimeAsync(120_000);
    expect(asked.length).toBe(before);
    expect(changes).toEqual(["b:1 down", "b:1 up"]);
    watcher.close();
  });

  test("an ejected backend with a health check comes back by that check", async () => {
    const { watcher } = watching(check);
    await vi.advanceTimersByTimeAsync(0);
    for (let i = 0; i < EJECT_AFTER; i++) watcher.failed("a:1", 0);
    expect(watcher.down).toEqual(["a:1"]);
    await vi.advanceTimersByTimeAsync(500);
    expect(watcher.up("a:1")).toBe(false);
    await vi.advanceTimersByTimeAsync(1100);
    expect(watcher.up("a:1")).toBe(true);
    watcher.close();
  });

  test("a new plan keeps what is known of backends that stay and stops watching those that go", async () => {
    const { watcher, well, asked, backends } = watching(check);
    well.clear();
    await vi.advanceTimersByTimeAsync(2000 * 3);
    expect(watcher.down).toEqual(["a:1", "b:1"]);
    watcher.watch(planOf(check, [B], []), backends);
    expect(watcher.down).toEqual(["b:1"]);
    asked.length = 0;
    await vi.advanceTimersByTimeAsync(6000);
    expect(new Set(asked)).toEqual(new Set(["b:1"]));
    watcher.watch(planOf(null, [B], []), backends);
    expect(watcher.down).toEqual([]);
    watcher.close();
  });

  test("the report says of each backend whether it is up, and whether anybody has asked it yet", async () => {
    const { watcher, well, backends } = watching(check);
    const of = (key: string) => watcher.report.find((backend) => backend.key === key);
    expect(of("a:1")).toEqual({ key: "a:1", up: true, checked: false });
    well.delete("b:1");
    await vi.advanceTimersByTimeAsync(0);
    expect(of("b:1")).toEqual({ key: "b:1", up: true, checked: true });
    await vi.advanceTimersByTimeAsync(2000 * 3);
    expect(watcher.report).toEqual([
      { key: "b:1", up: false, checked: true },
      { key: "a:1", up: true, checked: true },
    ]);
    watcher.watch(planOf({ ...check, path: "/other" }), backends);
    expect(of("a:1")).toEqual({ key: "a:1", up: true, checked: false });
    watcher.close();
  });

  test("nobody is asked after close", async () => {
    const { watcher, asked } = watching(check);
    await vi.advanceTimersByTimeAsync(0);
    watcher.close();
    const before = asked.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked.length).toBe(before);
  });
});

describe("over the network", () => {
  test("2xx and 3xx are well; errors, silence and refused connections are not", async () => {
    const server = createServer((request, response) => {
      if (request.url === "/silent") return;
      response.writeHead(Number(request.url?.slice(1))).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const backend = new Backends().at(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const ask = (path: string) => networkProbe(backend, { ...check, path });
    expect(await Promise.all(["/200", "/204", "/302", "/404", "/503", "/silent"].map(ask))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(await networkProbe(backend, null)).toBe(true);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await networkProbe(backend, null)).toBe(false);
    expect(await ask("/200")).toBe(false);
  });
});
