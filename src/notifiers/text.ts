/** Text in other people's markup, and within their limits. */

const MORE = "...";

/**
 * The text with each character escaped, cut to so many characters as the receiver counts them, which is after escaping. No escape
 * is cut in two, nor a pair of surrogates.
 */
export function escaped(text: string, escape: (character: string) => string, characters = Infinity): string {
  const pieces = Array.from(text, escape);
  const whole = pieces.join("");
  if (whole.length <= characters) return whole;
  let cut = "";
  for (const piece of pieces) {
    if (cut.length + piece.length > characters - MORE.length) break;
    cut += piece;
  }
  return `${cut}${MORE}`;
}

/** The same without markup: "a long tex...". */
export const cutTo = (text: string, characters: number): string => escaped(text, (character) => character, characters);

/** For receivers that know no line breaks where this goes: subjects, titles, headers. */
export const oneLine = (text: string): string => text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();

const html: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Inside elements and quoted attributes. */
export const escapeHtml = (text: string, characters = Infinity): string =>
  escaped(text, (character) => html[character] ?? character, characters);

/** "2026-11-24 14:00:00 UTC" */
export const utc = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
