/**
 * Kayenta's question for Prometheus, once for each side, as one question: the canary's value by stable's. That is the
 * effect size "meanRatio" of one moment, which a fixed limit can look at.
 */
import type { Part } from "../manifest.ts";

export class Unasked extends Error {}

/** `${name}`, also as it is stored, with a backslash against other readers. */
const BINDING = /\$\\?\{([^{}]*)\}/g;

/** Whose value is asked for: as a word of Serin's for the canary, and one of the document's for stable. */
const scopes = { canary: "{{revision}}", stable: "{{control}}" } as const;
type Side = keyof typeof scopes;

/** Throws Unasked with a sentence. */
export function ratioOf(query: Part, templates: Part): string {
  if ((query.get("type").text() ?? "") !== "prometheus")
    throw new Unasked(`${query.get("type").text() ?? "no type"}: only Prometheus divides one question by another`);
  const text = textOf(query, templates);
  if (!/\$\\?\{scope\}/.test(text))
    throw new Unasked("the question has no ${scope}, so it asks the same of both sides");
  const [canary, stable] = (["canary", "stable"] as const).map((side) => bound(text, side));
  return `(${canary}) / (${stable})`;
}

function bound(text: string, side: Side): string {
  return text.replaceAll(BINDING, (_whole, name: string) => {
    const [word, otherwise] = name.split(":-");
    if (word === "scope") return scopes[side];
    if (otherwise !== undefined) return otherwise;
    throw new Unasked(`\${${word}} is said by each execution, and by no config`);
  });
}

/** An inline template wins; "PromQL:" is taken as it stands, anything else filters the metric. */
function textOf(query: Part, templates: Part): string {
  const named = query.get("customFilterTemplate");
  const name = named.text();
  const inline = query.get("customInlineTemplate").text();
  const template = inline ?? (name === undefined ? undefined : templates.get(name).text());
  if (template === undefined && name !== undefined) throw new Unasked(`there is no template ${name}`);
  const [, whole] = /^PromQL:([\s\S]*)$/.exec(template ?? "") ?? [];
  if (whole !== undefined) return whole.trim();
  if (query.get("groupByFields").items().length > 0)
    throw new Unasked("groupByFields give many values, and a gate has one");
  const metric = query.get("metricName").text() ?? "";
  if (metric === "") throw new Unasked("says neither metricName nor a PromQL template");
  const filters = (template ?? "")
    .split(",")
    .map((filter) => filter.trim())
    .filter((filter) => filter !== "");
  return `avg(${metric}${filters.length === 0 ? "" : `{${filters.join(",")}}`})`;
}
