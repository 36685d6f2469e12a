import fc from "fast-check";
import { expect, test } from "vitest";
import { ascii, cells, fit, glyphsOf, pad, unicode, wrap } from "./glyphs.ts";

test("UTF-8 unless the locale says otherwise", () => {
  expect(glyphsOf({})).toBe(unicode);
  expect(glyphsOf({ LANG: "C" })).toBe(ascii);
  expect(glyphsOf({ LANG: "C.UTF-8" })).toBe(unicode);
  expect(glyphsOf({ LC_ALL: "POSIX", LANG: "en_GB.UTF-8" })).toBe(ascii);
  expect(glyphsOf({ LC_ALL: "", LC_CTYPE: "de_DE.utf8", LANG: "C" })).toBe(unicode);
});

test("every mark that stands in a column is one cell wide; the ASCII ones are ASCII", () => {
  for (const [name, mark] of Object.entries(unicode))
    expect(cells(mark), name).toBe(name === "branch" || name === "last" ? 2 : 1);
  for (const mark of Object.values(ascii)) expect(mark).toMatch(/^[\x20-\x7e]+$/);
  for (const name of Object.keys(unicode) as (keyof typeof unicode)[]) {
    expect(cells(ascii[name]), name).toBe(cells(unicode[name]));
  }
});

test.each([
  ["abc", 3],
  ["é", 1],
  ["e\u0301", 1],
  ["日本", 4],
  ["🐦", 2],
  ["👩‍🚀", 2],
  ["", 0],
])("%j takes %i cells", (text, width) => {
  expect(cells(text)).toBe(width);
});

const text = fc.string({ unit: "grapheme-composite" });
const width = fc.integer({ min: 1, max: 60 });

test("what is fitted fits, and is whole where there was room", () => {
  fc.assert(
    fc.property(text, width, (words, room) => {
      const fitted = fit(words, room, unicode);
      expect(cells(fitted)).toBeLessThanOrEqual(room);
      if (cells(words) <= room) expect(fitted).toBe(words);
      else expect(fitted.endsWith("…")).toBe(true);
      expect(cells(pad(fitted, room))).toBe(room);
    }),
  );
});

test("wrapped lines fit, and no word is lost where all of them fit a line", () => {
  const words = fc.array(fc.stringMatching(/^[a-zé]{1,12}$/));
  fc.assert(
    fc.property(words, fc.integer({ min: 12, max: 60 }), (list, room) => {
      const lines = wrap(list.join(" "), room, ascii);
      for (const line of lines) expect(cells(line)).toBeLessThanOrEqual(room);
      expect(lines.join(" ")).toBe(list.join(" "));
    }),
  );
});
