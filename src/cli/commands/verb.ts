/** What a command is: its words for the help, its flags, and what it does. One file each, one line in `index.ts`. */
import type { Option } from "commander";
import type { Client } from "../client.ts";
import type { Where } from "../endpoint.ts";
import type { Modes } from "../modes.ts";
import type { Output } from "../output.ts";
import type { Shell } from "../shell.ts";

/** One run of a command: what it has at hand. */
export interface Call {
  readonly shell: Shell;
  readonly modes: Modes;
  readonly out: Output;
  /** Which server or data directory was named. */
  readonly where: Where;
  /** Speaks to the server that is meant. */
  readonly client: () => Promise<Client>;
}

/** Headings of `serin --help`, in this order. */
export const groups = ["Release", "Look", "Documents", "Plan and replay", "Server"] as const;

/** An argument by its name, which says what completes it: NAME of a rollout, FILE, or one of `choices`. */
export interface Argument {
  readonly name: string;
  readonly about: string;
  readonly choices?: readonly string[];
  readonly optional?: boolean;
  readonly many?: boolean;
}

export interface VerbOf<Flags> {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly group: (typeof groups)[number];
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What else is to be known, for its own help. */
  readonly about?: string;
  readonly examples: readonly string[];
  readonly args?: readonly Argument[];
  readonly flags?: readonly Option[];
  /** Does it. The exit code; what it throws says its own. */
  run(call: Call, args: readonly string[], flags: Flags): Promise<number>;
}

export type Verb = VerbOf<never>;

/** Fixes the type of a command's flags, which commander has read as they are declared. */
export const verb = <Flags = unknown>(declared: VerbOf<Flags>): Verb => declared;

export const NAME: Argument = { name: "NAME", about: "the rollout" };
