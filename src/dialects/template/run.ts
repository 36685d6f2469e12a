/**
 * Go's text/template, as far as queries use it: trimming, pipelines, variables, if, with, range, the comparing and
 * printing functions, and the functions that the caller has. The dot is nothing, and a name that is not there is an error.
 */
import { builtins, isTrue, printed, type Functions } from "./functions.ts";
import { TemplateError } from "./lexer.ts";
import { parseTemplate, type Node, type Pipe, type Term, type Value } from "./parser.ts";

export { TemplateError } from "./lexer.ts";
export type { Value } from "./parser.ts";

/** The text that a template comes to. Throws TemplateError with a sentence. */
export function rendered(template: string, functions: Functions): string {
  const running = new Running({ ...builtins, ...functions });
  running.all(parseTemplate(template), { dot: null, variables: new Map() });
  return running.text;
}

interface Scope {
  readonly dot: Value;
  /** Boxes, so that `=` reaches a variable of an outer scope. */
  readonly variables: Map<string, { value: Value }>;
}

/** Long enough for any query; a range over a range over a range is not. */
const LONGEST = 100_000;

class Running {
  text = "";
  readonly #functions: Functions;

  constructor(functions: Functions) {
    this.#functions = functions;
  }

  all(nodes: readonly Node[], scope: Scope): void {
    for (const node of nodes) {
      this.#one(node, scope);
      if (this.text.length > LONGEST) throw new TemplateError(`it comes to more than ${LONGEST} characters`);
    }
  }

  #one(node: Node, scope: Scope): void {
    if (node.is === "text") this.text += node.text;
    else if (node.is === "print") this.#print(node.pipe, scope);
    else if (node.is === "range") this.#range(node, scope);
    else {
      const inner = inside(scope, scope.dot);
      const value = this.#pipe(node.pipe, inner);
      const branch = isTrue(value) ? node.yes : node.no;
      this.all(branch, node.is === "with" && isTrue(value) ? { ...inner, dot: value } : inner);
    }
  }

  #print(pipe: Pipe, scope: Scope): void {
    const value = this.#pipe(pipe, scope);
    if (pipe.sets.length === 0) this.text += printed(value);
  }

  #range({ pipe, yes, no }: Extract<Node, { is: "if" | "with" | "range" }>, scope: Scope): void {
    const over = this.#pipe({ ...pipe, sets: [] }, scope);
    const pairs = pairsOf(over);
    if (pairs.length === 0) this.all(no, inside(scope, scope.dot));
    for (const [key, value] of pairs) {
      const turn = inside(scope, value);
      const values = pipe.sets.length === 2 ? [key, value] : [value];
      pipe.sets.forEach((name, i) => turn.variables.set(name, { value: values[i] }));
      this.all(yes, turn);
    }
  }

  #pipe({ sets, again, commands }: Pipe, scope: Scope): Value {
    let value: Value | undefined;
    for (const command of commands) value = this.#command(command, value, scope);
    const result = value ?? null;
    for (const name of sets) {
      const box = scope.variables.get(name);
      if (again && box === undefined) throw new TemplateError(`${name} is set before it is there`);
      if (again && box !== undefined) box.value = result;
      else scope.variables.set(name, { value: result });
    }
    return result;
  }

  /** `piped` is what the command before it gave: the last argument. */
  #command([first, ...rest]: readonly Term[], piped: Value | undefined, scope: Scope): Value {
    if (first.is !== "call") {
      if (rest.length > 0 || piped !== undefined) throw new TemplateError(`${wordOf(first)} is no function`);
      return this.#term(first, scope);
    }
    if (first.name === "and" || first.name === "or") return this.#shortCut(first.name, rest, piped, scope);
    const values = rest.map((term) => this.#term(term, scope));
    return fieldsOf(this.#call(first.name, piped === undefined ? values : [...values, piped]), first.path);
  }

  #shortCut(name: "and" | "or", terms: readonly Term[], piped: Value | undefined, scope: Scope): Value {
    let value: Value = null;
    for (const term of terms) {
      value = this.#term(term, scope);
      if (isTrue(value) === (name === "or")) return value;
    }
    return piped ?? value;
  }

  #call(name: string, values: readonly Value[]): Value {
    if (!Object.hasOwn(this.#functions, name)) throw new TemplateError(`there is no function ${name}`);
    return this.#functions[name](...values);
  }

  #term(term: Term, scope: Scope): Value {
    switch (term.is) {
      case "value":
        return fieldsOf(term.value, term.path);
      case "dot":
        return fieldsOf(scope.dot, term.path);
      case "call":
        return fieldsOf(this.#call(term.name, []), term.path);
      case "pipe":
        return fieldsOf(this.#pipe(term.pipe, scope), term.path);
      case "variable":
        return fieldsOf(this.#variable(term.name, scope), term.path);
    }
  }

  #variable(name: string, { variables }: Scope): Value {
    // the dollar alone is the dot that the template began with
    if (name === "$") return null;
    const box = variables.get(name);
    if (box === undefined) throw new TemplateError(`there is no variable ${name}`);
    return box.value;
  }
}

const inside = ({ variables }: Scope, dot: Value): Scope => ({ dot, variables: new Map(variables) });

const wordOf = (term: Term): string =>
  term.is === "variable" ? term.name : term.is === "value" ? printed(term.value) : "this";

function pairsOf(over: Value): readonly (readonly [Value, Value])[] {
  if (over === null) return [];
  if (Array.isArray(over)) return (over as readonly Value[]).map((value, i) => [i, value]);
  if (typeof over !== "object") throw new TemplateError(`range cannot go over ${printed(over)}`);
  return Object.entries(over).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function fieldsOf(value: Value, path: readonly string[]): Value {
  return path.reduce<Value>((part, key) => {
    if (part !== null && typeof part === "object" && !Array.isArray(part) && Object.hasOwn(part, key))
      return (part as Readonly<Record<string, Value>>)[key];
    throw new TemplateError(`there is no ${key}`);
  }, value);
}
