/** Progress bars: a label, a bar, and what it means in words. The words are there without the bar as well. */
import { evidence } from "../../analysis/words.ts";
import { fit, pad, cells, type Glyphs } from "../glyphs.ts";
import type { Paint, Tone } from "../paint.ts";

export interface Look {
  readonly width: number;
  readonly glyphs: Glyphs;
  readonly paint: Paint;
}

/** Something of something: 0 nothing, 1 all of it. */
export interface Progress {
  readonly label: string;
  readonly part: number;
  readonly words: string;
  readonly tone: Tone;
}

/**
 * `width` cells, of which `part` is drawn full, in half cells. What has begun shows, and only what is whole looks whole.
 */
export function bar(
  part: number,
  width: number,
  tone: Tone,
  { glyphs, paint }: Pick<Look, "glyphs" | "paint">,
): string {
  const halves = width * 2;
  const begun = part > 0 ? Math.max(1, Math.floor(Math.min(1, part) * halves)) : 0;
  const drawn = part >= 1 ? halves : Math.min(begun, halves - 1);
  const full = glyphs.full.repeat(drawn >> 1) + (drawn % 2 === 1 ? glyphs.half : "");
  const rest = glyphs.empty.repeat(width - cells(full));
  return (full === "" ? "" : paint(tone, full)) + (rest === "" ? "" : paint("dim", rest));
}

/** Cells for a bar where a line has so many. */
export function barWidth(width: number): number {
  if (width >= 110) return 32;
  if (width >= 76) return 24;
  return width >= 56 ? 14 : Math.min(10, width - 14);
}

const LABEL = 7;

/** One line for each, bars below each other. */
export function bars(all: readonly Progress[], look: Look, indent = 2): string[] {
  const { width, glyphs, paint } = look;
  const wide = barWidth(width);
  return all.map(({ label, part, words, tone }) => {
    const room = width - indent - LABEL - wide - 3;
    const head = `${" ".repeat(indent)}${paint("dim", pad(label, LABEL))} `;
    return `${head}${bar(part, wide, tone, look)}  ${fit(words, room, glyphs)}`.trimEnd();
  });
}

/**
 * Evidence on a logarithmic scale from 1 (none) to the line at which something follows from it. A factor of ten looks
 * the same everywhere, which is how evidence grows: steadily in its logarithm.
 */
export function evidenceBar(label: "harm" | "safety", log: number, line: number): Progress {
  const part = line > 0 ? Math.max(0, Math.min(1, log / line)) : 0;
  const words = part >= 1 ? `${evidence(line)} reached` : `${evidence(log)} of ${evidence(line)}`;
  return { label, part, words, tone: toneOf(label, part) };
}

function toneOf(label: "harm" | "safety", part: number): Tone {
  if (label === "safety") return part >= 1 ? "good" : "accent";
  if (part >= 1) return "bad";
  return part >= 0.5 ? "attention" : "accent";
}
