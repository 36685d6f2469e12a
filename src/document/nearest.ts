/** The nearest known word to a mistyped one. */

/**
 * How many characters must be changed, added, left out or swapped with their neighbour to get from one word to the
 * other: "optimal string alignment", the restricted Damerau-Levenshtein distance. Three rows are enough.
 */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      row[j] = Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, above] = [above, row];
  }
  return above[b.length];
}

/** Longer words are nobody's typing mistake. */
const LONGEST = 64;

/** How far a word of this length may be off and still be meant: one in three characters, at least one. */
const near = (length: number) => Math.max(1, Math.floor(length / 3));

/** The nearest of the known words, upper and lower case alike; undefined when none is near. Ties go to the first. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined;
  let best: string | undefined;
  let least = near(word.length) + 1;
  for (const candidate of known) {
    const far = distance(word.toLowerCase(), candidate.toLowerCase());
    if (far < least) [best, least] = [candidate, far];
  }
  return best;
}
