/**
 * Text that others wrote (revision names, reasons) on its way to a terminal: escape sequences could repaint the screen,
 * control characters could forge lines, and bidirectional overrides could turn a sentence round.
 */
import { stripVTControlCharacters } from "node:util";

// C0, DEL and C1 controls; line and paragraph separators; bidi embeddings, overrides, isolates and marks; BOM.
// eslint-disable-next-line no-control-regex -- they are what this is about
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** One line without anything that a terminal would obey. Line breaks and tabs become spaces. */
export function clean(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\t\r\n\u2028\u2029]+/g, " ")
    .replace(unsafe, "");
}

/** The same for every string in plain JSON, keys included. */
export function cleaned<T>(value: T): T {
  if (typeof value === "string") return clean(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => cleaned(item)) as T;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [clean(key), cleaned(item)])) as T;
}

/** Whether a text holds anything but line breaks that a terminal would obey. */
export const isUnsafe = (text: string): boolean => text.replaceAll("\n", "").search(unsafe) >= 0;

/** Every such character as an escape, which JSON and YAML's double quotes read back. Line breaks stay. */
export const escaped = (text: string): string =>
  text.replace(unsafe, (char) => (char === "\n" ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`));

/** JSON that keeps every value and still has nothing a terminal would obey: what JSON.stringify leaves bare is escaped. */
export function safeJson(value: unknown, indent?: number): string {
  return escaped(JSON.stringify(value, null, indent) ?? "null");
}
