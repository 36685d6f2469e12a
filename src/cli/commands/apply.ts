/** `serin apply FILE...` */
import { Option } from "commander";
import { SerinError } from "../../errors.ts";
import type { PutResult } from "../../http/wire.ts";
import type { Client } from "../client.ts";
import { nameOf, readAll, type Read } from "../document.ts";
import { exits } from "../exit.ts";
import { problemsOf } from "../report.ts";
import { output } from "./flags.ts";
import { verb } from "./verb.ts";

export const apply = verb<{ readonly filename?: readonly string[] }>({
  name: "apply",
  group: "Documents",
  summary: "give documents to a running server",
  about: `Adds a rollout, or replaces the document of one; what it has done so far stays. A document that names another canary
than before begins its release.`,
  examples: ["serin apply rollout.yaml", "render | serin apply -f -"],
  args: [{ name: "FILE", about: "documents; - for the standard input", many: true, optional: true }],
  flags: [
    new Option("-f, --filename <file>", "the same, as kubectl has it").argParser(
      (file, before: readonly string[] | undefined) => [...(before ?? []), file],
    ),
    output("json", "yaml", "name"),
  ],
  async run(call, args, { filename = [] }) {
    const files = [...args, ...filename];
    if (files.length === 0) throw new SerinError("USAGE", "apply needs a FILE");
    const read = await readAll(files, call.shell);
    const client = await call.client();
    for (const { file, read: document } of read) {
      await call.out.value(
        await put(client, document, file),
        {
          text: ({ name, result }) => `${name} ${words[result]}`,
          name: ({ name }) => name,
        },
        files.length > 1,
      );
    }
    return exits.ok;
  },
});

/** As kubectl says it. */
const words: Readonly<Record<PutResult["result"], string>> = {
  created: "created",
  replaced: "configured",
  unchanged: "unchanged",
};

/** A server that finds mistakes has only text before it: they are told with the file's name and lines. */
export async function put(client: Client, { name, document }: Read, file: string): Promise<PutResult> {
  try {
    return await client.put(name, document);
  } catch (thrown) {
    if (!(thrown instanceof SerinError) || problemsOf(thrown).length === 0) throw thrown;
    const problems = problemsOf(thrown).map((problem) => ({ ...problem, file: nameOf(file) }));
    const details = { ...thrown.details, problems, text: document };
    throw new SerinError(thrown.code, thrown.message, { cause: thrown, details });
  }
}
