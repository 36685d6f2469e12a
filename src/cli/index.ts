/** The command line: one call from arguments to an exit code. It speaks only the API, as everybody can. */
import { CommanderError } from "commander";
import { asSerinError } from "../errors.ts";
import { Client } from "./client.ts";
import type { Call, Verb } from "./commands/verb.ts";
import { verbs } from "./commands/index.ts";
import { findServer } from "./endpoint.ts";
import { exits } from "./exit.ts";
import type { Modes } from "./modes.ts";
import { Output, type Format } from "./output.ts";
import { painted, unpainted, wantsColour } from "./paint.ts";
import { program, type CommonFlags } from "./program.ts";
import { describe } from "./report.ts";
import type { Shell } from "./shell.ts";
import { usageError } from "./usage.ts";

export type { Modes, Running, ServeOptions } from "./modes.ts";
export type { Shell } from "./shell.ts";
export { systemShell } from "./system.ts";

/** Runs one command line; its exit code. Throws nothing. */
export async function runCli(argv: readonly string[], shell: Shell, modes: Modes): Promise<number> {
  try {
    if (argv[0] === "__complete") return await complete(argv.slice(1), shell);
    return await dispatch(argv, shell, modes);
  } catch (thrown) {
    return await tell(thrown, argv, shell);
  } finally {
    await Promise.all([shell.stdout.flush(), shell.stderr.flush()]);
  }
}

async function dispatch(argv: readonly string[], shell: Shell, modes: Modes): Promise<number> {
  let code: number = exits.internal;
  const serin = program(verbs, shell, async (verb, args, flags) => {
    code = await verb.run(callOf(shell, modes, flags), args, flags as never);
  });
  try {
    await serin.parseAsync(argv, { from: "user" });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.code === "commander.helpDisplayed" || thrown.code === "commander.help") return helped(thrown, argv);
    throw usageError(thrown, verbIn(argv)?.name);
  }
  return code;
}

/** `serin` alone is no command, though its answer is the help. */
const helped = (thrown: CommanderError, argv: readonly string[]) =>
  thrown.code === "commander.helpDisplayed" || argv.includes("help") ? exits.ok : exits.usage;

const verbIn = (argv: readonly string[]): Verb | undefined =>
  verbs.find(({ name, aliases = [] }) => argv.some((word) => word === name || aliases.includes(word)));

function callOf(shell: Shell, modes: Modes, flags: CommonFlags & { readonly output?: Format }): Call {
  const { server, data, tokenFile, output, quiet = false, color } = flags;
  const where = { server, data, tokenFile };
  return {
    shell,
    modes,
    where,
    out: new Output(shell, { output, quiet, color }),
    client: async () => new Client(await findServer(where, shell), shell),
  };
}

async function complete(words: readonly string[], shell: Shell): Promise<number> {
  const { candidates } = await import("./complete.ts");
  for (const line of await candidates(words, verbs, shell)) shell.stdout.write(`${line}\n`);
  return exits.ok;
}

async function tell(thrown: unknown, argv: readonly string[], shell: Shell): Promise<number> {
  const paint = wantsColour(shell.stderr, shell.env, argv.includes("--no-color")) ? painted : unpainted;
  const error = asSerinError(thrown);
  shell.stderr.write(`${await describe(error, paint)}\n`);
  // A defect is reported with where it happened; what people did wrong is not.
  const { cause } = error;
  if (error.code === "INTERNAL" && cause instanceof Error && shell.env["SERIN_DEBUG"] !== undefined) {
    shell.stderr.write(`${cause.stack ?? ""}\n`);
  }
  return error.kind.exit;
}
