/**
 * What a store keeps is plain JSON and comes back exactly as it went in. JSON.stringify quietly turns Infinity and NaN
 * into null; evidence that changes when it is written down is worse than a commit that fails, so such values are refused.
 */
import { isDeepStrictEqual } from "node:util";
import { SerinError } from "../errors.ts";

/** As JSON text. Throws INTERNAL, naming `what`, for anything that would come back changed. */
export function encode(value: unknown, what: string): string {
  const refuse = (why: string): never => {
    throw new SerinError("INTERNAL", `${what} cannot be kept: ${why}`);
  };
  const text = JSON.stringify(value, (key, part: unknown) => {
    if (typeof part === "number" && !Number.isFinite(part)) return refuse(`"${key}" is ${part}`);
    if (typeof part === "bigint") return refuse(`"${key}" is a bigint`);
    if (Array.isArray(part) && part.includes(undefined)) return refuse(`the list "${key}" has a hole`);
    return part;
  });
  return text ?? refuse("there is nothing to keep");
}

/** From JSON text. Throws DATABASE_CORRUPT, naming `what`, when the text is not what `encode` wrote. */
export function decode(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new SerinError("DATABASE_CORRUPT", `${what} in the database is not readable; restore a backup`, { cause });
  }
}

/** Whether two texts say the same; the order of keys says nothing. */
export function sameJson(a: string, b: string): boolean {
  return a === b || isDeepStrictEqual(JSON.parse(a), JSON.parse(b));
}
