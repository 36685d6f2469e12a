/**
 * A mistake in a document as people find it fastest: where, the line itself, a caret under the place.
 *
 *     rollout.yaml:12:7: spec.strategy.canary.weigths: unknown key; did you mean weights?
 *       12 |       weigths: [1, 5]
 *          |       ^
 */
import type { Problem } from "../http/wire.ts";
import { clean } from "./clean.ts";
import { cells, fit, unicode, type Glyphs } from "./glyphs.ts";
import { unpainted, type Paint } from "./paint.ts";

interface Look {
  readonly paint?: Paint;
  readonly glyphs?: Glyphs;
  /** Cells that a line may take. */
  readonly width?: number;
}

/** The mistake with its line of `text`; only the mistake where there is no text, or no such line in it. */
export function formatProblem(problem: Problem, text: string | null, look: Look = {}): string {
  const { paint = unpainted, glyphs = unicode, width = 100 } = look;
  const head = `${paint("strong", placeOf(problem))} ${wordsOf(problem)}`;
  const line = text === null ? undefined : lineOf(text, problem.line);
  return line === undefined ? head : [head, ...framed(line, problem, { paint, glyphs, width })].join("\n");
}

const placeOf = ({ file, line, column }: Problem) => `${clean(file)}:${line}:${column}:`;

function wordsOf({ path, message, nearest }: Problem): string {
  const where = path === "" ? "" : `${clean(path)}: `;
  const words = clean(message).replace(/\.$/, "");
  // A message that already names the nearest word need not do so twice.
  const also = nearest === undefined || words.includes(nearest) ? "" : `; did you mean ${clean(nearest)}?`;
  return `${where}${words}${also}`;
}

function lineOf(text: string, number: number): string | undefined {
  return text.split(/\r\n|\r|\n/)[number - 1];
}

/** Cells kept in front of the place when a line is too long to be shown whole. */
const BEFORE = 30;

function framed(line: string, { line: number, column }: Problem, { paint, glyphs, width }: Required<Look>): string[] {
  const before = clean(line.slice(0, column - 1).replaceAll("\t", " "));
  const rest = clean(line.slice(column - 1).replaceAll("\t", " "));
  const cut = cells(before) > BEFORE && cells(before) + cells(rest) > width - 12;
  const shown = cut ? glyphs.ellipsis + before.slice(-BEFORE) : before;
  const margin = `${String(number).padStart(4)} | `;
  const source = fit(shown + rest, Math.max(20, width - margin.length), glyphs);
  const caret = `${" ".repeat(cells(shown))}^`;
  return [paint("dim", margin) + source, paint("dim", `${" ".repeat(margin.length - 2)}| `) + paint("bad", caret)];
}
