/** `setHeaderRoute`: whom a header sends to the canary. */
import type { Part } from "../manifest.ts";
import { from } from "../said.ts";
import type { Release } from "./release.ts";

/** Null where it is taken away again, or cannot be kept. */
export function matchOf(part: Part, { notes, names }: Release): unknown {
  const conditions = part.get("match").items();
  if (conditions.length === 0) {
    notes.lose(part, "a forced match holds to the end of a release: it is not taken away before");
    return null;
  }
  if (conditions.length > 1) {
    notes.lose(part, "a forced match looks at one header: two that must hold together have no place", true);
    return null;
  }
  const value = valueOf(conditions[0].get("headerValue"));
  if (value === null) {
    notes.lose(part, "says neither exact nor prefix or regex", true);
    return null;
  }
  notes.change(part, "holds from the first step on");
  const header = { name: conditions[0].get("headerName").text() ?? "", value };
  return from(part, { name: names(`route-${part.get("name").text() ?? ""}`), arm: "canary", header });
}

function valueOf(part: Part): Record<string, string> | null {
  const [exact, prefix, regex] = ["exact", "prefix", "regex"].map((key) => part.get(key).text());
  if (exact !== undefined) return { exact };
  if (prefix !== undefined) return { prefix };
  // a router's regular expression holds for the whole value
  return regex === undefined ? null : { regex: `^(?:${regex})$` };
}
