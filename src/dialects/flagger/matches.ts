/** `analysis.match`: whom an A/B test sends to the canary. */
import type { Part } from "../manifest.ts";
import { from, mapping } from "../said.ts";
import { namer } from "../names.ts";
import type { Canary } from "./canary.ts";

/** Entries are alternatives; what one entry says must hold together. */
export function matchesOf({ analysis, notes }: Canary): readonly unknown[] {
  const name = namer();
  const list = analysis.get("match");
  const made = list.items().flatMap((entry, i) => {
    const match = matchOf(entry, notes);
    return match === null ? [] : [from(entry, { name: name(`match-${i + 1}`), arm: "canary", ...match })];
  });
  if (made.length === 0)
    notes.lose(list, "nothing is left that a request could match: nobody would meet the canary", true);
  return made;
}

function matchOf(entry: Part, notes: Canary["notes"]): Record<string, unknown> | null {
  notes.lose(entry.get("sourceLabels"), "a request to one machine has no labels of a pod", true);
  for (const pruned of ["uri", "method", "scheme", "authority"])
    notes.lose(entry.get(pruned), "Flagger's own schema drops it: an A/B test goes by headers and query");
  const header = onlyOne(entry.get("headers"), notes);
  const query = onlyOne(entry.get("queryParams"), notes);
  if (header === null || query === null) return null;
  return header === undefined && query === undefined ? null : mapping({ header, query });
}

/** One condition of a kind; null where two would have to hold together. */
function onlyOne(conditions: Part, notes: Canary["notes"]): unknown {
  const fields = conditions.fields();
  if (fields.length === 0) return undefined;
  if (fields.length > 1) {
    notes.lose(
      conditions,
      "a forced match looks at one header and one parameter: two that must hold together have no place",
      true,
    );
    return null;
  }
  const [name, part] = fields[0];
  const value = valueOf(part, notes);
  return value === null ? null : from(part, { name, value });
}

const comparisons = ["exact", "prefix", "suffix", "regex"] as const;

/** Envoy's regular expressions hold for the whole value (RE2, full match). */
function valueOf(part: Part, notes: Canary["notes"]): Record<string, string> | null {
  const said = comparisons.find((key) => part.get(key).there);
  const text = said === undefined ? undefined : part.get(said).text();
  if (said === undefined || text === undefined) {
    notes.lose(part, "says neither exact nor prefix, suffix or regex", true);
    return null;
  }
  if (said === "exact" || said === "prefix") return { [said]: text };
  const regex = said === "suffix" ? `${escaped(text)}$` : wholeValue(text);
  if (isRegex(regex)) return { regex };
  notes.lose(part, `${JSON.stringify(text)} is no regular expression of JavaScript`, true);
  return null;
}

/** RE2 writes flags in front, where JavaScript has a group for them. */
const wholeValue = (re2: string): string =>
  `^${re2.replace(/^\(\?([ims]+)\)(.*)$/s, "(?$1:$2)").replace(/^(?!\(\?[ims]+:)(.*)$/s, "(?:$1)")}$`;
const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

function isRegex(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
}
