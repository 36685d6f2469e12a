/** A text with its file's name: offsets become places. */
import { LineCounter } from "yaml";
import type { SerinError } from "../errors.ts";
import { pathText, refusal, type Path, type Problem } from "./problem.ts";

export interface Source {
  readonly file: string;
  readonly text: string;
  readonly lines: LineCounter;
}

export function sourceOf(file: string, text: string): Source {
  // filled here and not by the parser, which does not tell of every line of a text that is no YAML
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) lines.addNewLine(end + 1);
  return { file, text, lines };
}

/** A mistake whose place in the text is known. */
export interface Flaw {
  readonly offset: number;
  readonly path: Path;
  readonly message: string;
  readonly nearest?: string | undefined;
}

export function problemAt({ file, text, lines }: Source, { offset, path, message, nearest }: Flaw): Problem {
  const { line, col } = lines.linePos(Math.min(offset, text.length));
  return {
    file,
    line: Math.max(1, line),
    column: Math.max(1, col),
    path: pathText(path),
    message,
    ...(nearest === undefined ? {} : { nearest }),
  };
}

/** DOCUMENT_UNREADABLE: there is no tree to look into. */
export function unreadable(source: Source, flaws: readonly Omit<Flaw, "path">[], cause?: unknown): SerinError {
  const problems = flaws.map((flaw) => problemAt(source, { ...flaw, path: [] }));
  return refusal("DOCUMENT_UNREADABLE", problems, source.text, cause);
}
