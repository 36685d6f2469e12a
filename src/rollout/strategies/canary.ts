/** `canary`: a growing share of live traffic meets the new revision; each share is a stage that the gates judge. */
import { z } from "zod";
import { durationSchema, shareSchema } from "../amounts.ts";
import { stepSchema, type Step } from "../steps/index.ts";

const weights = z
  .array(shareSchema)
  .min(1)
  .max(100)
  .refine((list) => list.every((weight, i) => i === 0 || weight > list[i - 1]), { message: "expected growing weights" })
  .describe("the share of each stage, in percent; after the last it is promoted; 1, 5, 10, 25 and 50 unless said");

export const canarySchema = z
  .strictObject({
    weights: weights.optional(),
    stage: durationSchema.optional().describe("the deadline of each stage; 10m unless said"),
    atLeast: durationSchema.optional().describe("the least time of each stage; 1m unless said"),
    early: z.boolean().optional().describe("a stage ends when every gate shows safety; true unless said"),
    steps: z
      .array(stepSchema)
      .min(1)
      .max(200)
      .optional()
      .describe("every step in words of its own, instead of weights"),
  })
  .superRefine((written, ctx) => {
    if (written.steps === undefined) return;
    for (const key of ["weights", "stage", "atLeast", "early"] as const) {
      if (written[key] === undefined) continue;
      ctx.addIssue({ code: "custom", path: [key], message: `does not go with steps: say it in the steps themselves` });
    }
  })
  .transform(({ weights: shares, stage, atLeast, early, steps }): Canary => ({
    steps: steps ?? ramp(shares ?? [100, 500, 1000, 2500, 5000], stage ?? 600_000, atLeast ?? 60_000, early ?? true),
  }));

export interface Canary {
  readonly steps: readonly Step[];
}

function ramp(shares: readonly number[], forMs: number, atLeastMs: number, early: boolean): Step[] {
  return shares.flatMap((weight): Step[] => [{ setWeight: { weight } }, { analyze: { forMs, atLeastMs, early } }]);
}

export const canarySteps = ({ steps }: Canary): readonly Step[] => steps;
