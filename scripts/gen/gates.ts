/** docs/reference/gates.md: the kinds of gates, what they count, what a threshold may limit. */
import { failureKinds, gatewayValues, type FailureKind, type GatewayValue } from "../../src/analysis/metric.ts";
import { nodeAt } from "../../src/document/known.ts";
import { presetNames, presetOf } from "../../src/rollout/presets.ts";
import { Fields } from "./fields.ts";
import { code, firstUp, page, table } from "./markdown.ts";
import type { Output } from "./output.ts";

const failures: Readonly<Record<FailureKind, string>> = {
  "5xx": "an answer with a status from 500 to 599",
  connect: "no connection to the backend",
  reset: "an answer that was cut short",
  timeout: "an answer that came too late or not at all",
};

const values: Readonly<Record<GatewayValue, string>> = {
  failureRate: "failed of all requests, 0 to 1",
  successRate: "the others, 0 to 1",
  requestRate: "requests a second",
  p50: "the median of answer times, milliseconds",
  p90: "90 of 100 answers are faster, milliseconds",
  p95: "95 of 100 answers are faster, milliseconds",
  p99: "99 of 100 answers are faster, milliseconds",
  p999: "999 of 1000 answers are faster, milliseconds",
};

const rows = <Key extends string>(keys: readonly Key[], meaning: Readonly<Record<Key, string>>) =>
  keys.map((key) => [code(key), meaning[key]]);

const presetRows = presetNames.map((name) => {
  const { tier, about, needs } = presetOf(name);
  return [code(name), tier, about, needs];
});

export function gatesPage(): Output {
  const gate = nodeAt(["spec", "gates", 0]) ?? {};
  const choices = (gate.oneOf ?? []).flatMap(({ required = [] }) => required);
  const kinds = choices.filter((choice) => choice !== "preset");
  const common = Object.entries(gate.properties ?? {}).filter(([key]) => !kinds.includes(key));
  const fields = new Fields();
  const head = fields.table({ properties: Object.fromEntries(common), required: gate.required ?? [] }, "");
  const sections = kinds.map((kind) => {
    const node = gate.properties?.[kind] ?? {};
    return `## ${kind}\n\n${firstUp(node.description ?? "")}.\n\n${fields.table(node, kind)}`;
  });
  const text = page(
    "# Gates, field by field",
    "What gates promise and how they decide: [gates](../gates.md). A gate is exactly one of the kinds below, with these fields beside it:",
    head,
    ...sections,
    `## Presets\n\nOne word each, as \`{ preset: errors }\`; \`serin gates -o yaml\` prints them as they would be written out.\n\n${table(["preset", "tier", "rolls back when shown", "needs"], presetRows)}`,
    `## What counts as a failure\n\n${table(["kind", "meaning"], rows(failureKinds, failures))}`,
    `## What a threshold may limit\n\n${table(["value", "meaning"], rows(gatewayValues, values))}`,
  );
  return { path: "docs/reference/gates.md", text };
}
