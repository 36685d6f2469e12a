/** A generated file, and how it differs from the one that is there. */

export interface Output {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** `docs/reference/errors.md:12: is "a", should be "b"`; null when there is no difference. */
export function differenceOf({ path, text }: Output, present: string): string | null {
  if (present === text) return null;
  if (present === "") return `${path}: is missing`;
  const [is, should] = [present.split("\n"), text.split("\n")];
  const line = should.findIndex((wanted, i) => wanted !== is[i]);
  const at = line < 0 ? should.length : line;
  const from = Math.max(0, firstDifference(is[at] ?? "", should[at] ?? "") - 20);
  return `${path}:${at + 1}: is ${shown(is[at], from)}, should be ${shown(should[at], from)}`;
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

const shown = (line: string | undefined, from: number) =>
  line === undefined ? "the end" : `${from > 0 ? "..." : ""}${JSON.stringify(line.slice(from, from + 80))}`;
