/** How errors are told: one sentence on stderr with its code, then places in documents, then what to do. */
import { asSerinError, type ErrorCode, type SerinError } from "../errors.ts";
import type { Problem } from "../http/wire.ts";
import { clean } from "./clean.ts";
import type { Paint } from "./paint.ts";

/** What helps, where something usually does. */
const hints: Partial<Record<ErrorCode, string>> = {
  UNAUTHORIZED: "give a token by SERIN_TOKEN or --token-file",
  FORBIDDEN: "use a token whose role is act",
  GATEWAY_UNREACHABLE: "look at the gateway's log in the data directory",
  NOT_FOUND: "`serin list` shows what there is",
};

function isProblem(value: unknown): value is Problem {
  const p = value as Partial<Problem> | null;
  return typeof p?.message === "string" && typeof p.line === "number" && typeof p.column === "number";
}

/** Problems of a document that the error carries, from our own parser or from a server. */
export function problemsOf(error: SerinError): readonly Problem[] {
  const { problems } = error.details as { problems?: unknown };
  return Array.isArray(problems) ? problems.filter(isProblem) : [];
}

/** `serin: there is no rollout named shop (NOT_FOUND)` and its hint. Several lines where a document has several mistakes. */
export async function describe(thrown: unknown, paint: Paint): Promise<string> {
  const error = asSerinError(thrown);
  const problems = problemsOf(error);
  const message = problems.length > 0 ? mistakes(problems.length) : clean(error.message).replace(/\.$/, "");
  const lines = [`${paint("bad", "serin:")} ${message} ${paint("dim", `(${error.code})`)}`];
  if (problems.length > 0) lines.push(...(await placed(problems, error)));
  const hint = error.details["hint"] ?? hints[error.code];
  if (typeof hint === "string") lines.push(`  ${paint("dim", clean(hint))}`);
  return lines.join("\n");
}

const mistakes = (n: number) => `the document has ${n === 1 ? "a mistake" : `${n} mistakes`}`;

async function placed(problems: readonly Problem[], error: SerinError): Promise<string[]> {
  const { text } = error.details as { text?: unknown };
  const { formatProblem } = await import("./problems.ts");
  return problems.map((problem) => formatProblem(problem, typeof text === "string" ? text : null));
}
