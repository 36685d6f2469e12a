/** docs/reference/commands.md: every command with its arguments, flags and examples. */
import type { Option } from "commander";
import { verbs } from "../../src/cli/commands/index.ts";
import { groups, type Argument, type Verb } from "../../src/cli/commands/verb.ts";
import { commonFlags } from "../../src/cli/program.ts";
import { code, page, table } from "./markdown.ts";
import type { Output } from "./output.ts";

export function commandsPage(): Output {
  const sections = groups.flatMap((group) => verbs.filter((verb) => verb.group === group).flatMap(sectionOf));
  const text = page(
    "# Commands",
    "What each one is for: [the command line](../cli.md). Exit codes: [errors](errors.md#exit-codes).",
    table(
      ["command", "what it does"],
      verbs.map((verb) => [`[${code(verb.name)}](#serin-${verb.name})`, verb.summary]),
    ),
    "## Flags of every command",
    flagTable(commonFlags()),
    ...sections,
  );
  return { path: "docs/reference/commands.md", text };
}

function sectionOf(verb: Verb): string[] {
  const { name, aliases = [], summary, about, args = [], flags = [], examples } = verb;
  return [
    `## serin ${name}`,
    `${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}.${aliases.map((alias) => ` Also ${code(`serin ${alias}`)}.`).join("")}`,
    ...(about === undefined ? [] : [about.replace(/(?<!\n)\n(?!\n)/g, " ")]),
    code([`serin ${name}`, ...args.map(argument), ...(flags.length > 0 ? ["[FLAGS]"] : [])].join(" ")),
    ...(flags.length > 0 ? [flagTable(flags)] : []),
    ["```sh", ...examples, "```"].join("\n"),
  ];
}

function argument({ name, many, optional }: Argument): string {
  const dots = many === true ? `${name}...` : name;
  return optional === true ? `[${dots}]` : dots;
}

function flagTable(flags: readonly Option[]): string {
  return table(
    ["flag", "what it means"],
    flags.map(({ flags: words, description, argChoices, defaultValue }) => {
      const choices = argChoices === undefined ? "" : `: ${argChoices.map(code).join(", ")}`;
      const usual: unknown = defaultValue;
      const unless = typeof usual === "string" ? `; ${code(usual)} unless said` : "";
      return [code(words), description + choices + unless];
    }),
  );
}
