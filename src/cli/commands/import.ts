/** `serin import FROM FILE...` */
import type { DialectName } from "../../dialects/index.ts";
import { exits } from "../exit.ts";
import { filesOf, foreignFlags, optionsOf, told, type ForeignFlags } from "../foreign.ts";
import { output } from "./flags.ts";
import { verb } from "./verb.ts";

/** Named here too, so that the help needs no translator. */
const names = ["flagger", "argo", "kayenta"] as const satisfies readonly DialectName[];

export const importing = verb<ForeignFlags>({
  name: "import",
  group: "Documents",
  summary: "make a document of another program's files",
  about: `Prints the document on the standard output, each line with the place that it came from, and on the standard error what
was kept in another way and what has no place: by name and line, nothing is dropped in silence. Give everything that a
Canary refers to: its MetricTemplates, its AlertProviders, and Secrets if you like. docs/import.md says what becomes of what.`,
  examples: [
    "serin import flagger canary.yaml metrics.yaml --stable http://127.0.0.1:9001 --canary http://127.0.0.1:9002",
    "kubectl get canary,metrictemplate,alertprovider -o yaml | serin import flagger - > rollout.yaml",
  ],
  args: [
    { name: "FROM", about: "whose files they are", choices: names },
    { name: "FILE", about: "the files; - for the standard input", many: true },
  ],
  flags: [...foreignFlags(), output("json")],
  async run(call, [dialect, ...files], flags) {
    const { translate } = await import("../../dialects/index.ts");
    const made = translate(dialect as DialectName, await filesOf(files, call), optionsOf(flags));
    const { secrets: _none, ...said } = made;
    await call.out.value(said, { text: () => "" });
    if (call.out.machine) return exits.ok;
    call.shell.stdout.write(made.document);
    if (!call.out.quiet) told(call.out, made, (line) => call.shell.stderr.write(`${line}\n`));
    return exits.ok;
  },
});
