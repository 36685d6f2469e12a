import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { clean, cleaned, escaped, isUnsafe, safeJson } from "./clean.ts";
import { safeYaml } from "./yaml.ts";

test.each([
  ["v2", "v2"],
  ["two\nlines\tand a tab", "two lines and a tab"],
  ["\u001b[31mred\u001b[0m", "red"],
  ["\u001b]8;;http://evil\u0007link\u001b]8;;\u0007", "link"],
  ["\u009b2J", ""],
  ["a\u202eb\u2066c", "abc"],
  ["naïve 日本 🐦‍⬛", "naïve 日本 🐦‍⬛"],
])("%j", (dirty, expected) => {
  expect(clean(dirty)).toBe(expected);
});

/** Text as rude as it gets. */
const rude = fc
  .array(
    fc.oneof(
      fc.string(),
      fc.constantFrom("\u001b[2J", "\u001b]0;x\u0007", "\u202e", "\r", "\n", "\u0085", "\u2028", "\u0000", "\u009b"),
    ),
  )
  .map((parts) => parts.join(""));

test("nothing that a terminal obeys is left", () => {
  fc.assert(
    fc.property(rude, (text) => {
      expect(isUnsafe(clean(text))).toBe(false);
      expect(clean(text)).not.toContain("\n");
      expect(clean(clean(text))).toBe(clean(text));
    }),
  );
});

test("values inside of values are cleaned, and others stay", () => {
  const nested = { "k\u001b[1m": ["a\nb", 1, null, true, { x: "\u202e" }] };
  expect(cleaned(nested)).toEqual({ k: ["a b", 1, null, true, { x: "" }] });
});

const json = fc.oneof(
  fc.dictionary(rude, fc.oneof(rude, fc.integer(), fc.boolean(), fc.constant(null))),
  fc.array(rude),
);

test("JSON and YAML keep every value and hold nothing that a terminal obeys", () => {
  fc.assert(
    fc.property(json, (value) => {
      const texts = [safeJson(value), safeJson(value, 2), safeYaml(value)];
      for (const text of texts) expect(isUnsafe(text)).toBe(false);
      expect(JSON.parse(texts[0])).toEqual(value);
      expect(JSON.parse(texts[1])).toEqual(value);
      expect(parse(texts[2], { prettyErrors: false, merge: false, uniqueKeys: false })).toEqual(value);
    }),
  );
});

test("escapes are JSON's", () => {
  expect(escaped('"\u202e\n"')).toBe('"\\u202e\n"');
});
