/** Expectations and findings in words. */
import { wordsOf } from "./known.ts";
import type { SchemaNode } from "./json-schema.ts";
import type { Spot } from "./tree.ts";

/** ["a", "b", "c"] -> "a, b or c". */
export function listed(words: readonly string[], last = "or"): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

/**
 * What should stand there: "a duration such as 30s, 5m or 1h30m", "auto or a whole number from 1 to 64". How long or
 * how many is only said to whom wrote the right kind of thing.
 */
export function expected(node: SchemaNode, value: unknown): string {
  if (node.title !== undefined && node.type !== "object" && node.type !== "array") return aThing(node);
  const words = wordsOf(node);
  const branches = (node.anyOf ?? []).filter(({ type }) => type !== undefined && type !== "string");
  if (words.length > 0) return listed([...words, ...branches.map((branch) => typed(branch, value))]);
  const typedBranches = (node.anyOf ?? []).filter(({ type }) => type !== undefined);
  return typedBranches.length > 0 ? listed(typedBranches.map((branch) => expected(branch, value))) : typed(node, value);
}

function aThing({ title = "", examples = [] }: SchemaNode): string {
  const thing = `${/^[aeiou]/.test(title) ? "an" : "a"} ${title}`;
  return examples.length === 0 ? thing : `${thing} such as ${listed(examples.map(String))}`;
}

function typed(node: SchemaNode, value: unknown): string {
  switch (node.type) {
    case "boolean":
      return "true or false";
    case "integer":
      return `a whole number${range(node)}`;
    case "number":
      return `a number${range(node)}`;
    case "array":
      return Array.isArray(value) ? `a list${sized(node.minItems, node.maxItems, "entries")}` : "a list";
    case "object":
      return mapping(node);
    default:
      return typeof value === "string" ? `text${sized(node.minLength, node.maxLength, "characters")}` : "text";
  }
}

/** " from 1 to 64", " above 0 and below 1", " of at least 1"; "" where nothing bounds it. */
export function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SchemaNode): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  const low = minimum === undefined ? exclusiveMinimum : minimum;
  const high = maximum === undefined ? exclusiveMaximum : maximum;
  const said = [
    ...(low === undefined ? [] : [minimum === undefined ? `above ${low}` : `of at least ${low}`]),
    ...(high === undefined ? [] : [maximum === undefined ? `below ${high}` : `at most ${high}`]),
  ];
  return said.length === 0 ? "" : ` ${said.join(" and ")}`;
}

function sized(least: number | undefined, most: number | undefined, things: string): string {
  if (least !== undefined && least > 0)
    return most === undefined ? ` of at least ${least}` : ` of ${least} to ${most} ${things}`;
  return most === undefined ? "" : ` of at most ${most} ${things}`;
}

function mapping({ oneOf = [], required = [] }: SchemaNode): string {
  const choices = oneOf.flatMap((branch) => branch.required ?? []);
  if (choices.length > 0) return `a mapping with ${listed(choices)}`;
  return required.length > 0 ? `a mapping with ${listed(required, "and")}` : "a mapping";
}

/** Enough of a text to be found again. */
const SHOWN = 60;

/** What stands there instead: "nothing", "a list", `"5 minutes"`, "the number 1.10" where text was expected. */
export function found(node: SchemaNode, value: unknown, { style, written }: Spot): string {
  if (style === "nothing" || value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value === "number") return (isNumeric(node) ? "" : "the number ") + shortened(written);
  if (typeof value !== "string") return written;
  // somebody may have written a secret where only its name belongs
  return node.type === "object" && !isKeyOf(node, value) ? "text" : quoted(value);
}

const shortened = (text: string) => (text.length > SHOWN ? `${text.slice(0, SHOWN - 3)}...` : text);

export function quoted(text: string): string {
  const shown = JSON.stringify(shortened(text));
  return text.length > SHOWN ? `${shown} (${text.length} characters)` : shown;
}

const yes = /^(yes|y|on)$/i;
const no = /^(no|n|off)$/i;

/** What to write instead, where that can be guessed: `: quote it, "1.10"`; "" where it cannot. */
export function hint(node: SchemaNode, value: unknown, spot: Spot): string {
  const { type } = node;
  if (typeof value === "string") return hintForText(node, value, spot);
  if (node.title === "duration" && typeof value === "number") return `: add a unit, such as ${spot.written}s`;
  if (type === "string" && value !== null && spot.style === "plain")
    return fits(node, spot.written) ? `: quote it, "${spot.written}"` : "";
  if (type === "object" && value === null && (node.required ?? node.oneOf ?? []).length === 0) return ": write {}";
  return type === "array" && isMapping(value) ? ": begin each entry with a dash" : "";
}

function hintForText(node: SchemaNode, text: string, { style }: Spot): string {
  const { type } = node;
  const plain = style === "plain";
  if (type === "boolean" && yes.test(text)) return ": write true";
  if (type === "boolean" && no.test(text)) return ": write false";
  const literal =
    !plain && ((type === "boolean" && /^(true|false)$/.test(text)) || (isNumeric(node) && isNumber(text)));
  if (literal) return ": leave the quotes out";
  if (type === "array") return `: write [${plain ? text : quoted(text)}]`;
  return type === "object" && isKeyOf(node, text) ? `: write { ${text}: ... }` : "";
}

const isMapping = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);
const isKeyOf = ({ properties = {} }: SchemaNode, text: string) => Object.hasOwn(properties, text);
const numeric = (type: string | undefined) => type === "number" || type === "integer";
const isNumeric = ({ type, anyOf = [] }: SchemaNode) => numeric(type) || anyOf.some((branch) => numeric(branch.type));
const isNumber = (text: string) => text.trim() !== "" && Number.isFinite(Number(text));

/** Whether a plain scalar would do if it were quoted. */
const fits = ({ pattern, enum: words }: SchemaNode, written: string) =>
  words === undefined && (pattern === undefined || new RegExp(pattern).test(written));
