import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { endedView, idleView, pausedView, viewOf, watchedView } from "../../test/cli/fixtures.ts";
import { errorKinds } from "../errors.ts";
import { outcomes } from "../rollout/outcome.ts";
import { decided, exitMeanings, exitOf, exits, outcomeWord } from "./exit.ts";

test("every exit code has a meaning, and every error ends with one of them", () => {
  const told = exitMeanings.map(([code]) => code);
  expect(told.toSorted((a, b) => a - b)).toEqual(Object.values(exits).toSorted((a, b) => a - b));
  for (const [code, { exit }] of Object.entries(errorKinds)) expect(told, code).toContain(exit);
  // An error is never taken for a verdict about a release: those codes are earned by outcomes alone.
  const verdicts: readonly number[] = [exits.ok, exits.harm, exits.undecided, exits.aborted];
  for (const [code, { exit }] of Object.entries(errorKinds)) expect(verdicts, code).not.toContain(exit);
});

test("the page says what the table says", () => {
  const page = readFileSync(new URL("../../docs/cli.md", import.meta.url), "utf8");
  for (const [code, meaning] of exitMeanings) expect(page).toContain(`| ${code} | ${meaning} |`);
});

const begins = { signals: [{ id: 1, at: 0, verb: "retry" as const, by: "anna" }] };

test.each([
  ["nothing was ever released", idleView(), 0, "idle"],
  ["a first release was asked for", { ...idleView(), ...begins }, 8, "running"],
  ["a release is under way", viewOf(), 8, "running"],
  ["it waits for a person", pausedView(), 8, "waiting"],
  ["promoted", endedView("promoted"), 0, "promoted"],
  ["promoted, and watched", watchedView(), 8, "watched"],
  ["a shadow passed", endedView("passed"), 0, "passed"],
  ["rolled back", endedView("rolledBack"), 3, "rolledBack"],
  ["undecided", endedView("undecided"), 5, "undecided"],
  ["unmeasurable", endedView("unmeasurable"), 6, "unmeasurable"],
  ["aborted", endedView("aborted"), 7, "aborted"],
  ["rolled back, and asked to try again", { ...endedView("rolledBack"), ...begins }, 8, "running"],
] as const)("%s", (_what, view, code, word) => {
  expect([exitOf(view), outcomeWord(view)]).toEqual([code, word]);
  expect(decided(view)).toBe(view.outcome !== null && view.watch === null && view.signals.length === 0);
});

test("every outcome has its own word and an exit code", () => {
  for (const outcome of outcomes) {
    expect(outcomeWord(endedView(outcome))).toBe(outcome);
    expect(exitOf(endedView(outcome))).not.toBe(exits.waiting);
  }
});
