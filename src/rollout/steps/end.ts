/** `end`: the release is over without a promotion, as after a shadow or an A/B test that a person will read. */
import { z } from "zod";
import type { StepKind } from "./step.ts";

export const endSchema = z.strictObject({}).meta({ description: "the release ends without a promotion" });

export type End = Record<string, never>;

export const end: StepKind<End> = {
  ask: () => ({ is: "over", outcome: "passed", reason: "every step passed and the strategy promotes nothing" }),
  takes: () => 0,
};
