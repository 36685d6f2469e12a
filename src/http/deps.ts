/** What the server is given. It reaches for nothing by itself: no clock, no environment, no engine of its own. */
import type { JournalEntry, Records, Store } from "../engine/ports.ts";
import type { SerinError } from "../errors.ts";
import type { EventBook } from "../metrics/events/book.ts";
import type { Spec } from "../rollout/spec.ts";
import type { Status } from "../rollout/status.ts";
import type { Links } from "./links.ts";
import type { Log } from "./log.ts";
import type { Tokens } from "./tokens.ts";
import type { Live, Problem } from "./wire.ts";

/** A document that fits the schema. `document` is what is to be kept: what the store's own parser reads. */
export interface ParsedDocument {
  readonly name: string;
  readonly document: unknown;
  /** What works and may surprise. */
  readonly warnings?: readonly Problem[];
}

export interface Limits {
  /** Live event streams at a time. */
  readonly streams: number;
  /** A stream that takes nothing for so long is dropped; it may resume. */
  readonly stallMs: number;
  /** A comment goes down an idle stream this often, so that both ends notice a dead connection. */
  readonly heartbeatMs: number;
  /** How long a commit of another process may go unnoticed: the journal is looked at this often at least. */
  readonly pollMs: number;
  /** Longest a request may take to arrive, and to be answered. */
  readonly requestMs: number;
  /** Connections at a time; more are not accepted. */
  readonly connections: number;
}

export const defaultLimits: Limits = {
  streams: 200,
  stallMs: 30_000,
  heartbeatMs: 15_000,
  pollMs: 1000,
  requestMs: 30_000,
  connections: 1000,
};

/** Whoever is told of what happens to rollouts. */
export interface Telling {
  /** Those whom a document names, each to be tried out with one entry. */
  probes(
    spec: Spec,
  ): readonly { readonly name: string; send(entry: JournalEntry, signal: AbortSignal): Promise<void> }[];
  /** SECRET_MISSING for each secret that a document names and that is not there now. */
  lacking(spec: Spec): Promise<readonly { readonly name: string; readonly error: SerinError }[]>;
}

/** The gateways of this server's machine. */
export interface Gatekeeping {
  /** Where a rollout's gateway serves visitors, e.g. "port 8080"; null where none does. */
  serves(name: string): Promise<string | null>;
  /** Ends it. */
  stop(name: string): Promise<unknown>;
}

export interface ServerDeps {
  readonly records: Records & Pick<Store, "load">;
  readonly engine: { wake(name: string): void };
  /** Text of a document, YAML or JSON. Throws DOCUMENT_INVALID (details.problems) or DOCUMENT_UNREADABLE. */
  parse(text: string): ParsedDocument;
  /** A kept document, also one of the past, as the store reads it. */
  specOf(name: string, document: unknown): Spec;
  /** The status a rollout begins with. */
  initial(name: string, spec: Spec): Status;
  /** What is measured of a rollout, or null when nobody can say. May throw: that is "not known" too. */
  live(name: string): Promise<Live | null> | Live | null;
  /** JSON Schema of the document. */
  schema(): unknown;
  /** Left out: no gateway is this server's. */
  readonly gateways?: Gatekeeping;
  /** Takes what applications report; left out, it is refused. */
  readonly applications?: Pick<EventBook, "take">;
  /** Left out: nobody is told. */
  readonly telling?: Telling;
  /** Makes the links that act; its own unless said. */
  readonly links?: Links;
  readonly version: string;
  now(): number;
  /** From `openTokens`; null: no tokens, which only a loopback address may have. */
  readonly tokens: Tokens | null;
  readonly log: Log;
  /** Folder of the built dashboard; where its build puts it unless said. */
  readonly dashboard?: string;
  readonly limits?: Partial<Limits>;
}
