/** What a document says of the time after a promotion: how long the new revision is watched, and by what. */
import { z } from "zod";
import { durationFrom, shareSchema } from "./amounts.ts";
import { FULL_WEIGHT } from "./weight.ts";

const MOST_HELD_BACK = FULL_WEIGHT / 2;

export const afterPromotionSchema = z
  .strictObject({
    watch: durationFrom(1000)
      .optional()
      .describe(
        "how long the revision before is kept warm, to take everybody back when harm shows; not at all unless said",
      ),
    holdback: shareSchema
      .refine((basis) => basis <= MOST_HELD_BACK, "expected at most 50 percent: what is promoted serves most")
      .prefault(0)
      .describe("share of people who stay with the revision before, to compare with"),
    margin: z
      .number()
      .gt(1)
      .max(100)
      .default(2)
      .describe("without a holdback: how many times the failure rate of the release's last minutes is tolerated"),
    falseReturnEvery: durationFrom(60_000)
      .prefault("30d")
      .describe("a revision within the margin is taken back at most once in so much time watched, on average"),
  })
  .superRefine(({ watch, holdback, falseReturnEvery }, ctx) => {
    if (watch === undefined && holdback > 0)
      ctx.addIssue({ code: "custom", path: ["holdback"], message: "goes with watch: say how long" });
    if (watch !== undefined && watch > falseReturnEvery)
      ctx.addIssue({
        code: "custom",
        path: ["watch"],
        message: "expected no longer than falseReturnEvery: such a watch promises nothing",
      });
  })
  .transform((written): AfterPromotion => ({
    watchMs: written.watch ?? 0,
    holdback: written.holdback,
    margin: written.margin,
    falseReturnEveryMs: written.falseReturnEvery,
  }));

export interface AfterPromotion {
  /** 0: it is not watched. */
  readonly watchMs: number;
  /** Basis points. */
  readonly holdback: number;
  readonly margin: number;
  readonly falseReturnEveryMs: number;
}
