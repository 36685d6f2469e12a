/** docs/reference/errors.md: every code, and every exit code. */
import { exitMeanings } from "../../src/cli/exit.ts";
import { errorKinds } from "../../src/errors.ts";
import { code, page, table } from "./markdown.ts";
import type { Output } from "./output.ts";

export function errorsPage(): Output {
  const rows = Object.entries(errorKinds).map(([name, { when, http, exit, retry }]) => [
    code(name),
    when,
    String(http),
    String(exit),
    retry ? "yes" : "no",
  ]);
  const text = page(
    "# Errors and exit codes",
    "An error has a stable code, a sentence and, where they help, details. The API answers with its status, a command ends with its exit code.",
    table(["code", "when", "HTTP status", "exit code", "does trying again help?"], rows),
    "## Exit codes",
    table(
      ["code", "meaning"],
      exitMeanings.map(([exit, meaning]) => [String(exit), meaning]),
    ),
  );
  return { path: "docs/reference/errors.md", text };
}
