/** "Exactly one of these": written as a mapping in which only one of the keys is said, e.g. `{ ratio: 1.5 }`. */
import type { z } from "zod";

type Context = z.core.$RefinementCtx;

/** The same for editors, to be put into `meta`: zod cannot say it. */
export const exactlyOne = (keys: readonly string[]) => ({ oneOf: keys.map((key) => ({ required: [key] })) });

/** The one key that was said; null, and the mistake is told, when there is none or a second. */
export function theOne<Key extends string>(
  written: Partial<Readonly<Record<Key, unknown>>>,
  keys: readonly Key[],
  ctx: Context,
): Key | null {
  const said = keys.filter((key) => written[key] !== undefined);
  if (said.length === 1) return said[0];
  const found = said.length === 0 ? "none" : said.join(" and ");
  const message = `expected exactly one of ${keys.join(", ")}, found ${found}`;
  ctx.addIssue({ code: "custom", message, path: said.slice(1, 2) });
  return null;
}
