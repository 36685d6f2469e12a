/**
 * Keys that stand twice in one object. JSON.parse keeps the last and says nothing, other parsers keep the first
 * (RFC 8259, 4): what was meant is not known, so nothing is done.
 */

/** Strings, and what gives a document its shape. Between them only numbers, words and white space are left. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g;

/** The first key that its object has twice, or null. `text` is JSON that has been parsed already. */
export function keyGivenTwice(text: string): string | null {
  const open: (Set<string> | null)[] = [];
  let last = "";
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(null);
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":") {
      const key = JSON.parse(last) as string;
      const keys = open.at(-1);
      if (keys?.has(key) === true) return key;
      keys?.add(key);
    } else last = token;
  }
  return null;
}
