/**
 * Text to YAML nodes. JSON is read by the same rules: YAML 1.2 holds it, and one reader gives one kind of message. What is
 * read is the plain part of YAML: no tabs before fields, no directives, nothing nested for its own sake.
 */
import { Composer, Parser, type CST, type Document, type ParsedNode, type YAMLError } from "yaml";
import { sourceOf, unreadable, type Flaw, type Source } from "./source.ts";

/** A Rollout nests ten deep. Beyond this, the reader's own stack is what somebody is after. */
export const MAX_DEPTH = 50;

/** Faults told at once: those after the fifth mostly follow from the ones before. */
const TOLD = 5;

type SyntaxFlaw = Omit<Flaw, "path">;

export interface Syntax {
  readonly source: Source;
  /** The documents of the file that hold something. */
  readonly documents: readonly Document.Parsed[];
}

/** Throws DOCUMENT_UNREADABLE when it is no YAML and no JSON. */
export function syntaxOf(text: string, file: string): Syntax {
  const source = sourceOf(file, text);
  const tokens = [...new Parser().parse(text)];
  const own = tokens.flatMap((token) => flawsOf(token));
  if (own.length > 0) throw unreadable(source, firstOfLines(source, own));
  const documents = compose(tokens, text);
  const errors = documents.flatMap(({ errors }) => errors);
  if (errors.length > 0) throw unreadable(source, firstOfLines(source, errors.map(inWords)), errors[0]);
  return { source, documents: documents.filter(({ contents }) => !isEmpty(contents)) };
}

function compose(tokens: readonly CST.Token[], text: string): Document.Parsed[] {
  // keys are compared where the tree is built: the composer compares each with each, seconds for what fits the size
  const composer = new Composer({ version: "1.2", merge: false, uniqueKeys: false, logLevel: "silent" });
  return [...composer.compose(tokens, true, text.length)] as Document.Parsed[];
}

const isEmpty = (contents: ParsedNode | null) =>
  contents === null || ("source" in contents && contents.source === "" && !contents.anchor && !contents.tag);

/** One fault a line: a second one there is the shadow of the first. */
function firstOfLines({ lines }: Source, flaws: readonly SyntaxFlaw[]): readonly SyntaxFlaw[] {
  const first = new Map<number, SyntaxFlaw>();
  for (const flaw of flaws.toSorted((a, b) => a.offset - b.offset)) {
    const { line } = lines.linePos(flaw.offset);
    if (!first.has(line)) first.set(line, flaw);
  }
  return [...first.values()].slice(0, TOLD);
}

/** What is told before nodes are made: depth above all, for making them recurses. */
function flawsOf(root: CST.Token): SyntaxFlaw[] {
  const flaws: SyntaxFlaw[] = [];
  const open: { readonly token: CST.Token; readonly depth: number }[] = [{ token: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    const message = depth > MAX_DEPTH ? `nested deeper than ${MAX_DEPTH}` : faultOf(token);
    if (message !== null) flaws.push({ offset: token.offset, message });
    if (depth <= MAX_DEPTH) open.push(...inside(token).map((child) => ({ token: child, depth: depth + 1 })));
  }
  return flaws;
}

function inside(token: CST.Token): readonly CST.Token[] {
  if (token.type === "document") return token.value === undefined ? [] : [token.value];
  if (!("items" in token)) return [];
  return token.items.flatMap((item) => [item.key, item.value].filter((part) => part !== undefined && part !== null));
}

function faultOf(token: CST.Token): string | null {
  switch (token.type) {
    case "directive":
      return "directives are not read: leave this line out";
    case "double-quoted-scalar":
    case "single-quoted-scalar":
      return closed(token.source) ? null : `a text begins here with ${token.source[0]} and never ends`;
    case "flow-collection":
      return token.end.some(({ type }) => type === "flow-map-end" || type === "flow-seq-end")
        ? null
        : `${token.start.source} is never closed`;
    default:
      return null;
  }
}

function closed(quoted: string): boolean {
  const quote = quoted[0];
  if (quoted.length < 2 || !quoted.endsWith(quote)) return false;
  if (quote === "'") return true;
  const slashes = /\\*$/.exec(quoted.slice(1, -1))?.[0].length ?? 0;
  return slashes % 2 === 0;
}

/** The library's words in ours: by its code, then by what it says. */
const sentences: readonly (readonly [code: string, said: RegExp, sentence: string])[] = [
  ["TAB_AS_INDENT", /./, "tabs do not indent in YAML: use spaces"],
  ["MULTILINE_IMPLICIT_KEY", /./, "expected a key with a colon and a space on one line"],
  [
    "BLOCK_AS_IMPLICIT_KEY",
    /mapping/,
    'a value cannot have fields too: mend the indentation, or quote a text with ": "',
  ],
  ["BLOCK_AS_IMPLICIT_KEY", /./, "items of one list begin in the same column"],
  ["BAD_INDENT", /mapping items/, "fields of one mapping begin in the same column"],
  ["BAD_INDENT", /sequence items/, "items of one list begin in the same column"],
  ["MISSING_CHAR", /Implicit map keys/, "expected a key and a colon"],
  ["MISSING_CHAR", /Missing , /, "expected a comma between the entries"],
  [
    "MISSING_CHAR",
    /Sequence item without/,
    "fields of one mapping begin in the same column, items of one list with a dash",
  ],
  ["MISSING_CHAR", /white space/, "expected a space here"],
  ["UNEXPECTED_TOKEN", /Unexpected (,|empty item) in/, "a comma too many"],
  ["UNEXPECTED_TOKEN", /block-seq-ind on same line/, "a list begins on the line below its key"],
  ["UNEXPECTED_TOKEN", /./, "this does not fit what stands before it"],
  ["BLOCK_IN_FLOW", /./, "inside brackets, commas separate the entries: is one missing?"],
];

function inWords({ code, message, pos }: YAMLError): SyntaxFlaw {
  const offset = pos[0];
  const found = sentences.find(([known, said]) => known === code && said.test(message));
  if (found !== undefined) return { offset, message: found[2] };
  const start = code === "BAD_SCALAR_START" ? /(\S)$/.exec(message)?.[1] : undefined;
  if (start !== undefined) return { offset, message: `a text that begins with ${start} must be quoted` };
  const escape = code === "BAD_DQ_ESCAPE" ? /(\\.*)$/.exec(message)?.[1] : undefined;
  if (escape !== undefined) return { offset, message: `${escape} is no escape sequence: write \\\\ for a backslash` };
  return { offset, message: message.slice(0, 1).toLowerCase() + message.slice(1) };
}
