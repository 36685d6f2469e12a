/** Plans are compared at every look, so it is done without writing them down; it must come to the same. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { samePlan, type TrafficPlan } from "./traffic.ts";

/** As JSON with sorted keys: what is undefined is not there. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, v: unknown) =>
    v !== null && typeof v === "object" && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );

const leaf = fc.constantFrom(0, 1, "a", "b", true, null, undefined);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(
      fc.oneof(fc.constantFrom(0, "a", null), tie("tree")).filter((item) => item !== undefined),
      {
        maxLength: 3,
      },
    ),
    fc.dictionary(fc.constantFrom("k", "l", "m"), tie("tree"), { maxKeys: 3 }),
  ),
}));

test("plans are the same exactly when they are once written down with sorted keys", () => {
  const two = fc.oneof(
    fc.tuple(tree, tree),
    tree.map((one): [unknown, unknown] => [one, structuredClone(one)]),
  );
  fc.assert(
    fc.property(two, ([a, b]) => {
      expect(samePlan(a as TrafficPlan, b as TrafficPlan)).toBe(canonical(a) === canonical(b));
    }),
    { numRuns: 2000 },
  );
});
