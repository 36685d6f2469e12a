/** A small world around the API for its tests: a memory store with a rollout, and an engine that takes signals when told. */
import { LineCounter, parseDocument } from "yaml";
import type { Gate } from "../../src/analysis/metric.ts";
import type { Verdict } from "../../src/analysis/verdict.ts";
import { SerinError } from "../../src/errors.ts";
import { createServer, type ApiServer } from "../../src/http/server.ts";
import type { Level, ServerDeps } from "../../src/http/deps.ts";
import type { Live } from "../../src/http/wire.ts";
import type { RolloutEvent } from "../../src/rollout/events.ts";
import type { Spec } from "../../src/rollout/spec.ts";
import type { Status } from "../../src/rollout/status.ts";
import { strategySchema } from "../../src/rollout/strategies/index.ts";
import { openStore, type OpenStore } from "../../src/stores/index.ts";
import { inputsAt } from "../contract/store-fixtures.ts";

export const NOW = 1_700_000_000_000;

const gates: readonly Gate[] = [
  {
    name: "failures",
    kind: "failures",
    weight: 1,
    dryRun: false,
    source: { gateway: {} },
    failures: { of: ["5xx", "connect"], count: "auto", margin: { ratio: 1.25 }, limit: { points: 0.005 } },
  },
  {
    name: "latency",
    kind: "latency",
    weight: 1,
    dryRun: true,
    source: { gateway: {} },
    latency: { count: "requests", quantile: 0.99, ratio: 1.2, limit: 2 },
  },
];

export const yamlOf = (name: string, revision = "v1") =>
  `# kept as written\nmetadata:\n  name: ${name}\nspec:\n  revision: ${revision}\n`;

const problem = (line: number, column: number, path: string, message: string) => ({
  file: "body",
  line,
  column,
  path,
  message,
});

/** The smallest document that behaves like a real one: named, positioned mistakes, text kept as it came. */
export function parseText(text: string): { name: string; document: unknown } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) throw new SerinError("DOCUMENT_UNREADABLE", document.errors[0].message);
  const { metadata, ...rest } = (document.toJS() ?? {}) as { metadata?: { name?: string }; spec?: unknown };
  const unknown = Object.keys(rest).filter((key) => key !== "spec");
  const problems = unknown.map((key) => problem(1, 1, key, `unknown key ${key}`));
  if (metadata?.name === undefined) problems.push(problem(1, 1, "metadata.name", "is missing"));
  if (problems.length > 0)
    throw new SerinError("DOCUMENT_INVALID", "the document does not fit", { details: { problems } });
  return { name: metadata?.name ?? "", document: text };
}

export function specOf(name: string): Spec {
  return {
    name,
    stable: { revision: "v1", backends: ["http://127.0.0.1:9001"] },
    canary: { revision: "v2", backends: ["http://127.0.0.1:9002"] },
    assignment: { request: {} },
    matches: [],
    strategy: strategySchema.parse({ canary: {} }),
    gates,
    hooks: [],
    promise: { falseRollback: 0.01, falsePromotion: 0.01 },
    whenUndecided: "hold",
  };
}

export function statusOf(name: string, more: Partial<Status> = {}): Status {
  const stable = { revision: "v1", backends: ["http://127.0.0.1:9001"] };
  const canary = { revision: "v2", backends: ["http://127.0.0.1:9002"] };
  return {
    phase: "idle",
    release: 0,
    seed: "s",
    salt: "s",
    stable,
    canary: null,
    previous: null,
    steps: [],
    step: 0,
    begun: false,
    approved: false,
    enteredAt: NOW,
    liveAt: null,
    pausedAt: null,
    plan: {
      version: 1,
      rollout: name,
      salt: "s",
      canaryWeight: 0,
      mirrorWeight: 0,
      unit: { request: {} },
      matches: [],
      stable,
      canary,
    },
    stagePlan: 1,
    stageAt: NOW,
    evidence: {},
    verdicts: {},
    logHarm: 0,
    measuredTo: {},
    hooks: {},
    written: { stable, canary },
    reason: "",
    pausedBy: null,
    outcome: null,
    startedAt: NOW,
    endedAt: null,
    wakeAt: null,
    ...more,
  };
}

