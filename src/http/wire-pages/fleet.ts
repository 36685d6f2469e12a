/** The fleet: a row of it, and what a light says. */
import { z } from "zod";
import { basisPoints, count, instant, name, summaryShape } from "../wire.ts";

/**
 * What a light says: nothing is released (`serving`); all is well so far and not yet shown (`watching`); shown safe
 * (`safe`); evidence of harm (`harming`); a person is waited for (`waiting`); cannot be measured (`blind`); or how the
 * last release ended.
 */
export const lights = ["serving", "watching", "safe", "harming", "waiting", "blind", "promoted", "takenBack"] as const;
export type Light = (typeof lights)[number];

/** What comes next by itself, and when at the latest; null when nobody knows when. */
export const nextSchema = z.strictObject({ sentence: z.string(), at: instant.nullable() });
export type Next = z.infer<typeof nextSchema>;

/** Requests a second of both arms, oldest first; a null where nothing was recorded. */
const trafficSchema = z.strictObject({
  from: instant,
  stepMs: z.number(),
  stable: z.array(z.number().nullable()),
  canary: z.array(z.number().nullable()),
});
export type Traffic = z.infer<typeof trafficSchema>;

export const fleetRowSchema = name(
  "FleetRow",
  z.strictObject({
    ...summaryShape,
    light: z.enum(lights),
    stepLabel: z.string().nullable().describe("the current step, for people"),
    enteredAt: instant.describe("since when it stands there"),
    mirror: basisPoints.describe("share of requests whose copies go to the canary"),
    people: count.nullable().describe("units that met the canary in this release"),
    next: nextSchema.nullable(),
    traffic: trafficSchema.nullable(),
  }),
);
export type FleetRow = z.infer<typeof fleetRowSchema>;

export const fleetSchema = name("Fleet", z.strictObject({ now: instant, rows: z.array(fleetRowSchema) }));
export type Fleet = z.infer<typeof fleetSchema>;
