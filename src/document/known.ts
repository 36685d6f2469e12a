/** What the schema knows of a path: which keys, what it expects there in words. Read from the JSON Schema, so said once. */
import { documentSchema, type SchemaNode } from "./json-schema.ts";
import type { Path } from "./problem.ts";

/** A node and its alternatives that say more than "one of these keys". */
function alternatives(node: SchemaNode): readonly SchemaNode[] {
  return [node, ...(node.anyOf ?? []), ...(node.oneOf ?? [])];
}

function below(node: SchemaNode, step: string | number): readonly SchemaNode[] {
  return alternatives(node).flatMap(({ properties, additionalProperties, items }) => {
    if (typeof step === "number") return items === undefined ? [] : [items];
    if (properties !== undefined && Object.hasOwn(properties, step)) return [properties[step]];
    return typeof additionalProperties === "object" ? [additionalProperties] : [];
  });
}

/** The schema's node for a path; undefined where it knows none. */
export function nodeAt(path: Path): SchemaNode | undefined {
  const found = path.reduce<readonly SchemaNode[]>(
    (nodes, step) => nodes.flatMap((node) => below(node, step)),
    [documentSchema()],
  );
  return found[0];
}

/** The keys that a mapping at a path may have. */
export function keysAt(path: Path): readonly string[] {
  const node = nodeAt(path);
  return node === undefined ? [] : alternatives(node).flatMap(({ properties }) => Object.keys(properties ?? {}));
}

/** Where else in a document a key stands: "spec.strategy.canary"; items of lists as []. */
export function placesOf(key: string): readonly string[] {
  const places: string[] = [];
  const visit = (node: SchemaNode, path: string) => {
    for (const { properties = {}, items } of alternatives(node)) {
      if (Object.hasOwn(properties, key)) places.push(path);
      for (const [name, child] of Object.entries(properties)) visit(child, path === "" ? name : `${path}.${name}`);
      if (items !== undefined) visit(items, `${path}[]`);
    }
  };
  visit(documentSchema(), "");
  return places;
}

/** The words that a value may be: of an enumeration, alone or among other things. */
export function wordsOf(node: SchemaNode): readonly string[] {
  const words = alternatives(node).flatMap((branch) =>
    branch.const === undefined ? (branch.enum ?? []) : [branch.const],
  );
  return words.filter((word) => typeof word === "string");
}
