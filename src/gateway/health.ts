/**
 * Which backends are up, as one worker sees it. Passive: a run of failed attempts ejects a backend at once, without
 * waiting for a check. Active: the arm's health check, asked all the time. An ejected backend comes back only when a
 * probe succeeds (its health check, or a mere connection where it has none), tried with growing pauses.
 * 5xx answers eject nobody: a release that fails must be seen to fail, not hidden.
 */
import { get } from "node:http";
import { connect } from "node:net";
import type { HealthCheck, TrafficPlan } from "../rollout/traffic.ts";
import type { Backend, BackendHealth } from "./seam.ts";
import type { Backends } from "./table.ts";

/** Failed attempts in a row that eject a backend. */
export const EJECT_AFTER = 3;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
const CONNECT_TIMEOUT_MS = 2000;

/** Asks a backend whether it is well. Never rejects. */
export type Probe = (backend: Backend, check: HealthCheck | null) => Promise<boolean>;

/** One probe over the network: GET of the check's path, or a TCP connection where there is no check. */
export const networkProbe: Probe = (backend, check) =>
  check === null ? canConnect(backend, CONNECT_TIMEOUT_MS) : answersWell(backend, check);

function canConnect({ host, port }: Backend, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const settle = (well: boolean) => {
      socket.destroy();
      resolve(well);
    };
    socket.once("connect", () => settle(true));
    socket.once("timeout", () => settle(false));
    socket.once("error", () => settle(false));
  });
}

/** 2xx and 3xx within the timeout, body not awaited. */
function answersWell({ host, port, key }: Backend, { path, timeoutMs }: HealthCheck): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { host: key, "user-agent": "serin-health", connection: "close" };
    const request = get({ host, port, path, headers, agent: false });
    const settle = (well: boolean) => {
      clearTimeout(timer);
      request.destroy();
      resolve(well);
    };
    const timer = setTimeout(() => settle(false), timeoutMs);
    request.once("response", ({ statusCode = 0 }) => settle(statusCode >= 200 && statusCode < 400));
    request.once("error", () => settle(false));
  });
}

/** What is watched of one backend. */
interface Watched {
  readonly backend: Backend;
  check: HealthCheck | null;
  /** Failed attempts in a row, as the data path told. */
  failures: number;
  ejected: boolean;
  /** Results of the same sign in a row: good ones positive. */
  run: number;
  healthy: boolean;
  retryMs: number;
  timer: NodeJS.Timeout | null;
  /** A probe has been answered since its check is what it is. */
  checked: boolean;
}

/** What is known of one backend. Until it was `checked`, it counts as up because nobody said otherwise. */
export interface BackendReport {
  /** host:port */
  readonly key: string;
  readonly up: boolean;
  readonly checked: boolean;
}

export interface HealthParts {
  readonly probe: Probe;
  /** In [0, 1): checks of many workers must not come in step. */
  readonly random: () => number;
  /** Called when a backend goes down or comes back. */
  readonly changed?: (backendKey: string, up: boolean) => void;
}

export class Health implements BackendHealth {
  readonly #watched = new Map<string, Watched>();
  /** Only the backends that are down: the data path asks this on every request, and it is mostly empty. */
  readonly #down = new Set<string>();
  readonly #parts: HealthParts;

  constructor(parts: HealthParts) {
    this.#parts = parts;
  }

  up(backendKey: string): boolean {
    return this.#down.size === 0 || !this.#down.has(backendKey);
  }

  failed(backendKey: string, _nowMs: number): void {
    const watched = this.#watched.get(backendKey);
    if (watched === undefined) return;
    watched.failures += 1;
    if (watched.ejected || watched.failures < EJECT_AFTER) return;
    watched.ejected = true;
    watched.run = 0;
    watched.retryMs = FIRST_RETRY_MS;
    this.#settle(watched);
    this.#schedule(watched, this.#pause(watched));
  }

  succeeded(backendKey: string): void {
    const watched = this.#watched.get(backendKey);
    if (watched !== undefined) watched.failures = 0;
  }

