/** `abTest`: a fixed share for a fixed time, for whoever wants to read the difference; gates guard it all along. */
import { z } from "zod";
import { durationFrom, someShareSchema } from "../amounts.ts";
import type { Step } from "../steps/index.ts";
import { FULL_WEIGHT } from "../traffic.ts";

export const abTestSchema = z
  .strictObject({
    weight: someShareSchema
      .refine((basis) => basis < FULL_WEIGHT, "at 100 percent no stable traffic is left to compare with")
      .prefault(50)
      .describe("the canary's share, in percent"),
    for: durationFrom(1000).describe("how long it runs; clear evidence of safety does not shorten it"),
    ending: z.enum(["approve", "promote", "end"]).default("approve").describe("a person decides, unless said"),
  })
  .transform((written): AbTest => ({ weight: written.weight, forMs: written.for, ending: written.ending }));

export interface AbTest {
  readonly weight: number;
  readonly forMs: number;
  readonly ending: "approve" | "promote" | "end";
}

export function abTestSteps({ weight, forMs, ending }: AbTest): readonly Step[] {
  return [
    { setWeight: { weight } },
    { pause: { forMs } },
    ...(ending === "approve" ? [{ approve: { note: "the test is over: promote it or abort it" } }] : []),
    ...(ending === "end" ? [{ end: {} }] : []),
  ];
}
