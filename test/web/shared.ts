/** Of the server a browser gets types, and these files: numbers and sentences are to read the same everywhere. Paths under src/. */
export const shared: readonly string[] = ["analysis/words.ts", "http/pages/exposure-words.ts"];
