/** The fields of a part of the document, as rows of a table: read from the JSON Schema. */
import type { SchemaNode } from "../../src/document/json-schema.ts";
import { range } from "../../src/document/words.ts";
import { code, table } from "./markdown.ts";

const header = ["field", "type", "default", "meaning"];

/** What has fewer fields is not worth a reference. */
const LARGE = 2;

/** One page's tables. What was shown before is referred to: both arms, all comparisons of values, all secrets. */
export class Fields {
  readonly #shown = new Map<string, string>();

  /** Every field below a node that stands at `path`. */
  table(node: SchemaNode, path: string): string {
    return table(header, this.#inside(node, path));
  }

  /** Where the same fields have been shown; remembers these otherwise. */
  shownAt({ properties = {} }: SchemaNode, path: string): string | undefined {
    if (Object.keys(properties).length < LARGE) return undefined;
    const id = JSON.stringify(properties);
    const before = this.#shown.get(id);
    if (before === undefined) this.#shown.set(id, path);
    return before;
  }

  #inside(node: SchemaNode, path: string): readonly (readonly string[])[] {
    const { properties = {}, required = [], items, anyOf = [] } = node;
    return [
      ...Object.entries(properties).flatMap(([key, child]) =>
        this.#field(child, path === "" ? key : `${path}.${key}`, required.includes(key)),
      ),
      ...(items === undefined ? [] : this.#inside(items, `${path}[]`)),
      ...anyOf.filter((branch) => branch.properties !== undefined).flatMap((branch) => this.#inside(branch, path)),
    ];
  }

  #field(node: SchemaNode, path: string, required: boolean): readonly (readonly string[])[] {
    const before = this.shownAt(node, path);
    const type = before === undefined ? typeOf(node) : `as ${code(before)}`;
    const row = [code(path), type, required ? "required" : defaultOf(node), node.description ?? ""];
    return before === undefined ? [row, ...this.#inside(node, path)] : [row];
  }
}

function typeOf(node: SchemaNode): string {
  const { type, title, items, enum: words, additionalProperties } = node;
  const branches = (node.anyOf ?? []).filter((branch) => branch.type !== undefined);
  if (words !== undefined) return words.map((word) => code(String(word))).join(", ");
  if (node.const !== undefined) return code(String(node.const));
  if (items !== undefined) return `list of ${typeOf(items)}`;
  if (type === "object")
    return typeof additionalProperties === "object" ? `names to ${typeOf(additionalProperties)}` : mapping(node);
  if (title !== undefined) return title;
  if (branches.length > 0) return branches.map(typeOf).join(" or ");
  return type === "string" ? "text" : `${type === "integer" ? "whole number" : (type ?? "")}${range(node)}`;
}

function mapping({ oneOf = [], anyOf = [] }: SchemaNode): string {
  const keys = (branches: readonly SchemaNode[]) =>
    branches.flatMap(({ required = [] }) => required.map(code)).join(", ");
  if (oneOf.length > 0) return `exactly one of ${keys(oneOf)}`;
  return anyOf.length > 0 ? `at least one of ${keys(anyOf)}` : "fields";
}

/** Mappings that default to nothing but their own fields' defaults need not say so. */
function defaultOf(node: SchemaNode): string {
  if (node.default === undefined) return "";
  const text = typeof node.default === "string" ? node.default : JSON.stringify(node.default);
  return text === "" || text === "{}" ? "" : code(text);
}