const verdict: Verdict = {
  verdict: "inconclusive",
  logHarm: 0.4,
  logSafe: 1.2,
  measured: true,
  reason: "3 of 500 requests failed on the canary against 4 of 9,500",
  numbers: { canaryN: 500, canaryBad: 3, stableN: 9500, stableBad: 4, harmNeeded: 200, safeNeeded: 100 },
};

/** A release on its way: second of four steps, 5 %. */
export function releasing(name: string, more: Partial<Status> = {}): Status {
  const idle = statusOf(name);
  return {
    ...idle,
    phase: "progressing",
    release: 1,
    canary: idle.plan.canary,
    steps: [
      { setWeight: { weight: 500 } },
      { analyze: { forMs: 300_000, atLeastMs: 10_000, early: true } },
      { approve: { note: "QA" } },
      { end: {} },
    ],
    step: 1,
    liveAt: NOW,
    plan: { ...idle.plan, version: 2, canaryWeight: 500 },
    verdicts: { failures: verdict },
    measuredTo: { failures: NOW },
    logHarm: 0.4,
    ...more,
  };
}

export const liveOf = (): Live => ({
  at: NOW,
  plan: 2,
  windowMs: 10_000,
  share: 497.5,
  stable: { requests: 9500, failures: 4, units: 900, unitsFailed: 3 },
  canary: { requests: 500, failures: 3, units: 48, unitsFailed: 2 },
});

export interface World extends AsyncDisposable {
  readonly api: ApiServer;
  readonly store: OpenStore;
  readonly log: { level: Level; message: string; fields: unknown }[];
  readonly woken: string[];
  /** Commits events, and what else changes, as the engine would. */
  commit(name: string, events: readonly RolloutEvent[], status?: Partial<Status>): Promise<void>;
  /** Takes all signals: `pause` is accepted, everything else refused. */
  take(name: string): Promise<void>;
}

export const paused = (reason: string, by = "anna"): RolloutEvent => ({
  type: "paused",
  at: NOW,
  release: 1,
  by,
  reason,
});

/** `shop` is releasing; `quiet` has never released. */
export async function createWorld(more: Partial<ServerDeps> = {}): Promise<World> {
  const store = await openStore({ parse: specOf, memory: {} });
  await store.put("shop", yamlOf("shop"), () => releasing("shop"));
  await store.put("quiet", yamlOf("quiet"), () => statusOf("quiet"));
  const log: World["log"] = [];
  const woken: string[] = [];
  const api = createServer({
    records: store,
    engine: { wake: (name) => void woken.push(name) },
    parse: parseText,
    initial: (name) => statusOf(name),
    live: (name) => (name === "shop" ? liveOf() : null),
    schema: () => ({ type: "object" }),
    version: "0.0.0-test",
    now: () => NOW,
    tokens: null,
    log: (level, message, fields) => void log.push({ level, message, fields }),
    ...more,
  });
  await api.app.ready();
  const world: World = {
    api,
    store,
    log,
    woken,
    async commit(name, events, status = {}) {
      for (;;) {
        const now = await store.load(name);
        if (now === null) throw new Error(`no rollout ${name}`);
        const change = { name, from: now.version, status: { ...now.status, ...status }, events, measurements: {} };
        if (await store.commit({ ...change, inputs: inputsAt(NOW), signalsTaken: 0 })) return;
      }
    },
    take: (name) => take(store, name),
    async [Symbol.asyncDispose]() {
      await api.close();
      await store.close();
    },
  };
  return world;
}

async function take(store: OpenStore, name: string): Promise<void> {
  const now = await store.load(name);
  if (now === null || now.signals.length === 0) return;
  const events = now.signals.map(({ id, signal: { verb, by, why } }): RolloutEvent => {
    if (verb === "pause") return paused(why ?? "", by);
    return { type: "signalRefused", at: NOW, release: 1, verb, by, reason: "nothing to do", signal: id };
  });
  await store.commit({
    name,
    from: now.version,
    status: now.status,
    events,
    measurements: {},
    inputs: inputsAt(NOW),
    signalsTaken: now.signals.at(-1)?.id ?? 0,
  });
}
