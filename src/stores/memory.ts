/**
 * The store that forgets: for tests, simulation and trying Serin out. Everything is kept as JSON text, so that what
 * comes out is a copy and what SQLite would refuse is refused here too.
 */
import { z } from "zod";
import type { Measurement } from "../analysis/measurement.ts";
import type {
  Beginning,
  Change,
  CommitRecord,
  DocumentRecord,
  JournalEntry,
  Loaded,
  MeasurementRecord,
} from "../engine/ports.ts";
import { SerinError } from "../errors.ts";
import type { RolloutEvent } from "../rollout/events.ts";
import type { Signal, StoredSignal } from "../rollout/signals.ts";
import type { Spec } from "../rollout/spec.ts";
import type { Status } from "../rollout/status.ts";
import { decode, encode, sameJson } from "./json.ts";
import { bySeq, byVersion, firstAfter, Past } from "./memory-past.ts";
import { bounded, Listeners, noSuchRollout, PRUNE_GRACE_MS, Specs, type OpenStore, type StoreDeps } from "./store.ts";

interface Kept {
  document: string;
  version: number;
  status: string;
  release: number;
  signals: { readonly id: number; readonly at: number; readonly signal: string }[];
  measurements: {
    readonly version: number;
    readonly release: number;
    readonly gate: string;
    readonly to: number;
    readonly text: string;
  }[];
  readonly cursors: Map<string, number>;
  readonly past: Past;
}

interface KeptEntry {
  readonly seq: number;
  readonly rollout: string;
  readonly event: string;
}

export class MemoryStore implements OpenStore {
  readonly #rollouts = new Map<string, Kept>();
  /** Last version of removed rollouts: a commit meant for the old one must not hit its successor. */
  readonly #retired = new Map<string, number>();
  readonly #notes = new Map<string, string>();
  readonly #specs: Specs;
  readonly #notified: StoreDeps["notified"];
  readonly #listeners = new Listeners();
  #journal: KeptEntry[] = [];
  #seq = 0;
  #signal = 0;
  #open = true;

  constructor(deps: StoreDeps) {
    this.#specs = new Specs(deps.parse);
    this.#notified = deps.notified;
  }

  async load(name: string): Promise<Loaded | null> {
    const kept = this.#all().get(name);
    if (kept === undefined) return null;
    return {
      spec: this.#specs.of(name, kept.document),
      status: decode(kept.status, `the status of ${name}`) as Status,
      version: kept.version,
      signals: kept.signals.map(({ id, at, signal }): StoredSignal => ({
        id,
        at,
        signal: decode(signal, `signal ${id}`) as Signal,
      })),
    };
  }

  async commit(change: Change): Promise<boolean> {
    const { name, status } = change;
    const written = encode(status, `the status of ${name}`);
    const events = change.events.map((event) => encode(event, `an event of ${name}`));
    const measurements = Object.entries(change.measurements).map(([gate, measurement]) => ({
      version: change.from + 1,
      release: status.release,
      gate,
      to: measurement.window.to,
      text: encode(measurement, `a measurement of ${name}`),
    }));
    const inputs = encode(change.inputs, `the inputs of ${name}`);
    const kept = this.#all().get(name);
    if (kept?.version !== change.from) return false;
    if (kept.release !== status.release) kept.past.begin(status.release, kept.version, kept.status);
    kept.past.commit(change, inputs, events);
    kept.version += 1;
    kept.status = written;
    kept.release = status.release;
    kept.signals = kept.signals.filter(({ id }) => id > change.signalsTaken);
    kept.measurements.push(...measurements);
    for (const event of events) this.#journal.push({ seq: ++this.#seq, rollout: name, event });
    this.#listeners.tell(name);
    return true;
  }

