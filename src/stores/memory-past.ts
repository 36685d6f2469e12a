/** The past of a rollout in memory, kept so that its decisions can be made again: commits, documents, beginnings. */
import type { Beginning, Change, CommitRecord, DocumentRecord } from "../engine/ports.ts";
import type { Inputs } from "../engine/inputs.ts";
import type { RolloutEvent } from "../rollout/events.ts";
import type { Status } from "../rollout/status.ts";
import { decode } from "./json.ts";
import { bounded } from "./store.ts";

interface KeptCommit {
  readonly version: number;
  readonly release: number;
  readonly at: number;
  readonly inputs: string;
  readonly events: readonly string[];
}

interface Kept {
  readonly version: number;
  readonly text: string;
}

/** The orders that rows are kept in. */
export const byVersion = ({ version }: { readonly version: number }): number => version;
export const bySeq = ({ seq }: { readonly seq: number }): number => seq;

/** Where ordered rows go beyond one, by bisection: what is long is read page by page, and never from its start. */
export function firstAfter<Row>(rows: readonly Row[], after: number, placeOf: (row: Row) => number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (placeOf(rows[middle]) > after) high = middle;
    else low = middle + 1;
  }
  return low;
}

export class Past {
  #commits: KeptCommit[] = [];
  #documents: Kept[] = [];
  readonly #beginnings = new Map<number, Kept>();

  /** A document came into force with the version that `put` made. */
  document(version: number, text: string): void {
    this.#documents.push({ version, text });
  }

  /** A release is about to begin from this status. */
  begin(release: number, version: number, status: string): void {
    if (!this.#beginnings.has(release)) this.#beginnings.set(release, { version, text: status });
  }

  commit({ from, status: { release }, inputs: { now } }: Change, inputs: string, events: readonly string[]): void {
    this.#commits.push({ version: from + 1, release, at: now, inputs, events });
  }

  commits(options: {
    readonly release?: number;
    readonly after?: number;
    readonly limit: number;
  }): readonly CommitRecord[] {
    return this.#commits
      .slice(firstAfter(this.#commits, options.after ?? -1, byVersion))
      .filter(({ release }) => options.release === undefined || release === options.release)
      .slice(0, bounded(options.limit))
      .map(({ version, release, inputs, events }) => ({
        version,
        release,
        inputs: decode(inputs, "the inputs of a commit") as Inputs,
        events: events.map((event) => decode(event, "an event") as RolloutEvent),
      }));
  }

  beginning(release: number): Beginning | null {
    const kept = this.#beginnings.get(release);
    return kept === undefined
      ? null
      : { version: kept.version, status: decode(kept.text, "the beginning of a release") as Status };
  }

  documents(): readonly DocumentRecord[] {
    return this.#documents.map(({ version, text }) => ({ version, document: decode(text, "a document") }));
  }

  /** Forgets what measurements are forgotten for, by the same rule: releases up to `oldest`, decided before a moment. */
  forget(before: number, oldest: number): void {
    this.#commits = this.#commits.filter(({ at, release }) => at >= before || release > oldest);
    const alive = new Set(this.#commits.map(({ release }) => release));
    for (const release of this.#beginnings.keys())
      if (release <= oldest && !alive.has(release)) this.#beginnings.delete(release);
    const first = Math.min(...[...this.#beginnings.values()].map(({ version }) => version));
    this.#documents = this.#documents.filter(
      (_, i) => !(this.#documents[i + 1] !== undefined && this.#documents[i + 1].version <= first),
    );
  }
}
