/** Go's text/template, read into words: text between actions, and the words of each action. */

export class TemplateError extends Error {}

export type Word =
  | { readonly is: "text"; readonly text: string }
  /** An action begins, or ends. */
  | { readonly is: "open" | "close" }
  | { readonly is: "string"; readonly value: string }
  | { readonly is: "number"; readonly value: number; readonly whole: boolean }
  /** A function's name or a keyword. */
  | { readonly is: "name"; readonly text: string }
  /** $ or $name. */
  | { readonly is: "variable"; readonly text: string }
  /** .a.b as ["a", "b"]; empty for the dot alone. `tight`: nothing stands before it. */
  | { readonly is: "field"; readonly path: readonly string[]; readonly tight: boolean }
  | { readonly is: "mark"; readonly text: string };

/** Opens an action; a dash and a space behind it trim the text before. */
const OPEN = /\{\{(- )?/g;
const COMMENT = /^\s*\/\*[\s\S]*?\*\/\s*(-)?\}\}/;

export function wordsOf(template: string): readonly Word[] {
  const words: Word[] = [];
  let at = 0;
  let trims = false;
  for (;;) {
    OPEN.lastIndex = at;
    const open = OPEN.exec(template);
    const text = template.slice(at, open?.index);
    words.push({ is: "text", text: trimmed(text, trims, open?.[1] !== undefined) });
    if (open === null) return words.filter((word) => word.is !== "text" || word.text !== "");
    at = OPEN.lastIndex;
    const comment = COMMENT.exec(template.slice(at));
    if (comment !== null) {
      at += comment[0].length;
      trims = comment[1] !== undefined;
      continue;
    }
    words.push({ is: "open" });
    ({ at, trims } = action(template, at, words));
    words.push({ is: "close" });
  }
}

function trimmed(text: string, start: boolean, end: boolean): string {
  const front = start ? text.trimStart() : text;
  return end ? front.trimEnd() : front;
}

/** Go's words inside {{ and }}. */
const WORDS: readonly (readonly [RegExp, (found: RegExpExecArray) => Word | null])[] = [
  [/^\s+/, () => null],
  [/^"(?:[^"\\\n]|\\.)*"/, ([text]) => ({ is: "string", value: unquoted(text) })],
  [/^`([^`]*)`/, ([, value]) => ({ is: "string", value })],
  [/^[+-]?(\d+\.\d*|\.\d+|\d+)([eE][+-]?\d+)?/, ([text]) => numberOf(text)],
  [/^\$\w*/, ([text]) => ({ is: "variable", text })],
  [/^(?:\.[A-Za-z_]\w*)+/, ([text]) => ({ is: "field", path: text.slice(1).split("."), tight: false })],
  [/^\./, () => ({ is: "field", path: [], tight: false })],
  [/^[A-Za-z_]\w*/, ([text]) => ({ is: "name", text })],
  [/^(:=|=|\||\(|\)|,)/, ([text]) => ({ is: "mark", text })],
];

function action(template: string, from: number, words: Word[]): { at: number; trims: boolean } {
  let at = from;
  let spaced = true;
  for (;;) {
    const rest = template.slice(at);
    const end = /^(\s-)?\}\}/.exec(rest) ?? /^\s+\}\}/.exec(rest);
    if (end !== null) return { at: at + end[0].length, trims: end[1] !== undefined };
    const [length, word] = next(rest);
    if (word !== null) words.push(word.is === "field" ? { ...word, tight: !spaced } : word);
    spaced = word === null;
    at += length;
  }
}

function next(rest: string): readonly [length: number, word: Word | null] {
  for (const [pattern, make] of WORDS) {
    const found = pattern.exec(rest);
    if (found !== null) return [found[0].length, make(found)];
  }
  throw new TemplateError(
    rest === "" ? "an action {{ is never closed" : `${JSON.stringify(rest[0])} stands where no word begins`,
  );
}

const numberOf = (text: string): Word => ({ is: "number", value: Number(text), whole: /^[+-]?\d+$/.test(text) });

function unquoted(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw new TemplateError(`the text ${text} has an escape that is not read`);
  }
}
