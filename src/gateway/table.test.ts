import { expect, test } from "vitest";
import type { TrafficPlan } from "../rollout/traffic.ts";
import type { BackendHealth, HeadView } from "./seam.ts";
import { Backends, compileTable, emptyTable, systemChance } from "./table.ts";

const head: HeadView = {
  method: "GET",
  path: "/",
  query: "",
  header: () => null,
  cookie: () => null,
  remoteAddress: "::1",
};
const plan: TrafficPlan = {
  version: 4,
  rollout: "shop",
  salt: "s",
  canaryWeight: 10_000,
  mirrorWeight: 0,
  unit: { address: {} },
  matches: [],
  stable: { revision: "v1", backends: ["http://127.0.0.1:1", "http://[::1]:2", "http://app:3/"] },
  canary: { revision: "v2", backends: ["http://app"] },
};

class Down implements BackendHealth {
  readonly keys = new Set<string>();
  up = (key: string): boolean => !this.keys.has(key);
  failed = (): void => {};
  succeeded = (): void => {};
}

function tableOf(down: Down, backends = new Backends()) {
  return compileTable(plan, { backends, health: down, chance: systemChance() });
}

test("backends take turns, the dead ones left out", () => {
  const down = new Down();
  const table = tableOf(down);
  const turns = (n: number) => Array.from({ length: n }, () => table.pick("stable")?.key);
  expect(turns(4)).toEqual(["127.0.0.1:1", "[::1]:2", "app:3", "127.0.0.1:1"]);
  down.keys.add("[::1]:2");
  expect(turns(4)).toEqual(["app:3", "127.0.0.1:1", "app:3", "127.0.0.1:1"]);
});

test("a dead canary has no backend; stable is tried even when all of it looks dead", () => {
  const down = new Down();
  const table = tableOf(down);
  expect(table.pick("canary")).toEqual({ host: "app", port: 80, key: "app:80" });
  for (const key of ["app:80", "127.0.0.1:1", "[::1]:2", "app:3"]) down.keys.add(key);
  expect(table.pick("canary")).toBeNull();
  expect(table.pick("stable")?.host).toBe("127.0.0.1");
  expect(table.pick("stable")?.host).toBe("::1");
});

test("a backend is the same object in every table, until no plan names it", () => {
  const backends = new Backends();
  const first = tableOf(new Down(), backends).pick("canary");
  expect(tableOf(new Down(), backends).pick("canary")).toBe(first);
  backends.keep({ ...plan, canary: null });
  expect(tableOf(new Down(), backends).pick("canary")).not.toBe(first);
});

test("routes carry the plan's version; before any plan there is nowhere to go", () => {
  expect(tableOf(new Down()).route(head)).toMatchObject({ arm: "canary", plan: 4 });
  const empty = emptyTable();
  expect(empty.route(head)).toMatchObject({ arm: "stable", plan: 0, setCookie: null });
  expect(empty.pick("stable")).toBeNull();
});

test("visitor ids are 128 bits of base64url, none twice", () => {
  const chance = systemChance();
  const ids = Array.from({ length: 5000 }, () => chance.id());
  expect(new Set(ids).size).toBe(5000);
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{21}[AQgw]$/);
});
