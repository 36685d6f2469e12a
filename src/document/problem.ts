/** What is wrong with a document, and where: the one shape that the command line, the API and editors are given. */
import { SerinError, type ErrorCode } from "../errors.ts";

/** One mistake (or, among warnings, one surprise) with its place. Lines and columns begin with 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  /** In UTF-16 code units, as editors count. */
  readonly column: number;
  /** e.g. spec.gates[0].failures; "" for the document as a whole. */
  readonly path: string;
  readonly message: string;
  /** The nearest known word. The message says it too. */
  readonly nearest?: string | undefined;
}

/** Keys and indices from the root of a document. */
export type Path = readonly (string | number)[];

/** A mistake before its place in the text was looked up. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  /** `key` points at the last key of the path, `value` at what it holds, unless that is a list or a mapping. */
  readonly at?: "key" | "value";
  readonly nearest?: string | undefined;
}

const PLAIN_KEY = /^[A-Za-z_$][\w$-]*$/;

/** ["spec", "gates", 0, "failures"] -> "spec.gates[0].failures". */
export function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (!PLAIN_KEY.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** In the order of the text, nothing said twice. */
export function sorted(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  const told = problems.filter(({ line, column, path, message }) => {
    const id = JSON.stringify([line, column, path, message]);
    return !seen.has(id) && seen.add(id);
  });
  return told.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** Nobody mends more at once; what follows is only counted. */
const TOLD = 100;

/** `rollout.yaml:5:18: spec.strategy: unknown key "canari"`, and how many more there are. */
function summary([first, ...more]: readonly Problem[]): string {
  const at = [first.file, `${first.line}:${first.column}`].filter((part) => part !== "").join(":");
  const where = first.path === "" ? at : `${at}: ${first.path}`;
  if (more.length === 0) return `${where}: ${first.message}`;
  return `${where}: ${first.message} (and ${more.length} more ${more.length === 1 ? "mistake" : "mistakes"})`;
}

/** The error that a document with these mistakes (at least one) is answered with. */
export function refusal(code: ErrorCode, problems: readonly Problem[], text: string, cause?: unknown): SerinError {
  const told = sorted(problems);
  return new SerinError(code, summary(told), { details: { problems: told.slice(0, TOLD), text }, cause });
}
