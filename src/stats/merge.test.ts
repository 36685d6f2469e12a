import fc from "fast-check";
import { expect, test } from "vitest";
import { discoveries, logAverage, normalised, reachesAlone } from "./merge.ts";

const logs = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 8 });

test("the average lies between its members, and is as large as any weighted one of them", () =>
  fc.assert(
    fc.property(logs, fc.infiniteStream(fc.double({ min: 0.01, max: 10, noNaN: true })), (members, stream) => {
      const weights = members.map(() => stream.next().value as number);
      const average = logAverage(members, weights);
      expect(average).toBeLessThanOrEqual(Math.max(...members) + 1e-9);
      expect(average).toBeGreaterThanOrEqual(Math.min(...members) - 1e-9);
      const shares = normalised(weights);
      members.forEach((log, i) => expect(average).toBeGreaterThanOrEqual(log + Math.log(shares[i]) - 1e-9));
    }),
  ));

test("a member that reaches its own share takes the average along", () =>
  fc.assert(
    fc.property(logs, (members) => {
      const shares = normalised(members.map(() => 1));
      if (members.some((log, i) => reachesAlone(log, shares[i], 0.01)))
        expect(logAverage(members, shares)).toBeGreaterThanOrEqual(Math.log(100) - 1e-9);
    }),
  ));

test("without weight there is no evidence", () => {
  expect(logAverage([], [])).toBe(0);
  expect(logAverage([5], [0])).toBe(0);
  expect(reachesAlone(100, 0, 0.01)).toBe(false);
});

test("discoveries: the largest ones, as many as the rule allows", () => {
  expect(discoveries([300, 3, 90, 40].map(Math.log), 0.05)).toEqual([0, 2, 3]);
  expect(discoveries([19, 1].map(Math.log), 0.05)).toEqual([]);
  expect(discoveries([], 0.05)).toEqual([]);
});

test("negative weights are refused by name", () => expect(() => normalised([1, -1])).toThrow(/weight must be/));
