/** Names of theirs to names of ours: DNS labels, each once in its list. */
import { NAME } from "../rollout/name.ts";

/** The nearest name that fits: "Load Test" -> "load-test". */
export function labelOf(text: string): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, "");
  return NAME.test(plain) ? plain : "unnamed";
}

/** Gives each name once; the second of a kind gets a number. */
export function namer(): (text: string) => string {
  const given = new Set<string>();
  return (text) => {
    const label = labelOf(text);
    let name = label;
    for (let i = 2; given.has(name); i++) name = `${label.slice(0, 60)}-${i}`;
    given.add(name);
    return name;
  };
}

/** A variable of the environment: ("on-call-url", "address") -> "ON_CALL_URL_ADDRESS". */
export const variableOf = (...words: readonly string[]): string =>
  words
    .join("_")
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, "_")
    .replace(/^(?=\d)/, "_");
