/**
 * The six ports: all that the engine knows of the world. Each adapter passes the contract suite of its port in
 * `test/contract/`.
 */
import type { Measurement, Window } from "../analysis/measurement.ts";
import type { Spec } from "../rollout/spec.ts";
import type { Status } from "../rollout/status.ts";
import type { Signal, StoredSignal } from "../rollout/signals.ts";
import type { RolloutEvent } from "../rollout/events.ts";
import type { TrafficPlan } from "../rollout/traffic.ts";
import type { Query } from "../analysis/metric.ts";
import type { Inputs } from "./inputs.ts";

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back once, not before `at`; returns a cancel. */
  wakeAt(at: number, callback: () => void): () => void;
}

export interface MetricSource {
  /** One look. Throws (SOURCE_FAILED) when it cannot ask; says `noData` when there was nothing to count. */
  measure(query: Query, window: Window, signal: AbortSignal): Promise<Measurement>;
}

export interface Router {
  /** Makes the plan live. Idempotent; resolves when every part of the data plane has taken it. */
  apply(plan: TrafficPlan): Promise<void>;
  /** The plan that is live, or null where nothing was ever applied. */
  read(): Promise<TrafficPlan | null>;
}

export interface Workload {
  /** Whether the arm can take traffic, and why not; `previous` is what was stable before the last promotion. */
  ready(arm: "stable" | "canary" | "previous"): Promise<{ ready: boolean; reason?: string }>;
}

/** All that a rollout is: what was asked, what is remembered. `version` grows with every commit. */
export interface Loaded {
  readonly spec: Spec;
  readonly status: Status;
  readonly version: number;
  /** Signals that no commit has taken yet, oldest first. */
  readonly signals: readonly StoredSignal[];
}

/** One atomic change. Nothing of it is visible unless all of it is. */
export interface Change {
  readonly name: string;
  /** The version that `status` was computed from. */
  readonly from: number;
  readonly status: Status;
  readonly events: readonly RolloutEvent[];
  /** Measurements folded into this status, by gate. */
  readonly measurements: Readonly<Record<string, Measurement>>;
  /** What else the decision rested on. */
  readonly inputs: Inputs;
  /** Signals up to this id are taken. */
  readonly signalsTaken: number;
}

export interface Store {
  load(name: string): Promise<Loaded | null>;
  /** False when somebody else committed first: look again. */
  commit(change: Change): Promise<boolean>;
}

/** An event as journalled: `seq` grows within a store and is never reused. */
export interface JournalEntry {
  readonly seq: number;
  readonly rollout: string;
  readonly event: RolloutEvent;
}

/** What was folded for one gate at one commit. */
export interface MeasurementRecord {
  readonly version: number;
  readonly release: number;
  readonly gate: string;
  readonly measurement: Measurement;
}

/** One commit as it was decided, and what it told. With its measurements it can be decided again. */
export interface CommitRecord {
  /** The version that it made. */
  readonly version: number;
  /** The release that was the present one afterwards. */
  readonly release: number;
  readonly inputs: Inputs;
  readonly events: readonly RolloutEvent[];
}

/** A document as it was in force from a version on, until the next one's. */
export interface DocumentRecord {
  readonly version: number;
  readonly document: unknown;
}

/** Where the record of a release begins: the status that its first commit was decided from. */
export interface Beginning {
  readonly version: number;
  readonly status: Status;
}

/**
 * The side of the store that faces people and the outbox; the engine's tick does not use it. Documents are kept as
 * written and parsed at every load, by the parser the store was opened with.
 */
export interface Records {
  names(): Promise<readonly string[]>;
  /**
   * Adds a rollout with its first status, or replaces the document of one that exists (status stays). Notifiers that the
   * document names for the first time get a position at the journal's present end; those it names no more lose theirs.
   */
  put(name: string, document: unknown, initial: (spec: Spec) => Status): Promise<"created" | "replaced" | "unchanged">;
  document(name: string): Promise<unknown>;
  remove(name: string): Promise<boolean>;
  /** Appends a signal; its id. */
  signal(name: string, at: number, signal: Signal): Promise<number>;
  /** Entries with seq > after, oldest first. */
  journal(
    after: number,
    options: { readonly rollout?: string; readonly limit: number },
  ): Promise<readonly JournalEntry[]>;
  lastSeq(): Promise<number>;
  /** Called after each commit or signal of this process, with the rollout's name. Returns an unsubscribe. */
  onChange(callback: (name: string) => void): () => void;
  /** By version, oldest first, version > after. A commit is never split over two pages, so a page may exceed `limit`. */
  measurements(
    name: string,
    options: { readonly release?: number; readonly gate?: string; readonly after?: number; readonly limit: number },
  ): Promise<readonly MeasurementRecord[]>;
  /** What commits were decided on, oldest first, version > after; release 0 is what went before the first. */
  commits(
    name: string,
    options: { readonly release?: number; readonly after?: number; readonly limit: number },
  ): Promise<readonly CommitRecord[]>;
  /** Null when it is not kept (any more). */
  beginning(name: string, release: number): Promise<Beginning | null>;
  /** Every document that a kept commit may have been decided under, oldest first. */
  documents(name: string): Promise<readonly DocumentRecord[]>;
  /** Outbox position of a notifier: it has delivered what the rollout's journal holds up to this seq. One that has none gets the journal's end. */
  cursor(rollout: string, notifier: string): Promise<number>;
  /** Moves a position on, never back; does nothing where there is none (any more). */
  advance(rollout: string, notifier: string, seq: number): Promise<void>;
  /** Small durable facts of the composition root, e.g. which gateway process serves a rollout. */
  note(key: string): Promise<string | null>;
  writeNote(key: string, value: string): Promise<void>;
  close(): Promise<void>;
}

export interface Notifier {
  /** Delivers at least once. Throws (NOTIFIER_FAILED) when it could not; the outbox tries again with back-off. */
  send(entry: JournalEntry, signal: AbortSignal): Promise<void>;
}
