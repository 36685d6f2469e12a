/** `serin lint FILE...` */
import { Option } from "commander";
import { asSerinError, SerinError } from "../../errors.ts";
import type { Problem } from "../../http/wire.ts";
import { clean } from "../clean.ts";
import { documents, nameOf, readFileOf } from "../document.ts";
import { exits } from "../exit.ts";
import { formatProblem } from "../problems.ts";
import { problemsOf } from "../report.ts";
import { output } from "./flags.ts";
import { verb, type Call } from "./verb.ts";

/** What is to be said about one file. */
interface Finding {
  readonly file: string;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** The file's text, for the lines that are shown. */
  readonly text: string | null;
}

export const lint = verb<{ readonly strict?: true }>({
  name: "lint",
  group: "Documents",
  summary: "check documents, with file, line and column of every mistake",
  about: "Exits with 2 when there are mistakes. - reads the standard input.",
  examples: ["serin lint rollout.yaml", "serin lint examples/*.yaml", "render | serin lint -"],
  args: [{ name: "FILE", about: "documents; - for the standard input", many: true }],
  flags: [new Option("--strict", "what works and may surprise is a mistake as well"), output("json", "yaml")],
  async run(call, files, { strict = false }) {
    const findings: Finding[] = [];
    for (const file of files) findings.push(await check(call, file));
    const bad = findings.filter(({ problems, warnings }) => problems.length + (strict ? warnings.length : 0) > 0);
    if (call.out.machine)
      await call.out.value(
        findings.map(({ text: _text, ...said }) => said),
        { text: () => "" },
      );
    else for (const finding of findings) show(call, finding);
    return bad.length > 0 ? exits.usage : exits.ok;
  },
});

/** A file that cannot be read is an error of its own; a document that does not fit is what is looked for. */
async function check(call: Call, file: string): Promise<Finding> {
  const bytes = await readFileOf(file, call.shell);
  const { readDocument } = await documents();
  try {
    const { document, warnings } = readDocument(bytes, nameOf(file));
    return { file: nameOf(file), problems: [], warnings, text: document };
  } catch (thrown) {
    if (!(thrown instanceof SerinError)) throw asSerinError(thrown);
    const { text } = thrown.details as { text?: unknown };
    const whole = { file: nameOf(file), line: 1, column: 1, path: "", message: thrown.message };
    const found = problemsOf(thrown);
    return { file: nameOf(file), problems: found.length > 0 ? found : [whole], warnings: [], text: textOf(text) };
  }
}

const textOf = (text: unknown) => (typeof text === "string" && text !== "" ? text : null);

function show({ out }: Call, { file, problems, warnings, text }: Finding): void {
  for (const problem of problems) out.line(formatProblem(problem, text, out));
  for (const warning of warnings) {
    out.line(formatProblem({ ...warning, message: `warning: ${warning.message}` }, text, out));
  }
  if (problems.length > 0) out.note(out.paint("bad", `${clean(file)}: ${counted(problems.length, "mistake")}`));
  else if (warnings.length > 0)
    out.note(out.paint("attention", `${clean(file)}: fits, ${counted(warnings.length, "warning")}`));
  else out.note(`${clean(file)}: ${out.paint("good", "fits")}`);
}

const counted = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;
