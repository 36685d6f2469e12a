/** Forced matches that reach further, or take longer, than their author may think. */
import safeRegex from "safe-regex2";
import { conditions } from "../../rollout/assignment.ts";
import type { Match, ValueMatch } from "../../rollout/traffic.ts";
import type { Entry, Parts } from "../parts.ts";
import type { Finding, Path } from "../problem.ts";

/** Every path begins with a slash. */
const anyPath = new Set(["", "/", ".*", "^", "^/", "^.*$", "^/.*", "^/.*$"]);

function always({ path, header, cookie, query }: Match): boolean {
  if (path === undefined || header !== undefined || cookie !== undefined || query !== undefined) return false;
  if ("prefix" in path) return path.prefix === "" || path.prefix === "/";
  return "regex" in path && anyPath.has(path.regex);
}

export function matchesEverybody({ matches }: Parts): readonly Finding[] {
  return matches
    .filter(({ value }) => always(value))
    .map(({ index, value: { arm } }) => ({
      path: ["spec", "matches", index, "path"],
      message: `holds for every request: everybody always meets ${arm}, and nothing is left as evidence`,
    }));
}

function valuesOf({ index, value: match }: Entry<Match>): readonly { path: Path; value: ValueMatch }[] {
  return conditions.flatMap((key) => {
    const condition = match[key];
    if (condition === undefined) return [];
    const path = ["spec", "matches", index, key];
    return "name" in condition ? [{ path: [...path, "value"], value: condition.value }] : [{ path, value: condition }];
  });
}

/** Repetition inside repetition: a value made for it keeps the gateway busy (CWE-1333). */
export function costlyRegex({ matches }: Parts): readonly Finding[] {
  return matches.flatMap(valuesOf).flatMap(({ path, value }) => {
    if (!("regex" in value) || safeRegex(value.regex)) return [];
    const message =
      "repeats what repeats: a request made for it can keep the gateway busy; write it without nesting + or *";
    return [{ path: [...path, "regex"], message }];
  });
}
