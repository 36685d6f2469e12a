/** Words of a template to its tree. What Go's template language has and is not read is refused by name. */
import { TemplateError, wordsOf, type Word } from "./lexer.ts";

export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** One operand, a call where it has arguments or is a function's name. */
export type Term =
  | { readonly is: "value"; readonly value: Value; readonly path: readonly string[] }
  | { readonly is: "variable"; readonly name: string; readonly path: readonly string[] }
  | { readonly is: "dot"; readonly path: readonly string[] }
  | { readonly is: "call"; readonly name: string; readonly path: readonly string[] }
  | { readonly is: "pipe"; readonly pipe: Pipe; readonly path: readonly string[] };

/** `a b | c d`: the commands in order, each an operand and its arguments. */
export interface Pipe {
  readonly sets: readonly string[];
  /** `=` rather than `:=`. */
  readonly again: boolean;
  readonly commands: readonly (readonly Term[])[];
}

export type Branch = "if" | "with" | "range";

export type Node =
  | { readonly is: "text"; readonly text: string }
  | { readonly is: "print"; readonly pipe: Pipe }
  | { readonly is: Branch; readonly pipe: Pipe; readonly yes: readonly Node[]; readonly no: readonly Node[] };

const keywords = new Set(["if", "with", "range", "else", "end"]);
const refused = new Set(["define", "template", "block", "break", "continue", "call", "html", "js", "slice"]);
const constants: Readonly<Record<string, Value>> = { true: true, false: false, nil: null };

export function parseTemplate(template: string): readonly Node[] {
  const parser = new Parser(wordsOf(template));
  const { nodes, ended } = parser.nodes();
  if (ended !== "") throw new TemplateError(`{{ ${ended} }} ends nothing`);
  return nodes;
}

class Parser {
  readonly #words: readonly Word[];
  #at = 0;

  constructor(words: readonly Word[]) {
    this.#words = words;
  }

  /** Up to `end` or `else`, whose name it says; the empty name at the template's end. */
  nodes(): { readonly nodes: readonly Node[]; readonly ended: string } {
    const nodes: Node[] = [];
    for (;;) {
      const word = this.#words[this.#at];
      if (word === undefined) return { nodes, ended: "" };
      this.#at++;
      if (word.is === "text") {
        nodes.push(word);
        continue;
      }
      const name = this.#keyword();
      if (name === "else" || name === "end") return { nodes, ended: name };
      nodes.push(name === "" ? { is: "print", pipe: this.#closed() } : this.#branch(name as Branch));
    }
  }

  /** The keyword that an action begins with, taken; empty where it begins with another word. */
  #keyword(): string {
    const word = this.#words[this.#at];
    if (word?.is !== "name" || !keywords.has(word.text)) return "";
    this.#at++;
    return word.text;
  }

  #branch(is: Branch): Node {
    const pipe = this.#closed();
    const { nodes: yes, ended } = this.nodes();
    if (ended === "") throw new TemplateError(`{{ ${is} }} is never ended`);
    if (ended === "end") {
      this.#expectClose();
      return { is, pipe, yes, no: [] };
    }
    const chained = this.#keyword();
    // {{ else if x }} is an if inside the else, ended by the same end
    if (chained === "if" || chained === "with") return { is, pipe, yes, no: [this.#branch(chained)] };
    this.#expectClose();
    const { nodes: no, ended: last } = this.nodes();
    if (last !== "end") throw new TemplateError(`{{ ${is} }} is never ended`);
    this.#expectClose();
    return { is, pipe, yes, no };
  }

  #closed(): Pipe {
    const pipe = this.#pipe();
    this.#expectClose();
    return pipe;
  }

  #expectClose(): void {
    if (this.#words[this.#at]?.is !== "close") throw new TemplateError("an action has a word too many");
    this.#at++;
  }

  #pipe(): Pipe {
    const { sets, again } = this.#assignment();
    const commands: Term[][] = [];
    for (;;) {
      const command: Term[] = [];
      for (let term = this.#term(); term !== null; term = this.#term()) command.push(term);
      if (command.length === 0) throw new TemplateError("an action is empty");
      commands.push(command);
      if (!this.#mark("|")) return { sets, again, commands };
    }
  }

  /** `$v :=`, `$v =`, `$k, $v :=`. */
  #assignment(): Pick<Pipe, "sets" | "again"> {
    const start = this.#at;
    const sets: string[] = [];
    for (let word = this.#words[this.#at]; word?.is === "variable"; word = this.#words[this.#at]) {
      sets.push(word.text);
      this.#at++;
      if (this.#mark(":=")) return { sets, again: false };
      if (this.#mark("=")) return { sets, again: true };
      if (!this.#mark(",")) break;
    }
    this.#at = start;
    return { sets: [], again: false };
  }

  #mark(text: string): boolean {
    const word = this.#words[this.#at];
    if (word?.is !== "mark" || word.text !== text) return false;
    this.#at++;
    return true;
  }

  #term(): Term | null {
    const term = this.#operand();
    const word = this.#words[this.#at];
    if (term === null || word?.is !== "field" || !word.tight || word.path.length === 0) return term;
    this.#at++;
    return { ...term, path: [...term.path, ...word.path] };
  }

  #operand(): Term | null {
    const word = this.#words[this.#at];
    if (word === undefined) return null;
    if (word.is === "mark") return word.text === "(" ? this.#parenthesis() : null;
    if (word.is === "close") return null;
    this.#at++;
    switch (word.is) {
      case "string":
      case "number":
        return { is: "value", value: word.value, path: [] };
      case "variable":
        return { is: "variable", name: word.text, path: [] };
      case "field":
        return { is: "dot", path: word.path };
      case "name":
        return named(word.text);
      default:
        throw new TemplateError("an action begins inside another");
    }
  }

  #parenthesis(): Term {
    this.#at++;
    const pipe = this.#pipe();
    if (!this.#mark(")")) throw new TemplateError("( is never closed");
    return { is: "pipe", pipe, path: [] };
  }
}

function named(name: string): Term {
  if (refused.has(name) || keywords.has(name)) throw new TemplateError(`${name} is not read here`);
  if (Object.hasOwn(constants, name)) return { is: "value", value: constants[name], path: [] };
  return { is: "call", name, path: [] };
}
