/**
 * Writes what is derived from the code: the JSON Schema, the pages of docs/reference, the OpenAPI page. `--check` writes
 * nothing and fails, naming the first line that differs, when that would change a byte.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { commandsPage } from "./gen/commands.ts";
import { differenceOf, type Output } from "./gen/output.ts";
import { documentPage } from "./gen/document.ts";
import { errorsPage } from "./gen/errors.ts";
import { eventsPage } from "./gen/events.ts";
import { gatesPage } from "./gen/gates.ts";
import { indexPage } from "./gen/index-page.ts";
import { notifiersPage } from "./gen/notifiers.ts";
import { openApiPage } from "./gen/openapi.ts";
import { schemaFile } from "./gen/schema.ts";

const pages: readonly Output[] = [
  schemaFile(),
  documentPage(),
  gatesPage(),
  notifiersPage(),
  errorsPage(),
  eventsPage(),
  commandsPage(),
  await openApiPage(),
];
const outputs = [...pages, indexPage(pages)];

const placeOf = ({ path }: Output) => fileURLToPath(new URL(`../${path}`, import.meta.url));

function present(output: Output): string {
  try {
    return readFileSync(placeOf(output), "utf8");
  } catch {
    return "";
  }
}

function check(): void {
  const differences = outputs.flatMap((output) => differenceOf(output, present(output)) ?? []);
  for (const difference of differences) process.stderr.write(`${difference}\n`);
  if (differences.length > 0) process.stderr.write("generated files are behind the code: npm run gen\n");
  process.exitCode = differences.length > 0 ? 1 : 0;
}

function write(): void {
  for (const output of outputs) {
    if (present(output) === output.text) continue;
    mkdirSync(dirname(placeOf(output)), { recursive: true });
    writeFileSync(placeOf(output), output.text);
    process.stdout.write(`wrote ${output.path}\n`);
  }
}

if (process.argv.includes("--check")) check();
else write();
