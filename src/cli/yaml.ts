/** YAML that keeps every value and still has nothing a terminal would obey. Loaded only where YAML is asked for. */
import { Document, Scalar, visit } from "yaml";
import { escaped, isUnsafe } from "./clean.ts";

export function safeYaml(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_key, node) {
      // Only double quotes have escapes.
      if (typeof node.value === "string" && isUnsafe(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return escaped(document.toString({ lineWidth: 0 }));
}
