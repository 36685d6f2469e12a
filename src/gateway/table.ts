/**
 * The routing table: a TrafficPlan compiled into one immutable value that the data path asks. A new plan makes a new
 * table, and one assignment of a variable makes it live for the next request.
 */
import { randomFillSync } from "node:crypto";
import type { ArmPlan, TrafficPlan } from "../rollout/traffic.ts";
import { compileAssignment, type Chance, type MutableRoute } from "./assign.ts";
import type { ArmName, Backend, BackendHealth, RoutingTable } from "./seam.ts";

/** Backends by host:port, one object each for the life of the process, so that idle connections outlive a plan. */
export class Backends {
  readonly #known = new Map<string, Backend>();

  /** The backend at "http://host:port"; the same object for the same address. */
  at(url: string): Backend {
    const { hostname, port } = new URL(url);
    const host = hostname.replace(/^\[|\]$/g, "");
    const backend = { host, port: port === "" ? 80 : Number(port), key: `${hostname}:${port || 80}` };
    const known = this.#known.get(backend.key);
    if (known !== undefined) return known;
    this.#known.set(backend.key, backend);
    return backend;
  }

  /** Forgets the backends that a plan no longer names. */
  keep(plan: TrafficPlan): void {
    const named = new Set(armBackends(plan).map((url) => this.at(url).key));
    for (const key of this.#known.keys()) if (!named.has(key)) this.#known.delete(key);
  }
}

function armBackends(plan: TrafficPlan): readonly string[] {
  return [...plan.stable.backends, ...(plan.canary?.backends ?? [])];
}

export interface TableParts {
  readonly backends: Backends;
  readonly health: BackendHealth;
  readonly chance: Chance;
}

/** Compiles a plan. Throws DOCUMENT_INVALID for a match whose regular expression is none. */
export function compileTable(plan: TrafficPlan, parts: TableParts): RoutingTable {
  const fill = compileAssignment(plan, parts.chance);
  const route = emptyRoute(plan.version);
  // Stable is tried even when every backend of it looks dead: there is nobody else to ask, and it may just be back.
  const stable = roundRobin(plan.stable, parts, true);
  const canary = roundRobin(plan.canary, parts, false);
  return {
    plan: plan.version,
    route(head) {
      fill(head, route);
      return route;
    },
    pick: (arm: ArmName) => (arm === "stable" ? stable() : canary()),
  };
}

/** What is routed by before the first plan: there is nowhere to go. */
export function emptyTable(): RoutingTable {
  const route = emptyRoute(0);
  return { plan: 0, route: () => route, pick: () => null };
}

function emptyRoute(plan: number): MutableRoute {
  return { arm: "stable", forced: false, unitHi: 0, unitLo: 0, setCookie: null, mirrorTo: null, plan };
}

function roundRobin(arm: ArmPlan | null, { backends, health }: TableParts, evenDown: boolean): () => Backend | null {
  const all = (arm?.backends ?? []).map((url) => backends.at(url));
  let next = 0;
  const turn = (): Backend => {
    const backend = all[next];
    next = next + 1 === all.length ? 0 : next + 1;
    return backend;
  };
  return () => {
    for (let tried = 0; tried < all.length; tried++) {
      const backend = turn();
      if (health.up(backend.key)) return backend;
    }
    return evenDown && all.length > 0 ? turn() : null;
  };
}

const ID_BYTES = 16;
const POOL = 256;

/** Ids from the system's randomness, drawn in batches: 256 visitors cost one call. */
export function systemChance(): Chance {
  const pool = Buffer.alloc(ID_BYTES * POOL);
  let left = 0;
  return {
    uniform: Math.random,
    id() {
      if (left === 0) {
        randomFillSync(pool);
        left = POOL;
      }
      left -= 1;
      return pool.toString("base64url", left * ID_BYTES, (left + 1) * ID_BYTES);
    },
  };
}
