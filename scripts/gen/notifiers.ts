/** docs/reference/notifiers.md: who can be told, and of what. */
import { nodeAt } from "../../src/document/known.ts";
import { Fields } from "./fields.ts";
import { code, firstUp, page } from "./markdown.ts";
import type { Output } from "./output.ts";

export function notifiersPage(): Output {
  const notification = nodeAt(["spec", "notifications", 0]) ?? {};
  const { properties = {}, required = [] } = notification;
  const kinds = (notification.oneOf ?? []).flatMap((branch) => branch.required ?? []);
  const common = Object.fromEntries(Object.entries(properties).filter(([key]) => !kinds.includes(key)));
  const fields = new Fields();
  const head = fields.table({ properties: common, required }, "");
  const sections = kinds.map((kind) => {
    const node = properties[kind];
    return `## ${kind}\n\n${firstUp(node.description ?? "")}.\n\n${fields.table(node, kind)}`;
  });
  const text = page(
    "# Notifiers, field by field",
    `How messages are delivered and what they hold: [messages and hooks](../messages.md). The events that ${code("only")} may name:
[events](events.md). A notification is exactly one of the kinds below, with these fields beside it:`,
    head,
    ...sections,
  );
  return { path: "docs/reference/notifiers.md", text };
}
