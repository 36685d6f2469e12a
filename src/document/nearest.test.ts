import fc from "fast-check";
import { expect, test } from "vitest";
import { distance, nearest } from "./nearest.ts";

test.each([
  ["", "", 0],
  ["", "abc", 3],
  ["weights", "weigths", 1],
  ["kitten", "sitting", 3],
  // a pair is swapped or edited, never both: the unrestricted distance would be 2
  ["ca", "abc", 3],
  ["abcdef", "badcfe", 3],
])("from %j to %j", (a, b, far) => {
  expect(distance(a, b)).toBe(far);
});

const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 7 });

test("the distance is symmetric, nothing for the same word, and at most the longer length", () => {
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(distance(a, b)).toBe(distance(b, a));
      expect(distance(a, b) === 0).toBe(a === b);
      expect(distance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      expect(distance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
    }),
  );
});

test("one slip of the finger is one", () => {
  fc.assert(
    fc.property(word, fc.nat(), fc.constantFrom("a", "z"), (text, at, letter) => {
      const i = at % (text.length + 1);
      expect(distance(text, text.slice(0, i) + letter + text.slice(i))).toBe(1);
      if (i + 1 < text.length && text[i] !== text[i + 1]) {
        expect(distance(text, text.slice(0, i) + text[i + 1] + text[i] + text.slice(i + 2))).toBe(1);
      }
    }),
  );
});

test.each([
  ["weigths", "weights"],
  ["Weights", "weights"],
  ["weight", "weights"],
  ["wights", "weights"],
  ["stage", undefined],
  ["x".repeat(100_000), undefined],
  ["", undefined],
])("%j is meant as %j", (written, meant) => {
  expect(nearest(written, ["weights", "early"])).toBe(meant);
});

test("the nearest wins, and the first of equals", () => {
  expect(nearest("p98", ["p9", "p90", "p95"])).toBe("p9");
  expect(nearest("hookz", ["books", "hooks", "hookx"])).toBe("hooks");
});
