/** The shape of a notifier's file: its name in documents, the schema of its settings, and how it is made. */
import type { z } from "zod";
import type { JournalEntry, Notifier } from "../engine/ports.ts";
import type { Run } from "../engine/run.ts";
import type { Secrets } from "../engine/secrets.ts";
import { durationSchema } from "../rollout/amounts.ts";

/** A receiver that takes longer is tried again rather than waited for. */
export const timeoutSchema = durationSchema
  .refine((ms) => ms >= 100 && ms <= 60_000, `expected a duration from "100ms" to "1m"`)
  .prefault("10s")
  .describe("how long an answer may take");

/** An act that a person may ask for by opening an address and saying yes there. */
export interface ActLink {
  /** What it is asked as: `approve`, `abort`. */
  readonly verb: string;
  /** For the button: "Approve to 50 %". */
  readonly label: string;
  readonly url: string;
}

/** The world as notifiers see it. */
export interface NotifierDeps {
  readonly fetch: typeof fetch;
  readonly secrets: Secrets;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Prints one line where people look. */
  readonly print: (line: string) => void;
  /** Runs a program for a document; null or left out where documents may run none. */
  readonly run?: Run | null;
  /** Where a person reads more about the entry, when Serin's own address is known. */
  readonly link?: (entry: JournalEntry) => string | undefined;
  /** What a person who is told of the entry could do at once; nothing where there is nothing to be decided. */
  readonly acts?: (entry: JournalEntry) => Promise<readonly ActLink[]>;
}

/** What a message offers besides its words. */
export interface Offers {
  readonly link?: string;
  readonly acts?: readonly ActLink[];
}

export async function offersFor(entry: JournalEntry, { link, acts }: NotifierDeps): Promise<Offers> {
  const more = link?.(entry);
  const offered = (await acts?.(entry)) ?? [];
  return { ...(more === undefined ? {} : { link: more }), ...(offered.length === 0 ? {} : { acts: offered }) };
}

export const OPEN = "Open in Serin";

/** Every address of a message with its words, the acts first. */
export const buttonsOf = ({ link, acts = [] }: Offers): readonly { readonly label: string; readonly url: string }[] => [
  ...acts,
  ...(link === undefined ? [] : [{ label: OPEN, url: link }]),
];

export interface NotifierKind<Name extends string, Config extends z.ZodType> {
  /** The key in documents: `notifications: [{ slack: ... }]`. */
  readonly name: Name;
  readonly config: Config;
  create(config: z.output<Config>, deps: NotifierDeps): Notifier;
  /** How it is tried out where a message that is only a test would leave something behind. */
  probe?(config: z.output<Config>, deps: NotifierDeps): Notifier;
}

export function defineNotifier<const Name extends string, Config extends z.ZodType>(
  kind: NotifierKind<Name, Config>,
): NotifierKind<Name, Config> {
  return kind;
}
