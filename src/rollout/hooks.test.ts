/** Which answers are told as events of their own. What follows from answers: `decide.test.ts` and the scenario "hooks". */
import { expect, test } from "vitest";
import type { HookAnswer, HookMemory, HookMoment } from "./hook.ts";
import { isNews } from "./hooks.ts";
import { initialStatus } from "./initial.ts";
import { specSchema } from "./spec.ts";

const spec = { name: "shop", ...specSchema.parse({ stable: { revision: "v1", backends: ["http://127.0.0.1:1"] } }) };

const news = (
  on: HookMoment,
  said: HookAnswer["said"],
  more: Partial<HookMemory> = {},
  before?: HookAnswer["said"],
) => {
  const now: HookMemory = { occasion: "1", askedAt: 0, said, no: 0, reason: "", ...more };
  const known = before === undefined ? {} : { gate: { ...now, occasion: "1", said: before } };
  return isNews({ name: "gate", on }, { ...initialStatus(spec, 0, "seed"), hooks: known }, now);
};

test("a first answer is told, the same answer again is not", () => {
  expect(news("preRollout", "yes")).toBe(true);
  expect(news("preRollout", "yes", {}, "yes")).toBe(false);
  expect(news("preRollout", "yes", {}, "no")).toBe(true);
  expect(news("preRollout", "yes", { occasion: "2" }, "yes")).toBe(true);
});

test("who waits for a yes is told as waiting, and only what a program printed is worth another event", () => {
  expect(news("confirmPromotion", "no")).toBe(false);
  expect(news("confirmPromotion", "no", { output: "closed until Monday" })).toBe(true);
  expect(news("rollout", "no")).toBe(true);
  expect(news("postRollout", "error")).toBe(true);
});

test("a hook on rollback is heard of when it takes the release back", () => {
  expect(news("rollback", "no", { output: "all is well" })).toBe(false);
});