  /** Watches the backends of this plan and no others. What is known of those that stay is kept. */
  watch(plan: TrafficPlan, backends: Backends): void {
    const wanted = new Map<string, { backend: Backend; check: HealthCheck | null }>();
    for (const arm of [plan.canary, plan.stable]) {
      for (const url of arm?.backends ?? []) {
        const backend = backends.at(url);
        wanted.set(backend.key, { backend, check: arm?.health ?? null });
      }
    }
    for (const [key, watched] of this.#watched) if (!wanted.has(key)) this.#forget(key, watched);
    for (const { backend, check } of wanted.values()) this.#follow(backend, check);
  }

  /** Keys of the backends that are down, sorted. */
  get down(): readonly string[] {
    return [...this.#down].toSorted();
  }

  /** Every backend that is watched. */
  get report(): readonly BackendReport[] {
    return [...this.#watched].map(([key, { checked }]) => ({ key, up: this.up(key), checked }));
  }

  close(): void {
    for (const [key, watched] of this.#watched) this.#forget(key, watched);
  }

  #follow(backend: Backend, check: HealthCheck | null): void {
    const known = this.#watched.get(backend.key);
    if (known !== undefined) {
      // the same check in other words: whoever is being asked by it goes on being asked
      if (JSON.stringify(known.check) === JSON.stringify(check)) return;
      known.check = check;
      known.run = 0;
      known.checked = false;
      // Without a check nobody would ever find it well again.
      if (check === null) known.healthy = true;
      this.#settle(known);
      this.#schedule(known, this.#pause(known));
      return;
    }
    const state = { failures: 0, ejected: false, run: 0, healthy: true, retryMs: FIRST_RETRY_MS, timer: null };
    const watched: Watched = { backend, check, ...state, checked: false };
    this.#watched.set(backend.key, watched);
    if (check !== null) this.#schedule(watched, 0);
  }

  #forget(key: string, watched: Watched): void {
    if (watched.timer !== null) clearTimeout(watched.timer);
    this.#watched.delete(key);
    this.#down.delete(key);
  }

  /** Until the next probe; null where there is nothing to ask. A failing one is asked soon, then ever less often. */
  #pause({ check, ejected, retryMs }: Watched): number | null {
    if (check === null && !ejected) return null;
    const pause = ejected ? Math.min(retryMs, check?.intervalMs ?? LONGEST_RETRY_MS) : (check?.intervalMs ?? 0);
    return pause * (0.9 + 0.2 * this.#parts.random());
  }

  #schedule(watched: Watched, pause: number | null): void {
    if (watched.timer !== null) clearTimeout(watched.timer);
    watched.timer = null;
    if (pause === null) return;
    watched.timer = setTimeout(() => void this.#ask(watched), pause);
    watched.timer.unref();
  }

  async #ask(watched: Watched): Promise<void> {
    const { check } = watched;
    const well = await this.#parts.probe(watched.backend, check);
    // The plan may have changed while it was asked.
    if (this.#watched.get(watched.backend.key) !== watched || watched.check !== check) return;
    watched.run = well ? Math.max(0, watched.run) + 1 : Math.min(0, watched.run) - 1;
    watched.retryMs = Math.min(watched.retryMs * 2, LONGEST_RETRY_MS);
    if (watched.run >= (check?.healthyAfter ?? 1)) this.#recover(watched);
    if (check !== null && -watched.run >= check.unhealthyAfter) watched.healthy = false;
    watched.checked = true;
    this.#settle(watched);
    this.#schedule(watched, this.#pause(watched));
  }

  #recover(watched: Watched): void {
    watched.healthy = true;
    if (!watched.ejected) return;
    watched.ejected = false;
    watched.failures = 0;
  }

  /** Writes what was found into the set that the data path asks. */
  #settle({ backend, ejected, healthy }: Watched): void {
    const up = healthy && !ejected;
    if (up === this.up(backend.key)) return;
    if (up) this.#down.delete(backend.key);
    else this.#down.add(backend.key);
    this.#parts.changed?.(backend.key, up);
  }
}
