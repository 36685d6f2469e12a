/** The commands as commander knows them: flags, help, and what is refused. */
import { Command, Option } from "commander";
import { groups, type Argument, type Verb } from "./commands/verb.ts";
import { exitMeanings } from "./exit.ts";
import { painted, wantsColour } from "./paint.ts";
import type { Shell } from "./shell.ts";

/** Flags of every command. */
export interface CommonFlags {
  readonly server?: string;
  readonly data?: string;
  readonly tokenFile?: string;
  readonly quiet?: boolean;
  readonly color: boolean;
}

/** Runs a command that was read. */
export type Start = (
  verb: Verb,
  args: readonly string[],
  flags: CommonFlags & Record<string, unknown>,
) => Promise<void>;

export const commonFlags = (): readonly Option[] => [
  new Option("-s, --server <url>", "the server to speak to (SERIN_SERVER)"),
  new Option("--data <dir>", "the data directory, where a server of this machine is found (SERIN_DATA; .serin)"),
  new Option("--token-file <file>", "a file with the token to show (or SERIN_TOKEN)"),
  new Option("-q, --quiet", "print results only, no progress"),
  new Option("--no-color", "no colours (or NO_COLOR)"),
];

export function program(verbs: readonly Verb[], shell: Shell, start: Start): Command {
  const serin = new Command("serin")
    .summary("progressive delivery with honest statistics")
    .description(
      "Splits live traffic between two versions of a service, judges the new one, promotes it or takes it back.",
    )
    .usage("COMMAND [ARGUMENTS] [FLAGS]")
    .helpOption("-h, --help", "this help; after a command, the help of it")
    .commandsGroup("Server:")
    .helpCommand("help [COMMAND]", "the help of a command")
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (text) => painted("strong", text),
      subcommandTerm: termOf,
    })
    .configureOutput(outputOf(shell))
    .addHelpText("after", () => epilogue())
    .exitOverride();
  for (const flag of commonFlags()) serin.addOption(flag);
  for (const group of groups) for (const verb of verbs.filter((one) => one.group === group)) add(serin, verb, start);
  return serin;
}

/** "list|ls", "start <NAME>": that there are flags goes without saying. */
function termOf(command: Command): string {
  const names = [command.name(), ...command.aliases()].join("|");
  return [names, command.usage().replace("[options]", "").trim()].filter((part) => part !== "").join(" ");
}

function outputOf(shell: Shell) {
  const { stdout, stderr, env } = shell;
  return {
    writeOut: (text: string) => stdout.write(text),
    writeErr: (text: string) => stderr.write(text),
    outputError: () => {}, // told by report.ts
    getOutHelpWidth: () => stdout.columns ?? 100,
    getErrHelpWidth: () => stderr.columns ?? 100,
    getOutHasColors: () => wantsColour(stdout, env, false),
    getErrHasColors: () => wantsColour(stderr, env, false),
  };
}

function add(serin: Command, verb: Verb, start: Start): void {
  const command = serin.command(verb.name).summary(verb.summary).helpGroup(`${verb.group}:`);
  command.description(
    [sentence(verb.summary), ...(verb.about === undefined ? [] : [paragraphs(verb.about)])].join("\n\n"),
  );
  command.aliases([...(verb.aliases ?? [])]);
  for (const argument of verb.args ?? []) command.addArgument(argumentOf(command, argument));
  for (const flag of verb.flags ?? []) command.addOption(flag);
  command.helpOption("-h, --help", "this help");
  command.addHelpText("after", `\nExamples:\n${verb.examples.map((line) => `  ${line}`).join("\n")}\n`);
  command.action(async () => {
    await start(verb, command.args, command.optsWithGlobals());
  });
}

/** Lines as they were written are joined: the help breaks them where the terminal ends. */
const paragraphs = (text: string) => text.replace(/(?<!\n)\n(?!\n)/g, " ");

const sentence = (summary: string) => `${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}.`;

function argumentOf(command: Command, { name, about, optional, many, choices }: Argument) {
  const dots = many === true ? "..." : "";
  const argument = command.createArgument(optional === true ? `[${name}${dots}]` : `<${name}${dots}>`, about);
  return choices === undefined ? argument : argument.choices([...choices]);
}

function epilogue(): string {
  const codes = exitMeanings.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`);
  return `
Exit codes:
${codes.join("\n")}

First release:
  serin lint rollout.yaml
  serin run rollout.yaml
`;
}
