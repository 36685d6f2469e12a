import fc from "fast-check";
import { expect, test } from "vitest";
import { isUnsafe } from "./clean.ts";
import { cells } from "./glyphs.ts";
import { formatProblem } from "./problems.ts";

const problem = { file: "rollout.yaml", line: 2, column: 3, path: "spec.weigths", message: 'unknown key "weigths"' };

test("the place, the line, a caret", () => {
  expect(formatProblem({ ...problem, nearest: "weights" }, "spec:\n  weigths: [1]\n")).toBe(
    [
      'rollout.yaml:2:3: spec.weigths: unknown key "weigths"; did you mean weights?',
      "   2 |   weigths: [1]",
      "     |   ^",
    ].join("\n"),
  );
});

test("a nearest word that the message has already is not said twice", () => {
  const message = 'unknown key "weigths", did you mean "weights"?';
  expect(formatProblem({ ...problem, message, nearest: "weights" }, null)).toBe(
    `rollout.yaml:2:3: spec.weigths: ${message}`,
  );
});

test("without text, without such a line, of the document as a whole", () => {
  expect(formatProblem({ ...problem, path: "", message: "is empty." }, "")).toBe("rollout.yaml:2:3: is empty");
});

test("the caret stands under the place whatever is before it: tabs, wide characters", () => {
  const [, source, caret] = formatProblem({ ...problem, line: 1, column: 4 }, "\t日本x").split("\n");
  expect(caret.indexOf("^")).toBe(cells(source.slice(0, source.indexOf("x"))));
});

test("a long line is cut around the place", () => {
  const text = `${"a".repeat(500)}HERE${"b".repeat(500)}`;
  const [, source, caret] = formatProblem({ ...problem, line: 1, column: 501 }, text, { width: 80 }).split("\n");
  expect(source.slice(caret.indexOf("^"))).toMatch(/^HEREb+…$/);
  expect(cells(source)).toBeLessThanOrEqual(80);
});

test("no text makes it longer than the terminal or unsafe", () => {
  const place = fc.record({ line: fc.integer({ min: 1, max: 5 }), column: fc.integer({ min: 1, max: 300 }) });
  const text = fc
    .array(fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("\u001b[2J", "\t", "\n", "\r\n", "\u202e")))
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, place, fc.integer({ min: 40, max: 120 }), (source, at, width) => {
      const [, ...frame] = formatProblem({ ...problem, ...at }, source, { width }).split("\n");
      for (const line of frame) {
        expect(isUnsafe(line)).toBe(false);
        expect(cells(line)).toBeLessThanOrEqual(width);
      }
    }),
  );
});
