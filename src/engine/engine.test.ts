/** Many rollouts in one engine, and what a tick that dies at any point leaves behind. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { initialStatus } from "../rollout/initial.ts";
import { VirtualClock } from "../sim/clock.ts";
import { readSpec } from "../sim/play.ts";
import { failing, good, steady } from "../sim/scenarios/truths.ts";
import { World } from "../sim/world.ts";
import { openStore, type OpenStore } from "../stores/index.ts";
import { createEngine, type EngineParts } from "./engine.ts";
import type { Ports } from "./observe.ts";
import type { Store } from "./ports.ts";

const START = Date.UTC(2026, 0, 1);
const document = {
  stable: { revision: "v1", backends: ["http://127.0.0.1:9001"] },
  canary: { revision: "v2", backends: ["http://127.0.0.1:9002"] },
  strategy: { canary: { weights: [20, 50], stage: "2m", atLeast: "5s" } },
};

async function stage(names: readonly string[], truth = steady(300)) {
  const clock = new VirtualClock(START);
  const store = await openStore({ memory: {}, parse: readSpec });
  for (const name of names) await store.put(name, document, (spec) => initialStatus(spec, START, name));
  const world = new World(clock, truth, 1);
  const logged: string[] = [];
  const parts: EngineParts = {
    store,
    clock,
    portsOf: () => world,
    names: () => store.names(),
    gone: () => {},
    log: (_level, message) => void logged.push(message),
  };
  return { clock, store, world, parts, logged };
}

const statusOf = async (store: OpenStore, name = "shop") => {
  const loaded = await store.load(name);
  if (loaded === null) throw new Error(`${name} is gone`);
  return loaded.status;
};

test("a rollout whose ports fail is tried again and holds up nobody", async () => {
  const { clock, store, world, parts, logged } = await stage(["broken", "shop"]);
  let tries = 0;
  const portsOf = (name: string): Ports => {
    if (name === "shop") return world;
    tries += 1;
    throw new Error("no gateway for it");
  };
  const engine = createEngine({ ...parts, portsOf });
  await engine.start();
  await clock.pass(START + 180_000);
  await engine.close();
  expect((await statusOf(store)).phase).toBe("promoted");
  // 250 ms, 500 ms, ... up to 30 s: tried all the time, and ever less often
  expect(tries).toBeGreaterThan(8);
  expect(tries).toBeLessThan(20);
  expect(logged).toContain("a tick failed: no gateway for it");
});

test("who loses the race to commit looks again, and nobody's commit is overwritten", async () => {
  const { clock, store, parts } = await stage(["shop"]);
  let raced = 0;
  const racing: Store = {
    load: (name) => store.load(name),
    commit: async (change) => {
      if (raced++ === 2) {
        const found = await store.load("shop");
        if (found !== null)
          await store.commit({
            ...change,
            from: found.version,
            status: { ...found.status, reason: "somebody was here" },
            events: [],
          });
      }
      return store.commit(change);
    },
  };
  const engine = createEngine({ ...parts, store: racing });
  await engine.start();
  await clock.pass(START + 2000);
  expect((await store.journal(0, { limit: 100 })).map(({ event }) => event.type)).toContain("stepEntered");
  await engine.close();
});

test("a removed rollout is let go, and a closed engine begins nothing", async () => {
  const { clock, store, parts } = await stage(["shop"]);
  const gone: string[] = [];
  const engine = createEngine({ ...parts, gone: (name) => void gone.push(name) });
  await engine.start();
  await clock.pass(START + 3000);
  await store.remove("shop");
  await clock.pass(START + 5000);
  expect(gone).toEqual(["shop"]);
  await store.put("shop", document, (spec) => initialStatus(spec, clock.now(), "again"));
  await engine.close();
  engine.wake("shop");
  await clock.pass(START + 10_000);
  expect((await statusOf(store)).release).toBe(0);
});

/** Where a tick may die: before a call, or when it had its effect and nobody heard of it. */
interface Fault {
  readonly call: "load" | "commit" | "apply" | "read";
  readonly nth: number;
  readonly after: boolean;
}

const fault: fc.Arbitrary<Fault> = fc.record({
  call: fc.constantFrom("load", "commit", "apply", "read"),
  nth: fc.integer({ min: 0, max: 40 }),
  after: fc.boolean(),
});

async function withFaults(faults: readonly Fault[], truth = steady(300)) {
  const { clock, store, world, parts } = await stage(["shop"], truth);
  const calls = { load: 0, commit: 0, apply: 0, read: 0 };
  const fragile = async <T>(call: Fault["call"], act: () => Promise<T>): Promise<T> => {
    const nth = calls[call]++;
    const hits = faults.filter((one) => one.call === call && one.nth === nth);
    if (hits.some(({ after }) => !after)) throw new Error("died before");
    const done = await act();
    if (hits.length > 0) throw new Error("died after");
    return done;
  };
  const ports: Ports = {
    workload: world.workload,
    source: () => world.source(),
    ask: (hook) => world.ask(hook),
    router: {
      apply: (plan) => fragile("apply", () => world.router.apply(plan)),
      read: () => fragile("read", () => world.router.read()),
    },
  };
  const broken: Store = {
    load: (name) => fragile("load", () => store.load(name)),
    commit: (change) => fragile("commit", () => store.commit(change)),
  };
  const engine = createEngine({ ...parts, store: broken, portsOf: () => ports });
  await engine.start();
  await clock.pass(START + 300_000);
  await engine.close();
  return { status: await statusOf(store), journal: await store.journal(0, { limit: 1000 }), world };
}

test("a tick may die anywhere: the same end, every event told once, and the router has the last plan", async () => {
  const whole = await withFaults([]);
  expect(whole.status.outcome).toBe("promoted");
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { maxLength: 12 }), async (faults) => {
      const { status, journal, world } = await withFaults(faults);
      expect(status.outcome).toBe("promoted");
      expect(world.plans.at(-1)?.plan).toEqual(status.plan);
      const count = (type: string) => journal.filter(({ event }) => event.type === type).length;
      expect([count("started"), count("promoted"), count("stepDone")]).toEqual([1, 1, 4]);
    }),
    { numRuns: 30 },
  );
});

test("harm is found all the same", async () => {
  const faults: Fault[] = ["load", "commit", "apply", "read"].flatMap((call) =>
    [3, 6, 9].map((nth) => ({ call: call as Fault["call"], nth, after: nth % 2 === 0 })),
  );
  const { status } = await withFaults(faults, steady(300, good, failing(0.1)));
  expect(status.outcome).toBe("rolledBack");
});
