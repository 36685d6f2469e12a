/** The functions of Go's text/template that queries use, and how it prints values. */
import { TemplateError } from "./lexer.ts";
import type { Value } from "./parser.ts";

export type Functions = Readonly<Record<string, (...values: readonly Value[]) => Value>>;

/** Empty, zero, false and nil are false (text/template, "If"). */
export function isTrue(value: Value): boolean {
  if (value === null || value === "" || value === 0 || value === false) return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

/** As fmt prints with %v. */
export function printed(value: Value): string {
  if (value === null) return "<no value>";
  if (Array.isArray(value)) return `[${value.map(printed).join(" ")}]`;
  if (typeof value !== "object") return String(value);
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `map[${fields.map(([key, inner]) => `${key}:${printed(inner)}`).join(" ")}]`;
}

const VERB = /%(?:(%)|([+-]?\d*(?:\.\d+)?)([vsdqtfgx]))/g;

function printf(format: Value, ...values: readonly Value[]): string {
  if (typeof format !== "string") throw new TemplateError("printf takes a text first");
  let next = 0;
  const text = format.replaceAll(VERB, (_whole, percent: string | undefined, size: string, verb: string) => {
    if (percent !== undefined) return "%";
    if (next >= values.length) throw new TemplateError(`printf ${JSON.stringify(format)} has a value too few`);
    return one(verb, size, values[next++]);
  });
  if (/%(?!\d)[^%]?$/.test(format.replaceAll(VERB, "")))
    throw new TemplateError(`printf ${JSON.stringify(format)} is not read`);
  if (next < values.length) throw new TemplateError(`printf ${JSON.stringify(format)} has a value too many`);
  return text;
}

function one(verb: string, size: string, value: Value): string {
  const [width, digits] = size.split(".");
  const text = formatted(verb, digits, value);
  const wide = Math.abs(Number(width || 0));
  return width.startsWith("-") ? text.padEnd(wide) : text.padStart(wide, width.startsWith("0") ? "0" : " ");
}

function formatted(verb: string, digits: string | undefined, value: Value): string {
  switch (verb) {
    case "q":
      return JSON.stringify(printed(value));
    case "d":
    case "x":
      return numeric(value, verb).toString(verb === "x" ? 16 : 10);
    case "f":
      return numeric(value, verb).toFixed(Number(digits ?? 6));
    case "g":
      return String(numeric(value, verb));
    default:
      return digits === undefined ? printed(value) : printed(value).slice(0, Number(digits));
  }
}

function numeric(value: Value, verb: string): number {
  if (typeof value === "number") return value;
  throw new TemplateError(`printf %${verb} takes a number, not ${printed(value)}`);
}

function order(a: Value, b: Value): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : Number(a > b);
  throw new TemplateError(`${printed(a)} and ${printed(b)} cannot be compared`);
}

function equal(a: Value, ...others: readonly Value[]): boolean {
  return others.some((b) => {
    if (a !== null && b !== null && typeof a !== typeof b)
      throw new TemplateError(`${printed(a)} and ${printed(b)} cannot be compared`);
    return a === b;
  });
}

function index(value: Value, ...keys: readonly Value[]): Value {
  return keys.reduce<Value>((part, key) => {
    if (Array.isArray(part) && typeof key === "number" && key >= 0 && key < part.length) return part[key] as Value;
    if (part !== null && typeof part === "object" && !Array.isArray(part) && typeof key === "string")
      return Object.hasOwn(part, key) ? (part as Readonly<Record<string, Value>>)[key] : "";
    throw new TemplateError(`${printed(part)} has no ${printed(key)}`);
  }, value);
}

function length(value: Value): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (value !== null && typeof value === "object")
    return Array.isArray(value) ? value.length : Object.keys(value).length;
  throw new TemplateError(`${printed(value)} has no length`);
}

/** `and` and `or` stop early (`run.ts`), so they are not here. */
export const builtins: Functions = {
  printf,
  print: (...values) =>
    values
      .map((value, i) =>
        i > 0 && typeof value !== "string" && typeof values[i - 1] !== "string" ? ` ${printed(value)}` : printed(value),
      )
      .join(""),
  println: (...values) => `${values.map(printed).join(" ")}\n`,
  index,
  len: length,
  not: (value) => !isTrue(value),
  eq: equal,
  ne: (a, b) => !equal(a, b),
  lt: (a, b) => order(a, b) < 0,
  le: (a, b) => order(a, b) <= 0,
  gt: (a, b) => order(a, b) > 0,
  ge: (a, b) => order(a, b) >= 0,
  urlquery: (...values) => new URLSearchParams({ q: values.map(printed).join("") }).toString().slice(2),
};
