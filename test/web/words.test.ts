/** The dashboard's words: what a page says of numbers, and of what is newer than it. */
import { expect, test } from "vitest";
import { weighs } from "../../web/src/words/gates.ts";
import { markOf, outcomeMark, verdictMark } from "../../web/src/words/lights.ts";
import { differenceIn, percent } from "../../web/src/words/numbers.ts";
import { coming } from "../../web/src/release/plan.ts";

test.each([
  [0, "0 %"],
  [0.0123, "1.2 %"],
  [0.5, "50 %"],
  [0.96, "96 %"],
  [0.9925, "99.25 %"],
  [0.99999, "99.999 %"],
  [1, "100 %"],
])("%d is told as %s", (rate, said) => expect(percent(rate)).toBe(said));

test.each([
  ["rate", 0.0031, 0, "+0.31 points"],
  ["rate", -0.00001, 0.005, "±0 points"],
  ["rate", -0.00001, 0, "−0.001 points"],
  ["milliseconds", -12, 100, "−12 ms"],
  ["milliseconds", 0, 100, "±0 ms"],
  ["number", null, 0, "—"],
] as const)("a difference of %s %d beside %d is %s", (unit, value, of, said) =>
  expect(differenceIn(unit, value, of)).toBe(said),
);

/** As a newer server could say it. */
const newer = (word: string) => word as never;

test("what is newer than the page is shown by its own word, without alarm", () => {
  const quiet = { shape: "ring", tone: "quiet" };
  expect(markOf(newer("dreaming"), null)).toEqual({ ...quiet, word: "dreaming" });
  expect(verdictMark({ verdict: newer("maybe"), dryRun: false })).toEqual({ ...quiet, word: "maybe" });
  expect(outcomeMark(newer("evaporated")).word).toBe("taken back");
  // a name that every object has is no word of ours either
  expect(markOf(newer("constructor"), null).word).toBe("constructor");
});

test("a gate is weighed where its verdict rests on evidence, whatever its kind is called", () => {
  const gate = (kind: string, numbers: Record<string, number>) => ({
    kind: newer(kind),
    verdict: newer("pass"),
    numbers,
  });
  expect(weighs(gate("mean", { harmNeeded: 200 }))).toBe(true);
  expect(weighs(gate("future", { harmNeeded: 200 }))).toBe(true);
  expect(weighs(gate("future", {}))).toBe(false);
  expect(weighs({ kind: "threshold", verdict: null, numbers: {} })).toBe(false);
  expect(weighs({ kind: "failures", verdict: null, numbers: {} })).toBe(true);
});

test("rounds of checks take their time on the ramp, a step that is not known takes none", () => {
  const step = (index: number, kind: string, options: Record<string, unknown>, state: "current" | "next") => ({
    index,
    kind,
    options,
    label: kind,
    state,
  });
  const stepList = [
    step(0, "check", { everyMs: 60_000, times: 3 }, "current"),
    step(1, "setWeight", { weight: 5000 }, "next"),
    step(2, "future", { somehow: true }, "next"),
  ];
  const seen = {
    phase: "progressing",
    stepList,
    step: 0,
    enteredAt: 1000,
    weight: 2000,
    startedAt: 0,
  } as unknown as Parameters<typeof coming>[0];
  expect(coming(seen, 1000).map(({ weight, from, to }) => [weight, to - from])).toEqual([
    [2000, 180_000],
    [10_000, 30_000],
  ]);
});
