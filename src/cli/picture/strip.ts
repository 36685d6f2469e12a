/** The A/A strip as a row of marks, one a slice of stable: is the ground of the promise firm? */
import { rough } from "../../analysis/words.ts";
import { drawsWords, isSplitWrong } from "../../http/pages/exposure-words.ts";
import type { Live, StripView } from "../../http/wire.ts";
import { cells, fit, wrap } from "../glyphs.ts";
import type { Look } from "./bars.ts";

/** "  A/A failures  ○○○✖○○○○○○○○○○○○○○○  1 of 19 slices crossed, 0.95 expected at most" */
export const stripLines = (strips: readonly StripView[], look: Look): string[] =>
  strips.flatMap((strip) => [...rowLines(strip, look), ...whyLines(strip, look)]);

/** Names are cut to so much where marks need the room. */
const NAME = 8;

function rowLines({ gate, crossed, expected, slices }: StripView, { width, glyphs, paint }: Look): string[] {
  const words = `${crossed} of ${slices.length} slices crossed, ${rough(expected)} expected at most`;
  const beside = width - slices.length - 6;
  if (beside < NAME) return wrap(`A/A ${gate}: ${words}`, width - 2, glyphs).map((line) => `  ${line}`);
  const head = fit(`A/A ${gate}`, beside, glyphs);
  const marks = slices.map((slice) => (slice.crossed ? paint("bad", glyphs.failed) : paint("dim", glyphs.next)));
  const row = `  ${paint("dim", head)}  ${marks.join("")}`;
  if (beside - cells(head) >= cells(words)) return [`${row}  ${words}`];
  return [row, ...wrap(words, width - 4, glyphs).map((line) => `    ${line}`)];
}

function whyLines({ ground, sentence }: StripView, { width, glyphs, paint }: Look): string[] {
  if (ground === "valid") return [];
  const why = wrap(`What it promises does not hold: ${sentence}.`, width - 4, glyphs);
  return why.map((line) => `    ${paint("attention", line)}`);
}

/** An alarm for the plumbing; nothing while the split is the wanted one. */
export function splitLines(live: Live | null, { width, glyphs, paint }: Look): string[] {
  const draws = live?.draws ?? null;
  if (draws === null || !isSplitWrong(draws)) return [];
  const why = wrap(`Traffic is not split as it should be: ${drawsWords(draws)}`, width - 2, glyphs);
  return why.map((line) => `  ${paint("attention", line)}`);
}
