import { isDeepStrictEqual } from "node:util";

/** Whether two values are the same once written down as JSON: what is undefined is not there. */
export function sameJson(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(a, b) || JSON.stringify(a) === JSON.stringify(b);
}
