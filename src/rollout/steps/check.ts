/**
 * `check`: rounds of questions, as Flagger asks them. Once an interval every fixed limit and every hook on `rollout` is
 * asked; the step is done after so many rounds in which all agreed. A round in which one objects fails and moves
 * nothing. Failed rounds are counted over the whole release: `rounds.ts`.
 */
import { z } from "zod";
import { durationFrom } from "../amounts.ts";
import type { StepKind } from "./step.ts";

export const checkSchema = z
  .strictObject({
    every: durationFrom(1000)
      .prefault("1m")
      .describe("from one round to the next; the first is so long after the start"),
    times: z.int().min(1).max(10_000).default(1).describe("rounds that must pass"),
    failures: z
      .int()
      .min(1)
      .max(10_000)
      .default(5)
      .describe("failed rounds, over the whole release, after which the next round takes it back instead of asking"),
    unanswered: z
      .enum(["waits", "fails"])
      .default("waits")
      .describe("a round in which somebody could not be asked or had no data: neither passed nor failed, or failed"),
  })
  .transform(({ every, ...rest }): Check => ({ everyMs: every, ...rest }))
  .meta({ description: "asks fixed limits and hooks on rollout, round by round, and goes on when all agree" });

export interface Check {
  readonly everyMs: number;
  readonly times: number;
  readonly failures: number;
  readonly unanswered: "waits" | "fails";
}

export const check: StepKind<Check> = {
  ask({ everyMs, times }, { since, rounds }) {
    if (rounds.passed >= times) return { is: "done", reason: times === 1 ? "all agreed" : `all agreed ${times} times` };
    return { is: "running", until: since + (rounds.asked + 1) * everyMs };
  },
  takes: ({ everyMs, times }) => everyMs * times,
};
