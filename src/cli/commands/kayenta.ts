/** `serin kayenta judge INPUT.json` */
import type { JudgeInput } from "../../analysis/kayenta/judge.ts";
import { asSerinError, SerinError } from "../../errors.ts";
import { exits } from "../exit.ts";
import { textOf } from "../files.ts";
import { verb } from "./verb.ts";

export const kayenta = verb({
  name: "kayenta",
  group: "Plan and replay",
  summary: "judge as Spinnaker Kayenta does: the same input, the same result, to the last bit",
  about: `\`serin kayenta judge\` reads { canaryConfig, scoreThresholds, metricSetPairList }, as Kayenta posts it to a remote
judge, or one such object a line. It writes one judge result a line; an input on which Kayenta fails as a whole gives an
error object, and 1 as exit code. Where that judge errs, and what to use instead: docs/kayenta.md.`,
  examples: ["serin kayenta judge input.json", "jq -c '.[]' many.json | serin kayenta judge -"],
  args: [
    { name: "WHAT", about: "what is to be done", choices: ["judge"] },
    { name: "FILE", about: "the input; - for the standard input" },
  ],
  async run({ shell }, [, file]) {
    const [text, { judgeCanary, judgeResultJson }] = await Promise.all([
      textOf(file, shell),
      import("../../analysis/kayenta/judge.ts"),
    ]);
    let failed = false;
    for (const input of inputsIn(text, file)) {
      try {
        shell.stdout.write(`${judgeResultJson(judgeCanary(parsed(input)))}\n`);
      } catch (thrown) {
        const { code, message } = asSerinError(thrown);
        shell.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
        failed = true;
      }
    }
    return failed ? exits.internal : exits.ok;
  },
});

/** The whole text where it is one object, its lines otherwise. Throws DOCUMENT_UNREADABLE when there is nothing to judge. */
function inputsIn(text: string, file: string): readonly string[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0)
    throw new SerinError("DOCUMENT_UNREADABLE", `${file} is empty: expected an object, or one a line`);
  // one object over many lines, unless already its first line is a whole one
  return lines.length > 1 && isJson(lines[0]) ? lines : [text];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function parsed(text: string): JudgeInput {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (cause) {
    throw new SerinError("DOCUMENT_UNREADABLE", `not JSON: ${(cause as Error).message}`, { cause });
  }
  if (input !== null && typeof input === "object" && !Array.isArray(input)) return input as JudgeInput;
  throw new SerinError(
    "DOCUMENT_INVALID",
    "expected an object with canaryConfig, scoreThresholds and metricSetPairList",
  );
}
