/** Releases of the past and what people did in them. */
import { z } from "zod";
import { outcomes } from "../../rollout/outcome.ts";
import { basisPoints, eventSchema, instant, name, nameSchema, whole } from "../wire.ts";

/** What a person did in a release. */
const deedSchema = z.strictObject({ at: instant, by: z.string(), what: z.string(), why: z.string() });
export type Deed = z.infer<typeof deedSchema>;

export const releaseSchema = name(
  "Release",
  z.strictObject({
    rollout: nameSchema,
    release: z.int(),
    stable: z.string(),
    canary: z.string(),
    startedAt: instant,
    startedBy: z.string(),
    endedAt: instant.nullable().describe("null while it is under way"),
    outcome: z.enum(outcomes).nullable(),
    reason: z.string(),
    weight: basisPoints.describe("the largest share that was live"),
    machineMs: z.number().describe("time in which Serin worked or watched"),
    humanMs: z.number().describe("time in which it waited for a person"),
    deeds: z.array(deedSchema).describe("what people did, oldest first"),
    undone: deedSchema.nullable().describe("that it was undone after its promotion"),
    firstSeq: z.int(),
    lastSeq: z.int(),
  }),
);
export type Release = z.infer<typeof releaseSchema>;

export const releaseListSchema = name(
  "ReleaseList",
  z.strictObject({
    releases: z.array(releaseSchema).describe("newest first"),
    ended: z.int().describe("of all releases, those that ended"),
    failed: z.int().describe("of those, the ones that were rolled back for harm or undone after their promotion"),
  }),
);
export type ReleaseList = z.infer<typeof releaseListSchema>;

export const releaseQuerySchema = z.strictObject({
  rollout: nameSchema.optional(),
  limit: whole(1, 1000).default(200).meta({ description: "how many at most; 200 unless said" }),
});

export const releaseStorySchema = name(
  "ReleaseStory",
  z.strictObject({ release: releaseSchema, events: z.array(eventSchema).describe("all of its events, oldest first") }),
);
export type ReleaseStory = z.infer<typeof releaseStorySchema>;