  async names(): Promise<readonly string[]> {
    return [...this.#all().keys()].toSorted();
  }

  async put(name: string, document: unknown, initial: (spec: Spec) => Status) {
    const text = encode(document, `the document of ${name}`);
    const before = this.#all().get(name);
    if (before !== undefined && sameJson(before.document, text)) return "unchanged";
    const spec = this.#specs.of(name, text);
    const notified = this.#notified?.(name, document);
    if (before === undefined) this.#create(name, text, initial(spec));
    else Object.assign(before, { document: text, version: before.version + 1 });
    const kept = this.#all().get(name);
    kept?.past.document(kept.version, text);
    this.#place(name, notified);
    this.#listeners.tell(name);
    return before === undefined ? "created" : "replaced";
  }

  async document(name: string): Promise<unknown> {
    const kept = this.#all().get(name);
    return kept === undefined ? null : decode(kept.document, `the document of ${name}`);
  }

  async remove(name: string): Promise<boolean> {
    const kept = this.#all().get(name);
    if (kept === undefined) return false;
    this.#retired.set(name, kept.version);
    this.#rollouts.delete(name);
    this.#journal = this.#journal.filter((entry) => entry.rollout !== name);
    this.#specs.forget(name);
    this.#listeners.tell(name);
    return true;
  }

  async signal(name: string, at: number, signal: Signal): Promise<number> {
    const text = encode(signal, `a signal to ${name}`);
    const kept = this.#all().get(name);
    if (kept === undefined) throw noSuchRollout(name);
    const id = ++this.#signal;
    kept.signals.push({ id, at, signal: text });
    this.#listeners.tell(name);
    return id;
  }

  async journal(
    after: number,
    options: { readonly rollout?: string; readonly limit: number },
  ): Promise<readonly JournalEntry[]> {
    this.#all();
    return this.#journal
      .slice(firstAfter(this.#journal, after, bySeq))
      .filter((entry) => options.rollout === undefined || entry.rollout === options.rollout)
      .slice(0, bounded(options.limit))
      .map(({ seq, rollout, event }) => ({
        seq,
        rollout,
        event: decode(event, `journal entry ${seq}`) as RolloutEvent,
      }));
  }

  async lastSeq(): Promise<number> {
    this.#all();
    return this.#seq;
  }

  onChange(callback: (name: string) => void): () => void {
    return this.#listeners.add(callback);
  }

  async measurements(
    name: string,
    options: { readonly release?: number; readonly gate?: string; readonly after?: number; readonly limit: number },
  ): Promise<readonly MeasurementRecord[]> {
    const all = this.#all().get(name)?.measurements ?? [];
    const limit = bounded(options.limit);
    const found: Kept["measurements"] = [];
    for (let i = firstAfter(all, options.after ?? -1, byVersion); i < all.length; i++) {
      // a page ends where a version does
      if (found.length >= limit && all[i].version !== found.at(-1)?.version) break;
      if (options.release !== undefined && all[i].release !== options.release) continue;
      if (options.gate === undefined || all[i].gate === options.gate) found.push(all[i]);
    }
    return found
      .toSorted((x, y) => x.version - y.version || (x.gate < y.gate ? -1 : 1))
      .map(({ version, release, gate, text }) => ({
        version,
        release,
        gate,
        measurement: decode(text, `a measurement of ${name}`) as Measurement,
      }));
  }

  async commits(
    name: string,
    options: { readonly release?: number; readonly after?: number; readonly limit: number },
  ): Promise<readonly CommitRecord[]> {
    return this.#all().get(name)?.past.commits(options) ?? [];
  }

  async beginning(name: string, release: number): Promise<Beginning | null> {
    return this.#all().get(name)?.past.beginning(release) ?? null;
  }

  async documents(name: string): Promise<readonly DocumentRecord[]> {
    return this.#all().get(name)?.past.documents() ?? [];
  }

  async cursor(rollout: string, notifier: string): Promise<number> {
    const cursors = this.#all().get(rollout)?.cursors;
    const seq = cursors?.get(notifier) ?? this.#seq;
    cursors?.set(notifier, seq);
    return seq;
  }

  async advance(rollout: string, notifier: string, seq: number): Promise<void> {
    const cursors = this.#all().get(rollout)?.cursors;
    const before = cursors?.get(notifier);
    if (before !== undefined) cursors?.set(notifier, Math.max(seq, before));
  }

  async note(key: string): Promise<string | null> {
    this.#all();
    return this.#notes.get(key) ?? null;
  }

  async writeNote(key: string, value: string): Promise<void> {
    this.#all();
    this.#notes.set(key, value);
  }

  async prune(now: number, keepReleases: number): Promise<number> {
    let gone = 0;
    for (const kept of this.#all().values()) {
      const before = kept.measurements.length;
      kept.past.forget(now - PRUNE_GRACE_MS, kept.release - keepReleases);
      kept.measurements = kept.measurements.filter(
        (m) => m.release > kept.release - keepReleases || m.to >= now - PRUNE_GRACE_MS,
      );
      gone += before - kept.measurements.length;
    }
    return gone;
  }

  async close(): Promise<void> {
    this.#open = false;
    this.#listeners.clear();
  }

  #all(): Map<string, Kept> {
    if (!this.#open) throw new SerinError("INTERNAL", "the store is closed");
    return this.#rollouts;
  }

  #create(name: string, document: string, initial: Status): void {
    const version = (this.#retired.get(name) ?? 0) + 1;
    const status = encode(initial, `the status of ${name}`);
    const past = new Past();
    past.begin(initial.release, version, status);
    this.#rollouts.set(name, {
      document,
      version,
      status,
      release: initial.release,
      signals: [],
      measurements: [],
      cursors: new Map(),
      past,
    });
  }

  /** New notifiers begin at the journal's end; those no longer named are forgotten. */
  #place(name: string, notified: readonly string[] | undefined): void {
    const cursors = this.#rollouts.get(name)?.cursors;
    if (cursors === undefined || notified === undefined) return;
    for (const gone of [...cursors.keys()].filter((known) => !notified.includes(known))) cursors.delete(gone);
    for (const notifier of notified) cursors.set(notifier, cursors.get(notifier) ?? this.#seq);
  }
}

export const memory = {
  config: z.strictObject({}).describe("nothing is kept when the process ends"),
  open: async (_config: Record<string, never>, deps: StoreDeps): Promise<OpenStore> => new MemoryStore(deps),
};
