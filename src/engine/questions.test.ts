/** A slow hook or source holds up itself and nobody else, and what it says late is heard if it still means anything. */
import { expect, test } from "vitest";
import { initialStatus } from "../rollout/initial.ts";
import { VirtualClock } from "../sim/clock.ts";
import { readSpec } from "../sim/play.ts";
import { failing, good, steady } from "../sim/scenarios/truths.ts";
import { World } from "../sim/world.ts";
import { openStore } from "../stores/index.ts";
import { createEngine } from "./engine.ts";
import type { Ports } from "./observe.ts";
import { Questions } from "./questions.ts";

const START = Date.UTC(2026, 0, 1);

const document = {
  stable: { revision: "v1", backends: ["http://127.0.0.1:9001"] },
  canary: { revision: "v2", backends: ["http://127.0.0.1:9002"] },
  strategy: { canary: { weights: [20], stage: "10m", early: false } },
  hooks: [{ name: "slow", on: "rollback", url: "http://127.0.0.1:9/", timeout: "30s", every: "1s" }],
};

async function play(
  slow: (clock: VirtualClock, world: World) => Partial<Ports>,
  truth = steady(300, good, failing(0.1)),
) {
  const clock = new VirtualClock(START);
  const store = await openStore({ memory: {}, parse: readSpec });
  await store.put("shop", document, (spec) => initialStatus(spec, START, "seed"));
  const world = new World(clock, truth, 1);
  const ports: Ports = {
    router: world.router,
    workload: world.workload,
    source: () => world.source(),
    ask: (hook) => world.ask(hook),
    ...slow(clock, world),
  };
  const parts = { store, clock, portsOf: () => ports, names: () => store.names(), gone: () => {}, log: () => {} };
  const engine = createEngine(parts);
  await engine.start();
  await clock.pass(START + 60_000);
  await engine.close();
  const journal = await store.journal(0, { limit: 100 });
  return (type: string) => journal.find(({ event }) => event.type === type)?.event.at;
}

const no = { said: "no" as const, reason: "404" };

const later = (clock: VirtualClock, ms: number) =>
  new Promise<void>((resolve) => void clock.wakeAt(clock.now() + ms, resolve));

test("a hook that takes twenty seconds does not keep harm from being found", async () => {
  const quick = (await play(() => ({ ask: async () => no })))("rolledBack") ?? Infinity;
  const at = await play((clock) => ({
    ask: async () => {
      await later(clock, 20_000);
      return no;
    },
  }));
  expect(quick).toBeLessThan(START + 20_000);
  expect(at("rolledBack")).toBeLessThanOrEqual(quick + 1000);
});

test("a source that is slow for one gate does not keep the other from finding harm", async () => {
  const at = await play((clock, world) => ({
    ask: async () => no,
    source: (gate) => ({
      measure: async (query, window, signal) => {
        if (gate.name === "latency") await later(clock, 9000);
        return world.source().measure(query, window, signal);
      },
    }),
  }));
  expect(at("rolledBack")).toBeLessThan(START + 20_000);
});

test("what a slow hook says is heard when it comes", async () => {
  const at = await play(
    (clock) => ({
      ask: async () => {
        await later(clock, 7000);
        return { said: "yes", reason: "pager" };
      },
    }),
    steady(300),
  );
  expect(at("rolledBack")).toBeGreaterThanOrEqual(START + 7000);
  expect(at("rolledBack")).toBeLessThan(START + 8000);
});

test("a subject is asked once at a time, and an answer on another topic is dropped", async () => {
  const clock = new VirtualClock(START);
  let woken = 0;
  const questions = new Questions(clock, () => (woken += 1));
  const asked: string[] = [];
  const ask = (topic: string, answer: Promise<unknown>) =>
    questions.ask("hook a", topic, () => {
      asked.push(topic);
      return answer;
    });
  const first = Promise.withResolvers<unknown>();
  ask("1", first.promise);
  ask("2", Promise.resolve("second"));
  await Promise.all([questions.wait(), clock.passFor(1000)]);
  expect(questions.take("hook a", "1")).toBeUndefined();
  first.resolve("first");
  await clock.passFor(0);
  expect([woken, questions.take("hook a", "2"), asked]).toEqual([1, undefined, ["1"]]);
  ask("2", Promise.resolve("second"));
  await questions.wait();
  expect(questions.take("hook a", "2")).toBe("second");
});
