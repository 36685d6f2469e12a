/**
 * Completion: what may follow the words of an unfinished command line. The shells' scripts only ask; all that is known
 * of commands, flags and rollouts is here, so that a script never grows old.
 *
 * Each candidate is a line, its description behind a tab. The line `:files` stands for the names of files.
 */
import type { Option } from "commander";
import { Client } from "./client.ts";
import { clean } from "./clean.ts";
import type { Argument, Verb } from "./commands/verb.ts";
import { findServer } from "./endpoint.ts";
import { commonFlags } from "./program.ts";
import type { Shell } from "./shell.ts";

export const FILES = ":files";

/** A person waits for the Tab key: no names are better than late ones. */
const PATIENCE_MS = 700;

/** `words` follow the program's name; the last one is unfinished, and "" where it has not begun. */
export async function candidates(
  words: readonly string[],
  verbs: readonly Verb[],
  shell: Shell,
): Promise<readonly string[]> {
  const given = words[0] === "--" ? words.slice(1) : words;
  const [done, word] = [given.slice(0, -1), given.at(-1) ?? ""];
  const found = await offered(read(done, verbs), word, verbs, shell);
  return found.filter((line) => line === FILES || line.startsWith(word));
}

interface Before {
  readonly verb: Verb | null;
  readonly flags: readonly Option[];
  /** Arguments that are there. */
  readonly args: readonly string[];
  /** The flag whose value is wanted next. */
  readonly pending: Option | null;
  readonly server: string | undefined;
  readonly data: string | undefined;
}

function read(words: readonly string[], verbs: readonly Verb[]): Before {
  let [verb, pending]: [Verb | null, Option | null] = [null, null];
  const args: string[] = [];
  const values: Record<string, string> = {};
  let flags = commonFlags();
  for (const word of words) {
    if (pending !== null) {
      values[pending.attributeName()] = word;
      pending = null;
    } else if (word.startsWith("-")) {
      const flag = flagNamed(flags, word.split("=")[0]);
      if (flag?.required === true && !word.includes("=")) pending = flag;
      else if (flag !== undefined) values[flag.attributeName()] = word.slice(word.indexOf("=") + 1);
    } else if (verb === null) {
      verb = verbs.find(({ name, aliases = [] }) => name === word || aliases.includes(word)) ?? null;
      flags = [...(verb?.flags ?? []), ...flags];
    } else args.push(word);
  }
  return { verb, flags, args, pending, server: values["server"], data: values["data"] };
}

const flagNamed = (flags: readonly Option[], word: string) =>
  flags.find(({ short, long }) => word === short || word === long);

async function offered(before: Before, word: string, verbs: readonly Verb[], shell: Shell): Promise<readonly string[]> {
  const { verb, flags, args, pending } = before;
  if (pending !== null) return valuesOf(pending, "");
  const assigned = /^(--[^=]+)=/.exec(word);
  if (assigned !== null) return valuesOf(flagNamed(flags, assigned[1]), assigned[0]);
  if (word.startsWith("-"))
    return flags.flatMap((flag) => (flag.long == null ? [] : [`${flag.long}\t${flag.description}`]));
  if (verb === null) return verbs.map(({ name, summary }) => `${name}\t${summary}`);
  const argument = argumentAt(verb.args ?? [], args.length);
  return argument === undefined ? [] : valuesFor(argument, before, shell);
}

const fileFlags = new Set(["--data", "--token-file", "--filename"]);

function valuesOf(flag: Option | undefined, before: string): readonly string[] {
  if (flag?.argChoices !== undefined) return flag.argChoices.map((choice) => before + choice);
  return flag?.long != null && fileFlags.has(flag.long) ? [FILES] : [];
}

function argumentAt(args: readonly Argument[], index: number): Argument | undefined {
  const last = args.at(-1);
  return args[index] ?? (last?.many === true ? last : undefined);
}

async function valuesFor({ name, choices }: Argument, before: Before, shell: Shell): Promise<readonly string[]> {
  if (choices !== undefined) return choices;
  if (name === "FILE") return [FILES];
  const all = await rollouts(before, shell);
  return all.filter((line) => !before.args.includes(line.split("\t")[0]));
}

/** The rollouts that the server knows now; none when it does not say so in time. */
async function rollouts({ server, data }: Before, shell: Shell): Promise<readonly string[]> {
  try {
    const client = new Client(await findServer({ server, data }, shell), shell);
    const { rollouts: all } = await client.list(AbortSignal.timeout(PATIENCE_MS));
    return all.map(({ name, sentence }) => `${clean(name)}\t${clean(sentence)}`);
  } catch {
    return [];
  }
}
