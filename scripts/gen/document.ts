/** docs/reference/document.md: every field of a Rollout. */
import { documentSchema, type SchemaNode } from "../../src/document/json-schema.ts";
import { Fields } from "./fields.ts";
import { code, firstUp, page } from "./markdown.ts";
import type { Output } from "./output.ts";

const amounts = `Amounts are written with their unit:

- a **duration** as \`250ms\`, \`30s\`, \`5m\`, \`1h30m\` or \`2d\`;
- a **share** of traffic in percent, \`5\`, \`0.5\` or \`0.5%\`, in steps of 0.01;
- a **rate** as \`1%\` or \`0.01\`;
- a **name** in lower-case letters, digits and dashes, at most 63.`;

/** One section of `spec`. */
function section(name: string, node: SchemaNode, required: boolean, fields: Fields): string {
  const head = `## spec.${name}\n\n${firstUp(node.description ?? "")}.${required ? " Required." : ""}`;
  if (node.properties === undefined && node.items === undefined) return `${head} ${words(node)}`;
  const before = fields.shownAt(node, name);
  if (before !== undefined) return `${head} The same fields as ${code(before)}.`;
  return `${head}${whole(node)}\n\n${fields.table(node, name)}`;
}

const words = (node: SchemaNode) =>
  `One of ${(node.enum ?? []).map((word) => code(String(word))).join(", ")}; ${code(String(node.default))} unless said.`;

/** What the section is when it is left out, where that is more than its fields' own defaults. */
function whole({ default: said }: SchemaNode): string {
  const text = JSON.stringify(said ?? {});
  return text === "{}" || text === "[]" ? "" : ` Unless said: ${code(text)}.`;
}

export function documentPage(): Output {
  const schema = documentSchema();
  const { spec, ...head } = schema.properties ?? {};
  const { properties = {}, required = [] } = spec;
  const fields = new Fields();
  const text = page(
    "# The document, field by field",
    `What a Rollout is and how to write one: [the document](../document.md). The same for editors and other programs:
[rollout.schema.json](../../schema/rollout.schema.json), or \`serin schema\`.`,
    amounts,
    fields.table({ properties: head, required: schema.required ?? [] }, ""),
    ...Object.entries(properties).map(([name, node]) => section(name, node, required.includes(name), fields)),
  );
  return { path: "docs/reference/document.md", text };
}
