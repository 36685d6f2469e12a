import { expect, expectTypeOf, test } from "vitest";
import type { Problem as OnTheWire } from "../http/wire.ts";
import { pathText, refusal, sorted, type Problem } from "./problem.ts";

test("a problem is on the wire what it is here", () => {
  expectTypeOf<Problem>().toExtend<OnTheWire>();
  expectTypeOf<OnTheWire>().toExtend<Problem>();
});

test.each([
  [[], ""],
  [["spec"], "spec"],
  [["spec", "gates", 0, "failures"], "spec.gates[0].failures"],
  [["spec", "hooks", 1, "metadata", "a b"], `spec.hooks[1].metadata["a b"]`],
  [["<<"], `["<<"]`],
  [["x-y", "5xx"], `x-y["5xx"]`],
])("%j is written %s", (path, text) => {
  expect(pathText(path)).toBe(text);
});

const at = (line: number, column: number, message = "wrong"): Problem => ({
  file: "f",
  line,
  column,
  path: "a",
  message,
});

test("problems come in the order of the text, and none twice", () => {
  expect(sorted([at(2, 1), at(1, 9), at(1, 2), at(2, 1), at(2, 1, "odd")])).toEqual([
    at(1, 2),
    at(1, 9),
    at(2, 1),
    at(2, 1, "odd"),
  ]);
});

test("the sentence of a refusal names the first place and how many more there are", () => {
  const many = Array.from({ length: 150 }, (_, i) => at(i + 1, 1));
  expect(refusal("DOCUMENT_INVALID", [at(3, 4)], "").message).toBe("f:3:4: a: wrong");
  expect(refusal("DOCUMENT_INVALID", [at(3, 4), at(5, 1)], "").message).toBe("f:3:4: a: wrong (and 1 more mistake)");
  const error = refusal("DOCUMENT_UNREADABLE", [{ ...at(1, 1), file: "", path: "" }, ...many], "text");
  expect(error).toMatchObject({ message: "1:1: wrong (and 150 more mistakes)", details: { text: "text" } });
  expect(error.details["problems"]).toHaveLength(100);
});
