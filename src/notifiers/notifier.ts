/** The shape of a notifier's file: its name in documents, the schema of its settings, and how it is made. */
import type { z } from "zod";
import type { JournalEntry, Notifier } from "../engine/ports.ts";
import type { Secrets } from "../engine/secrets.ts";
import { durationSchema } from "../rollout/amounts.ts";

/** A receiver that takes longer is tried again rather than waited for. */
export const timeoutSchema = durationSchema
  .refine((ms) => ms >= 100 && ms <= 60_000, `expected a duration from "100ms" to "1m"`)
  .prefault("10s")
  .describe("how long an answer may take");

/** The world as notifiers see it. */
export interface NotifierDeps {
  readonly fetch: typeof fetch;
  readonly secrets: Secrets;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Prints one line where people look. */
  readonly print: (line: string) => void;
  /** Where a person reads more about the entry, when Serin's own address is known. */
  readonly link?: (entry: JournalEntry) => string | undefined;
}

export interface NotifierKind<Name extends string, Config extends z.ZodType> {
  /** The key in documents: `notifications: [{ slack: ... }]`. */
  readonly name: Name;
  readonly config: Config;
  create(config: z.output<Config>, deps: NotifierDeps): Notifier;
}

export function defineNotifier<const Name extends string, Config extends z.ZodType>(
  kind: NotifierKind<Name, Config>,
): NotifierKind<Name, Config> {
  return kind;
}
