/** A release at one look: what can be done, what its gates compare and lack. */
import { z } from "zod";
import { signalVerbs } from "../../rollout/signals.ts";
import { extraSchema } from "../../rollout/exposure.ts";
import { basisPoints, count, instant, name, rolloutSchema } from "../wire.ts";
import { lights, nextSchema } from "./fleet.ts";

/** What a signal would do if it were sent now: worked out by the same `decide` that would obey it. */
export const actSchema = name(
  "Act",
  z.strictObject({
    verb: z.enum(signalVerbs),
    label: z.string().describe("what a button says, e.g. Go on to 25 %"),
    consequence: z.string().describe("what would follow, and for how many"),
    weight: basisPoints.describe("the canary's share afterwards"),
    refused: z.string().nullable().describe("why it would be refused"),
  }),
);
export type Act = z.infer<typeof actSchema>;

/** A gate's values as people compare them. Rates are 0 to 1, times are milliseconds. */
const comparedSchema = z.strictObject({
  unit: z.enum(["rate", "milliseconds", "number"]),
  about: z.string().describe("what is compared, e.g. people that met a failure"),
  stable: z.number().nullable(),
  canary: z.number().nullable(),
  difference: z.number().nullable(),
  low: z.number().nullable().describe("everything below is excluded; holds at all times at once"),
  high: z.number().nullable().describe("everything above is excluded"),
  margin: z.number().nullable().describe("the difference beyond which it is harm, at stable's present value"),
  stableN: count,
  canaryN: count,
});
export type Compared = z.infer<typeof comparedSchema>;

export const outlookSchema = name(
  "Outlook",
  z.strictObject({
    gate: z.string(),
    danger: z.number().describe("the dangerous first: evidence of harm as a part of what takes the release back"),
    harm: z.number().min(0).max(1).describe("that part, on a logarithmic scale"),
    safe: z.number().min(0).max(1).describe("evidence of safety as a part of what passes the gate, likewise"),
    compared: comparedSchema.nullable(),
    missing: z.string().describe("what is missing for a pass, and how long it may take"),
    safeInMs: z.number().nullable().describe("until it passes if evidence grows as it did; null when nobody can say"),
  }),
);
export type Outlook = z.infer<typeof outlookSchema>;

export const overviewSchema = name(
  "Overview",
  z.strictObject({
    now: instant,
    rollout: rolloutSchema,
    light: z.enum(lights),
    headline: z.string().describe("where the release stands, for how many, what is excluded and what comes next"),
    promise: z.string(),
    next: nextSchema.nullable(),
    acts: z.array(actSchema),
    outlooks: z.array(outlookSchema).describe("one for each gate, the dangerous first"),
    extra: extraSchema.nullable().describe("failures above what stable would have done to as many"),
  }),
);
export type Overview = z.infer<typeof overviewSchema>;
