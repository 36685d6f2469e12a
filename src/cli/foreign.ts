/** Files of other programs as documents: who answers comes by flags, and what became of each field is told. */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Option } from "commander";
import type { Loss, Options, Problem, Translation, Written } from "../dialects/index.ts";
import { SerinError } from "../errors.ts";
import { clean } from "./clean.ts";
import type { Call } from "./commands/verb.ts";
import { documents, nameOf, readFileOf, type Read } from "./document.ts";

export interface ForeignFlags {
  readonly stable?: readonly string[];
  readonly stableRevision?: string;
  readonly canary?: readonly string[];
  readonly revision?: string;
  readonly name?: string;
  readonly gates?: string;
  readonly region?: string;
}

const many = (url: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  ...url.split(",").filter((one) => one !== ""),
];

/** What no manifest of a cluster says. */
export const foreignFlags = (): readonly Option[] => [
  new Option("--stable <url>", "where the version answers that serves everybody now; several by commas").argParser(
    many,
  ),
  new Option("--stable-revision <name>", "what that version is called"),
  new Option("--canary <url>", "where the version answers that is to be released; several by commas").argParser(many),
  new Option("--revision <name>", "what that version is called"),
  new Option("--name <name>", "which release, where the files hold several"),
  new Option("--gates <url>", "where webhooks to a load tester's gates go instead: Serin's own API has the same"),
  new Option("--region <region>", "the region of CloudWatch, which Argo's files leave to the cluster"),
];

export function optionsOf(flags: ForeignFlags): Options {
  const { stable, stableRevision, canary, revision, name, gates, region } = flags;
  return {
    ...(stable === undefined ? {} : { stable: { backends: stable, revision: stableRevision } }),
    ...(canary === undefined ? {} : { canary: { backends: canary, revision } }),
    name,
    gates,
    region,
  };
}

export async function filesOf(files: readonly string[], { shell }: Pick<Call, "shell">): Promise<readonly Written[]> {
  const all: Written[] = [];
  for (const file of files) all.push({ file: nameOf(file), text: await readFileOf(file, shell) });
  return all;
}

/** Whether a look inside is worth it: other programs' manifests say so in their first lines. */
const looksForeign = ({ text }: Written) => /(flagger\.app|argoproj\.io)\//.test(Buffer.from(text).toString("utf8"));

/**
 * One document: Serin's own as it is, others translated. Throws DOCUMENT_INVALID where something was lost without which
 * the release would not be what its author asked for.
 */
export async function readAny(
  call: Call,
  names: readonly string[],
  flags: ForeignFlags,
  secretsIn?: string,
): Promise<Read> {
  const files = await filesOf(names, call);
  const { readDocument } = await documents();
  const foreign = files.some(looksForeign) ? await import("../dialects/index.ts") : null;
  const dialect = foreign?.dialectOf(files) ?? null;
  if (foreign === null || dialect === null) return own(files, flags, readDocument);
  if (flags.stable === undefined || flags.canary === undefined)
    throw new SerinError("USAGE", `${nameOf(names[0])} does not say who answers: give --stable URL and --canary URL`);
  const made = foreign.translate(dialect, files, { ...optionsOf(flags), secretsIn });
  const stopping = made.lost.filter(({ stops }) => stops);
  if (stopping.length > 0) throw unlike(stopping, files);
  told(call.out, made, (line) => call.out.note(line));
  await keepSecrets(made);
  return readDocument(made.document, `${nameOf(names[0])}, translated`);
}

function own(
  files: readonly Written[],
  flags: ForeignFlags,
  readDocument: (text: Uint8Array | string, file: string) => Read,
): Read {
  const [first, ...more] = files;
  if (more.length > 0) throw new SerinError("USAGE", "one document is run at a time; `serin apply` takes several");
  const given = (["stable", "canary", "revision", "stableRevision", "name", "gates", "region"] as const).find(
    (key) => flags[key] !== undefined,
  );
  if (given !== undefined) {
    const flag = given.replace("R", "-r");
    throw new SerinError("USAGE", `--${flag} goes with files of other programs: ${first.file} says it itself`);
  }
  return readDocument(first.text, first.file);
}

function unlike(stopping: readonly Loss[], files: readonly Written[]): SerinError {
  const [{ file, line, column, path, message }] = stopping;
  const text = files.find((written) => written.file === file)?.text ?? "";
  const hint = "`serin import` makes a document of it all the same, to be mended by hand";
  return new SerinError("DOCUMENT_INVALID", `${file}:${line}:${column}: ${path}: ${message}`, {
    details: { problems: stopping, text: Buffer.from(text).toString("utf8"), hint },
  });
}

/** Everything that is not kept as it was, a line each. */
export function told({ paint }: Call["out"], made: Translation, say: (line: string) => void): void {
  const { name, kept, changed, lost } = made;
  for (const problem of changed) say(`${paint("dim", "changed")} ${lineOf(problem)}`);
  for (const problem of lost) say(`${paint(problem.stops ? "bad" : "attention", "lost")}    ${lineOf(problem)}`);
  say(`${clean(name)}: ${kept.length} kept, ${changed.length} changed, ${lost.length} lost`);
}

export const lineOf = ({ file, line, column, path, message }: Problem): string =>
  clean(`${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`);

/** For the owner's eyes alone. */
async function keepSecrets({ secrets }: Translation): Promise<void> {
  for (const { path, value } of secrets) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, value, { mode: 0o600 });
    await chmod(path, 0o600);
  }
}
