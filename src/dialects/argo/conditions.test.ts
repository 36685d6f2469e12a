/** expr-lang's conditions on a result as one range, held against the conditions themselves. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ConditionError, rangeWithout, successRange, type Range } from "./conditions.ts";

const holds = ({ min = -Infinity, max = Infinity }: Range, value: number) => value >= min && value <= max;

test.each<[string, Range]>([
  ["result[0] >= 0.95", { min: 0.95, silenceIsGood: false }],
  ["result <= 5", { max: 5, silenceIsGood: false }],
  ["0.95 <= result[0]", { min: 0.95, silenceIsGood: false }],
  ["result == 1", { min: 1, max: 1, silenceIsGood: false }],
  ["(result[0] >= 1) && (result[0] <= 5)", { min: 1, max: 5, silenceIsGood: false }],
  ["result[0] >= 1 and result[0] <= 5", { min: 1, max: 5, silenceIsGood: false }],
  ["len(result) == 0 || result[0] <= 5", { max: 5, silenceIsGood: true }],
  ["isNaN(result[0]) || result[0] >= 0.9", { min: 0.9, silenceIsGood: true }],
  ["default(result, 0) <= 5", { max: 5, silenceIsGood: true }],
  ["asFloat(result) >= -1e-3", { min: -0.001, silenceIsGood: false }],
])("success: %s", (condition, range) => {
  expect(successRange(condition)).toEqual(range);
});

test.each<[string, Range]>([
  ["result[0] < 0.95", { min: 0.95, silenceIsGood: true }],
  ["result[0] < 1 || result[0] > 5", { min: 1, max: 5, silenceIsGood: true }],
])("failure: %s", (condition, range) => {
  expect(rangeWithout(condition)).toEqual(range);
});

test("a row's number goes by its name, and results have values", () => {
  expect(successRange("result.score >= 0.9 && result.score < 2", "row")).toMatchObject({ min: 0.9 });
  expect(successRange("len(result[0].Values) == 0 or result[0].Values[0] <= 0.01", "results")).toEqual({
    max: 0.01,
    silenceIsGood: true,
  });
  expect(rangeWithout("result[0].Values[0] > 5", "results")).toEqual({ max: 5, silenceIsGood: true });
  expect(() => successRange("all(result[0].Values, {# < 1})", "results")).toThrow(ConditionError);
});

test.each([
  ["all(result, # < 1000)", "is not a comparison"],
  ["result[0] < 1 || result[0] > 5", "two ranges"],
  ["len(result) == 0", "says nothing of a value"],
  ["result.score > 1", "is not a comparison"],
  ["result[0] != 3", "is not a comparison"],
])("success is refused: %s", (condition, sentence) => {
  expect(() => successRange(condition)).toThrow(ConditionError);
  expect(() => successRange(condition)).toThrow(sentence);
});

test.each([
  ["result[0] > 1 && result[0] < 5", "inside a range"],
  ["result[0] == 3", "at one value"],
])("failure is refused: %s", (condition, sentence) => {
  expect(() => rangeWithout(condition)).toThrow(sentence);
});

test("a strict comparison ends at the double beside its limit", () => {
  fc.assert(
    fc.property(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }).filter((limit) => !String(limit).includes("e-3")),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      (limit, other) => {
        for (const value of [limit, other]) {
          expect(holds(successRange(`result[0] < ${limit}`), value)).toBe(value < Number(String(limit)));
          expect(holds(successRange(`result[0] > ${limit}`), value)).toBe(value > Number(String(limit)));
          expect(holds(rangeWithout(`result[0] >= ${limit}`), value)).toBe(!(value >= Number(String(limit))));
        }
      },
    ),
  );
});
