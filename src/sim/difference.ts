/** Where two values part, once written down: the first place, and what stands there on either side. */

export interface Parting {
  /** E.g. "verdicts.failures.numbers.ratio"; empty when the values themselves differ. */
  readonly field: string;
  readonly recorded: string;
  readonly replayed: string;
}

/** Null when they are the same to the last bit of every number. Both are plain JSON. */
export function parting(recorded: unknown, replayed: unknown, field = ""): Parting | null {
  if (Object.is(recorded, replayed)) return null;
  if (!isObject(recorded) || !isObject(replayed) || Array.isArray(recorded) !== Array.isArray(replayed))
    return { field, recorded: shown(recorded), replayed: shown(replayed) };
  for (const key of new Set([...Object.keys(recorded), ...Object.keys(replayed)])) {
    const found = parting(recorded[key], replayed[key], field === "" ? key : `${field}.${key}`);
    if (found !== null) return found;
  }
  return null;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const LONGEST = 80;

/** Short enough for a sentence. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}
