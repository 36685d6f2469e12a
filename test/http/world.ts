/**
 * A small world around the API for its tests: real documents in a real store, and real ticks of the engine on a clock
 * that stands still. Only the traffic is invented.
 */
import type { Measurement, Window } from "../../src/analysis/measurement.ts";
import { documentSchema, parseKept, readDocument } from "../../src/document/index.ts";
import type { Ports } from "../../src/engine/observe.ts";
import { Questions } from "../../src/engine/questions.ts";
import { tick } from "../../src/engine/tick.ts";
import { createServer, type ApiServer } from "../../src/http/server.ts";
import type { ServerDeps } from "../../src/http/deps.ts";
import type { Level } from "../../src/http/log.ts";
import type { Live } from "../../src/http/wire.ts";
import { notifiedNames } from "../../src/notifiers/index.ts";
import type { RolloutEvent } from "../../src/rollout/events.ts";
import { initialStatus } from "../../src/rollout/initial.ts";
import type { TrafficPlan } from "../../src/rollout/traffic.ts";
import { openStore, type OpenStore } from "../../src/stores/index.ts";
import { inputsAt } from "../contract/store-fixtures.ts";
import { liveOf as liveWith } from "../live.ts";
import { VirtualClock } from "../../src/sim/clock.ts";

export const NOW = 1_700_000_000_000;

/** A release over two shares, each judged for five minutes, then a person. */
export const yamlOf = (name: string, canary = "v2") => `# kept as written
apiVersion: serin.dev/v1alpha1
kind: Rollout
metadata:
  name: ${name}
spec:
  gateway: { listen: 127.0.0.1:8080 }
  stable: { revision: v1, backends: [http://127.0.0.1:9001] }
  canary: { revision: ${canary}, backends: [http://127.0.0.1:9002] }
  assignment: { by: request }
  strategy:
    canary: { weights: [5, 25], stage: 5m }
  gates:
    - { name: failures, failures: {} }
    - { name: latency, latency: {}, dryRun: true }
`;

/** The same without anything to release. */
export const quietYaml = (name: string) => yamlOf(name).replace(/^ {2}canary: \{ rev.*\n/m, "");

export const liveOf = (at: number): Live =>
  liveWith(
    { requests: 9500, failures: 4, units: 900, unitsFailed: 3, sessions: 1020 },
    { requests: 500, failures: 3, units: 48, unitsFailed: 2, sessions: 55 },
    { at, plan: 2, salt: "seed.1", since: NOW },
  );

/** 19 requests to stable for each to the canary, and one in a hundred fails on either. */
function counted(window: Window, plan: number): Measurement {
  const seconds = Math.floor((window.to - window.from) / 1000);
  const second = (i: number) => ({
    at: window.from + i * 1000,
    plan,
    stable: { n: 1900, bad: 19 },
    canary: { n: 100, bad: 1 },
  });
  const each = (n: number) => Array.from({ length: 19 }, () => n * seconds);
  const ticks = Array.from({ length: seconds }, (_none, i) => second(i));
  return { kind: "counts", window, ticks, slices: { n: each(100), bad: each(1) } };
}

export interface World extends AsyncDisposable {
  readonly api: ApiServer;
  readonly store: OpenStore;
  readonly clock: VirtualClock;
  readonly log: { readonly level: Level; readonly message: string; readonly fields: unknown }[];
  readonly woken: string[];
  /** Ticks until there is nothing left to do at this moment. */
  take(name: string): Promise<void>;
  /** Time passes, a second at a time, and the engine looks after each. */
  pass(name: string, seconds: number): Promise<void>;
  /** Adds events to the journal and changes nothing else. */
  tell(name: string, ...events: readonly RolloutEvent[]): Promise<void>;
  /** Puts a document as the API would. */
  put(text: string): Promise<void>;
}

export const paused = (reason: string, by = "anna"): RolloutEvent => ({
  type: "paused",
  at: NOW,
  release: 1,
  by,
  reason,
});

export const openMemory = (): Promise<OpenStore> =>
  openStore({ parse: parseKept, notified: (name, document) => notifiedNames(parseKept(name, document)), memory: {} });

/**
 * `shop` is in the first seconds of its release, at 5 %; `quiet` has never released. `store`: one that has been in another world
 * before, as it is; it is not closed with this one.
 */
export async function createWorld(more: Partial<ServerDeps> & { readonly store?: OpenStore } = {}): Promise<World> {
  const { store: given, ...deps } = more;
  const store = given ?? (await openMemory());
  const clock = new VirtualClock(NOW);
  const log: World["log"] = [];
  const woken: string[] = [];
  const live = new Map<string, TrafficPlan>();
  const api = createServer({
    records: store,
    engine: { wake: (name) => void woken.push(name) },
    parse: (text) => readDocument(text, "body"),
    specOf: parseKept,
    initial: (_name, spec) => initialStatus(spec, clock.now(), "seed"),
    live: (name) => (name === "shop" ? liveOf(clock.now()) : null),
    schema: documentSchema,
    version: "0.0.0-test",
    now: () => clock.now(),
    tokens: null,
    log: (level, message, fields) => void log.push({ level, message, fields }),
    ...deps,
  });
  await api.app.ready();
  const portsOf = (name: string) => portsAround(name, live);
  const world: World = {
    api,
    store,
    clock,
    log,
    woken,
    async take(name) {
      const stop = new AbortController().signal;
      const questions = new Questions(clock, () => {});
      for (let next: number | null = 0; next !== null && next <= clock.now();) {
        next = await tick(name, { store, clock, portsOf, log: () => {} }, stop, questions);
      }
    },
    async pass(name, seconds) {
      for (let second = 0; second < seconds; second++) {
        await clock.passFor(1000);
        await world.take(name);
      }
    },
    async tell(name, ...events) {
      for (;;) {
        const now = await store.load(name);
        if (now === null) throw new Error(`no rollout ${name}`);
        const { status, version: from } = now;
        const change = { name, from, status, events, measurements: {}, inputs: inputsAt(NOW), signalsTaken: 0 };
        if (await store.commit(change)) return;
      }
    },
    async put(text) {
      const { name, document } = readDocument(text, "test");
      await store.put(name, document, (spec) => initialStatus(spec, clock.now(), "seed"));
    },
    async [Symbol.asyncDispose]() {
      await api.close();
      if (given === undefined) await store.close();
    },
  };
  if (given !== undefined) return world;
  await world.put(yamlOf("shop"));
  await world.put(quietYaml("quiet"));
  await world.take("quiet");
  await world.pass("shop", 2);
  return world;
}

/** A router that does as it is told, a canary that is well, and a source that counts requests and no latencies. */
function portsAround(name: string, live: Map<string, TrafficPlan>): Ports {
  return {
    router: {
      apply: async (plan) => void live.set(name, plan),
      read: async () => live.get(name) ?? null,
    },
    workload: { ready: async () => ({ ready: true }) },
    source: () => ({
      measure: async (query, window) =>
        query.ask === "counts"
          ? counted(window, live.get(name)?.version ?? 0)
          : { kind: "noData", window, reason: "latencies are not recorded" },
    }),
    ask: async () => ({ said: "yes", reason: "40 of 40", output: "login: ok\n40 of 40" }),
  };
}
