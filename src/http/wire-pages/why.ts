/** Why something was decided: the decision made again from its record. */
import { z } from "zod";
import { basisPoints, eventSchema, gateSchema, instant, logarithm, name, nameSchema } from "../wire.ts";
import { outlookSchema } from "./release.ts";

export const whySchema = name(
  "Why",
  z.strictObject({
    name: nameSchema,
    release: z.int(),
    event: eventSchema,
    before: z.array(eventSchema).describe("what led here in this release, oldest first"),
    promise: z.string(),
    decided: z
      .strictObject({
        version: z.int(),
        at: instant,
        formula: z.int().describe("which mathematics decided it"),
        weight: basisPoints,
        reported: z.string().describe("what the router said"),
        logHarm: logarithm,
        harmAt: logarithm,
        gates: z.array(gateSchema.extend({ sentence: z.string(), outlook: outlookSchema })),
      })
      .nullable()
      .describe("the decision made again from its record; null when the record is not kept any more"),
  }),
);
export type Why = z.infer<typeof whySchema>;
