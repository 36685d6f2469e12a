/**
 * The fleet as it was last looked at. Whoever watches shares one look: what has changed since is read again, at most once
 * in a while, and every watcher takes what is newer than what it has. While nobody watches nothing is read.
 */
import type { Loaded } from "../../engine/ports.ts";
import { isUnderway } from "../../rollout/status.ts";
import type { ServerDeps } from "../deps.ts";
import { measured } from "../live.ts";
import type { FleetRow, Outlook, Overview, Traffic } from "../wire-pages.ts";
import { fleetRow, overview } from "./index.ts";
import { trafficOf } from "./series.ts";
import type { Trace } from "./trace.ts";
import type { Traces } from "./traces.ts";

/** How often what has changed is looked at, milliseconds. */
export const PACE_MS = 500;

export interface Sources {
  readonly deps: Pick<ServerDeps, "records" | "live" | "log" | "now">;
  readonly traces: Traces;
}

/** How often a row's traffic is looked at: forty points of ten minutes change every quarter of one. */
const TRAFFIC_MS = 5000;

interface Kept {
  /** The look at which the row last changed. */
  readonly stamp: number;
  readonly text: string;
  readonly row: FleetRow;
}

/** What is newer than a look. */
export interface News {
  readonly stamp: number;
  readonly rows: readonly FleetRow[];
  readonly gone: readonly string[];
}

export class Snapshots {
  readonly #sources: Sources;
  readonly #rows = new Map<string, Kept>();
  readonly #traffic = new Map<string, { readonly at: number; readonly traffic: Traffic | null }>();
  readonly #gone = new Map<string, number>();
  readonly #unsubscribe: () => void;
  #dirty = new Set<string>();
  #stamp = 0;
  #lookedAt = -Infinity;
  #looking: Promise<void> | null = null;

  constructor(sources: Sources) {
    this.#sources = sources;
    this.#unsubscribe = sources.deps.records.onChange((name) => void this.#dirty.add(name));
  }

  /** Everything that changed after look `since`; 0 gives all. */
  async news(since: number): Promise<News> {
    if (performance.now() - this.#lookedAt >= PACE_MS)
      this.#looking ??= this.#look().finally(() => (this.#looking = null));
    await this.#looking;
    const rows = [...this.#rows.values()].filter(({ stamp }) => stamp > since).map(({ row }) => row);
    const gone = [...this.#gone].filter(([, stamp]) => stamp > since).map(([name]) => name);
    return { stamp: this.#stamp, rows, gone };
  }

  close(): void {
    this.#unsubscribe();
  }

  async #look(): Promise<void> {
    const dirty = this.#dirty;
    this.#dirty = new Set();
    const names = await this.#sources.deps.records.names();
    const stamp = this.#stamp + 1;
    for (const name of this.#rows.keys()) if (!names.includes(name)) this.#forget(name, stamp);
    // A commit of another process is not announced: a release under way is looked at in any case.
    const due = names.filter((name) => dirty.has(name) || isMoving(this.#rows.get(name)?.row));
    await Promise.all(due.map((name) => this.#read(name, stamp)));
    this.#stamp = stamp;
    this.#lookedAt = performance.now();
  }

  #forget(name: string, stamp: number): void {
    this.#rows.delete(name);
    this.#gone.set(name, stamp);
  }

  async #read(name: string, stamp: number): Promise<void> {
    const { deps } = this.#sources;
    const [loaded, live] = await Promise.all([deps.records.load(name), measured(deps, name)]);
    if (loaded === null) return;
    const traffic = await this.#trafficOf(name, loaded);
    const row = fleetRow({ name, loaded, live, now: deps.now() }, traffic);
    const text = JSON.stringify(row);
    if (this.#rows.get(name)?.text === text) return;
    this.#rows.set(name, { stamp, text, row });
    this.#gone.delete(name);
  }

  async #trafficOf(name: string, { status }: Loaded): Promise<Traffic | null> {
    if (!isUnderway(status)) return null;
    const known = this.#traffic.get(name);
    if (known !== undefined && performance.now() - known.at < TRAFFIC_MS) return known.traffic;
    const traced = await this.#sources.traces.of(name, status.release);
    const traffic = traced === null ? null : trafficOf(traced.trace);
    if (traced?.complete === false) return traffic;
    this.#traffic.set(name, { at: performance.now(), traffic });
    return traffic;
  }
}

const isMoving = (row: FleetRow | undefined) => row === undefined || row.phase === "progressing";

/** One rollout at one look; null when there is none of that name. */
export async function overviewOf({ deps, traces }: Sources, name: string): Promise<Overview | null> {
  const [loaded, document, live] = await Promise.all([
    deps.records.load(name),
    deps.records.document(name),
    measured(deps, name),
  ]);
  if (loaded === null) return null;
  const seen = overview({ name, loaded, live, now: deps.now() }, document);
  const traced = loaded.status.release === 0 ? null : await traces.of(name, loaded.status.release);
  return traced === null ? seen : { ...seen, outlooks: seen.outlooks.map((one) => inItsUnit(one, traced.trace)) };
}

/** Latencies are compared in milliseconds where the record tells them. */
function inItsUnit(outlook: Outlook, trace: Trace): Outlook {
  const gate = trace.gates.find(({ name, kind }) => name === outlook.gate && kind === "latency");
  const compared = gate === undefined ? null : trace.compared(gate);
  return compared === null ? outlook : { ...outlook, compared };
}
