/** Which adapter stands behind which port of one rollout. */
import { setTimeout } from "node:timers/promises";
import { askHook } from "../engine/ask-hook.ts";
import type { Ports } from "../engine/observe.ts";
import type { Loaded, MetricSource, Store } from "../engine/ports.ts";
import type { Secrets } from "../engine/secrets.ts";
import type { RolloutDocument } from "../document/index.ts";
import { networkProbe } from "../gateway/health.ts";
import type { GatewayClient } from "../gateway/open.ts";
import { createSource, type MetricSourceDeps } from "../metrics/index.ts";
import type { Telling } from "../http/deps.ts";
import { actsFor, readOn, type Offering } from "../http/offers.ts";
import { createNotifiers, createProbes, missingSecrets, type TellingDeps } from "../notifiers/index.ts";
import { gatewayRouter } from "../routers/index.ts";
import type { Spec } from "../rollout/spec.ts";
import { gatewayWorkload } from "../workloads/index.ts";
import type { Gateways } from "./gateways.ts";

export interface PortsWorld {
  readonly gateways: Gateways;
  readonly fetch: typeof fetch;
  readonly secrets: Secrets;
  readonly readFile: (path: string) => Promise<string>;
  readonly events: MetricSourceDeps["events"];
  readonly run: MetricSourceDeps["run"];
  readonly now: () => number;
}

/** The store of this mode parses whole documents: what it loads is one. */
export const documentOf = (spec: Spec): RolloutDocument => spec as RolloutDocument;

/** Sources live as long as their document does: they may remember who failed them. */
export function portsWith(world: PortsWorld): (name: string, loaded: Loaded) => Ports {
  const sources = new WeakMap<Spec, Map<string, MetricSource>>();
  return (name, loaded) => {
    const { spec, status } = loaded;
    const gateway = lazily(() => world.gateways.of(name, documentOf(spec).gateway, status.plan));
    const known = sources.get(spec) ?? new Map<string, MetricSource>();
    sources.set(spec, known);
    return {
      router: gatewayRouter(gateway),
      workload: gatewayWorkload({ gateway, armOf: async (arm) => status[arm], probe: networkProbe }),
      source: (gate) => {
        const source = known.get(gate.name) ?? createSource(gate.source, { ...world, rollout: name, gateway });
        known.set(gate.name, source);
        return source;
      },
      ask: (hook, signal) => askHook(hook, name, loaded, { ...world, sleep }, signal),
    };
  };
}

type Asked = Pick<GatewayClient, "apply" | "read" | "measure" | "health">;

/** A gateway that is opened by the first question. */
function lazily(open: () => Promise<GatewayClient>): Asked {
  return {
    apply: async (plan) => (await open()).apply(plan),
    read: async () => (await open()).read(),
    measure: async (query, window, signal) => (await open()).measure(query, window, signal),
    health: async () => (await open()).health(),
  };
}

/** Never rejects: whoever is not waited for any more goes on at once. */
const sleep = (ms: number, signal: AbortSignal) => setTimeout(ms, undefined, { signal }).catch(() => {});

/** Notifiers live as long as their document does. */
export function notifiersWith(store: Pick<Store, "load">, deps: TellingDeps) {
  const made = new WeakMap<Spec, ReturnType<typeof createNotifiers>>();
  return async (name: string) => {
    const spec = (await store.load(name))?.spec;
    if (spec === undefined) return [];
    const known = made.get(spec) ?? createNotifiers(documentOf(spec), deps);
    made.set(spec, known);
    return known;
  };
}

/** What notifiers are given: the world, and what their messages offer. */
export const tellingDeps = (world: TellingDeps, offering: Offering): TellingDeps => ({
  ...world,
  link: (entry) => readOn(offering.base(), entry),
  actsFor: actsFor(offering),
});

/** The same people, to be tried out, and what they lack. */
export function tellingWith(deps: TellingDeps): Telling {
  return {
    probes: (spec) =>
      createProbes(documentOf(spec), deps).map(({ name, notifier }) => ({
        name,
        send: (entry, signal) => notifier.send(entry, signal),
      })),
    lacking: async (spec) => {
      const found = documentOf(spec).notifications.map(async (one) =>
        (await missingSecrets(one, deps.secrets)).map((error) => ({ name: one.name, error })),
      );
      return (await Promise.all(found)).flat();
    },
  };
}
