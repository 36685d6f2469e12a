/** A hook that is a program: how it is run, and what its end says. What it may be told: `rollout/hook-command.ts`. */
import { stripVTControlCharacters } from "node:util";
import { SerinError } from "../errors.ts";
import { formatDuration } from "../rollout/amounts.ts";
import type { HookAnswer } from "../rollout/hook.ts";
import { filled, type HookCommand } from "../rollout/hook-command.ts";
import type { Ran, Run } from "./run.ts";
import { redact, type Secrets } from "./secrets.ts";

export interface ProgramDeps {
  readonly secrets: Secrets;
  /** Null where documents may run nothing. */
  readonly run: Run | null;
}

export interface Question {
  /** What is asked about, by word: `canary` stands as {{canary}} in arguments and as SERIN_CANARY in the environment. */
  readonly words: Readonly<Record<string, string>>;
  /** The same as JSON, to read. */
  readonly body: string;
  readonly timeoutMs: number;
}

/** So much of what it printed is kept and shown, characters. */
const SHOWN = 1000;
const QUOTED = 200;

/** EX_TEMPFAIL of sysexits.h: "I cannot say now". */
const CANNOT_SAY = 75;
/** A shell's: what it was to run cannot be run, or is not there. */
const NOT_FOUND: readonly number[] = [126, 127];

/** `error` when it said nothing: it could not be started, did not end in time, or says that it cannot say. */
export async function askProgram(
  command: HookCommand,
  { words, body, timeoutMs }: Question,
  { secrets, run }: ProgramDeps,
  signal: AbortSignal,
): Promise<HookAnswer> {
  if (run === null) {
    const message = "this server runs no commands of documents: start it with SERIN_COMMANDS=allow";
    throw new SerinError("SOURCE_FAILED", message);
  }
  const own = await ownVariables(command, secrets);
  const told = Object.fromEntries(Object.entries(words).map(([word, text]) => [`SERIN_${word.toUpperCase()}`, text]));
  const argv = "argv" in command.run ? filled(command.run.argv, words) : ["/bin/sh", "-c", command.run.shell];
  const ran = await run(argv, { env: { ...told, ...own.env }, stdin: body, timeoutMs, signal });
  return answerOf(ran, timeoutMs, (text) => shown(redact(text, own.secrets)));
}

async function ownVariables({ env }: HookCommand, secrets: Secrets) {
  const read = async ([name, value]: [string, HookCommand["env"][string]]) =>
    [name, typeof value === "string" ? value : await secrets(value)] as const;
  const values = Object.fromEntries(await Promise.all(Object.entries(env).map(read)));
  const secret = Object.keys(env).filter((name) => typeof env[name] !== "string");
  return { env: values, secrets: secret.map((name) => values[name]) };
}

function answerOf(ran: Ran, timeoutMs: number, clean: (text: string) => string): HookAnswer {
  const output = clean(`${ran.stdout.trimEnd()}\n${ran.stderr.trimEnd()}`);
  const last = lastLine(clean(ran.stderr)) || lastLine(clean(ran.stdout));
  const printed = output === "" ? {} : { output };
  if (ran.code === 0) return { said: "yes", reason: lastLine(clean(ran.stdout)), ...printed };
  const said = ran.code === null || ran.code === CANNOT_SAY || NOT_FOUND.includes(ran.code) ? "error" : "no";
  return { said, reason: `${howItEnded(ran, timeoutMs)}${last === "" ? "" : `: ${last}`}`, ...printed };
}

function howItEnded({ code, late, signal }: Ran, timeoutMs: number): string {
  if (late) return `it did not end within ${formatDuration(timeoutMs)}`;
  if (code === null) return `it was ended by ${signal ?? "a signal"}`;
  return code === CANNOT_SAY ? "it cannot say (75)" : `it ended with ${code}`;
}

/** Lines without what would move a terminal's cursor; the end of them where there are many. */
function shown(text: string): string {
  const plain = stripVTControlCharacters(text).replaceAll(/\r\n?/g, "\n");
  return plain
    .replaceAll(/[^\P{Cc}\n\t]/gu, "")
    .trim()
    .slice(-SHOWN)
    .toWellFormed();
}

const lastLine = (text: string) =>
  (text.split("\n").at(-1) ?? "").replaceAll(/\s+/g, " ").trim().slice(0, QUOTED).toWellFormed();
