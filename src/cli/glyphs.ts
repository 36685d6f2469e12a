/** The marks of pictures, and how wide text is in cells. Each mark is one cell; terminals without UTF-8 get ASCII. */
import type { Shell } from "./shell.ts";

export interface Glyphs {
  readonly done: string;
  readonly current: string;
  readonly next: string;
  readonly skipped: string;
  readonly paused: string;
  readonly failed: string;
  readonly unsure: string;
  readonly error: string;
  readonly branch: string;
  readonly last: string;
  readonly full: string;
  readonly half: string;
  readonly empty: string;
  readonly ellipsis: string;
}

export const unicode: Glyphs = {
  done: "✔",
  current: "▶",
  next: "○",
  skipped: "–",
  paused: "‖",
  failed: "✖",
  unsure: "◌",
  error: "!",
  branch: "├─",
  last: "└─",
  full: "━",
  half: "╸",
  empty: "─",
  ellipsis: "…",
};

export const ascii: Glyphs = {
  done: "+",
  current: ">",
  next: ".",
  skipped: "-",
  paused: "=",
  failed: "x",
  unsure: "?",
  error: "!",
  branch: "|-",
  last: "`-",
  full: "#",
  half: "#",
  empty: ".",
  ellipsis: "~",
};

/** By the locale's character set, as POSIX orders the variables. Where nothing is set, UTF-8 is what there is today. */
export function glyphsOf(env: Shell["env"]): Glyphs {
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find((value) => value !== undefined && value !== "");
  return locale === undefined || /utf-?8/i.test(locale) ? unicode : ascii;
}

const segments = new Intl.Segmenter("en", { granularity: "grapheme" });
// East Asian wide and full-width blocks (UAX #11), coarsely; and emoji that are drawn as pictures.
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}/u;
const widthOf = (grapheme: string) =>
  wide.test(grapheme) || grapheme.includes("\ufe0f") ? 2 : /^\p{M}/u.test(grapheme) ? 0 : 1;
const plainAscii = /^[\x20-\x7e]*$/;

/** Cells that a text takes. */
export function cells(text: string): number {
  if (plainAscii.test(text)) return text.length;
  let sum = 0;
  for (const { segment } of segments.segment(text)) sum += widthOf(segment);
  return sum;
}

/** The text in at most `width` cells; what is cut off is shown by an ellipsis. */
export function fit(text: string, width: number, glyphs: Glyphs): string {
  if (width <= 0) return "";
  if (cells(text) <= width) return text;
  let [kept, used] = ["", 0];
  for (const { segment } of segments.segment(text)) {
    if (used + widthOf(segment) > width - 1) break;
    kept += segment;
    used += widthOf(segment);
  }
  return kept.trimEnd() + glyphs.ellipsis;
}

export const pad = (text: string, width: number) => text + " ".repeat(Math.max(0, width - cells(text)));

/** Words in lines of at most `width` cells; a word that is longer than a line is cut. */
export function wrap(text: string, width: number, glyphs: Glyphs): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/ +/).filter((w) => w !== "")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (cells(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = fit(word, width, glyphs);
  }
  return line === "" ? lines : [...lines, line];
}
