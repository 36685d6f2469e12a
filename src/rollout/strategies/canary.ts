/** `canary`: a growing share of live traffic meets the new revision; each share is a stage that the gates judge. */
import { z } from "zod";
import { durationFrom, durationSchema, someShareSchema } from "../amounts.ts";
import { stepSchema, type Step } from "../steps/index.ts";
import { FULL_WEIGHT } from "../traffic.ts";

const weight = someShareSchema.refine(
  (basis) => basis < FULL_WEIGHT,
  "at 100 percent no stable traffic is left to compare with: leave it out, after the last weight everybody follows",
);

const weights = z
  .array(weight)
  .min(1)
  .max(100)
  .superRefine((list, ctx) => {
    for (const [i, share] of list.entries()) {
      if (i === 0 || share > list[i - 1]) continue;
      const message = `expected more than ${list[i - 1] / 100}, the weight before it`;
      ctx.addIssue({ code: "custom", path: [i], message });
    }
  })
  .meta({
    default: [1, 5, 10, 25, 50],
    description: "the share of each stage, in percent; after the last it is promoted",
  });

export const canarySchema = z
  .strictObject({
    weights: weights.optional(),
    stage: durationFrom(1000).meta({ default: "10m", description: "the deadline of each stage" }).optional(),
    atLeast: durationSchema.meta({ default: "1m", description: "the least time of each stage" }).optional(),
    early: z
      .boolean()
      .meta({ default: true, description: "a stage ends as soon as every gate shows safety" })
      .optional(),
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
      ctx.addIssue({ code: "custom", path: [key], message: "does not go with steps: say it in the steps" });
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
