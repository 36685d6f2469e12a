/**
 * The ledger of exposure on the wire: who met which revision, release by release.
 *
 * | method and path                        | role | query           | answers                       |
 * | -------------------------------------- | ---- | --------------- | ----------------------------- |
 * | GET /v1/rollouts/:name/exposure        | view | release, format | 200 ExposureLedger, or CSV    |
 */
import { z } from "zod";
import { extraSchema, metSchema, movesSchema } from "../rollout/exposure.ts";
import { outcomes } from "../rollout/outcome.ts";
import { pointsSchema } from "./pages/points.ts";
import { instant, name, nameSchema, whole } from "./wire.ts";

const armSchema = metSchema.extend({ revision: z.string() });

export const releaseExposureSchema = name(
  "ReleaseExposure",
  z.strictObject({
    release: z.int(),
    outcome: z.enum(outcomes).nullable().describe("null while it is under way"),
    startedAt: instant,
    endedAt: instant.nullable(),
    countedFrom: instant,
    countedTo: instant,
    exact: z.boolean().describe("false where people are estimated, or a gateway died meanwhile and some count twice"),
    stable: armSchema,
    canary: armSchema,
    extra: extraSchema.nullable().describe("failures above what stable would have done to as many"),
    moves: movesSchema.nullable().describe("people who met both arms, and why"),
    points: pointsSchema.optional().describe("how it grew; of one release, when it is asked for"),
  }),
);
export type ReleaseExposure = z.infer<typeof releaseExposureSchema>;

export const exposureLedgerSchema = name(
  "ExposureLedger",
  z.strictObject({
    rollout: nameSchema,
    releases: z.array(releaseExposureSchema).describe("newest first; those that nobody counted are left out"),
  }),
);
export type ExposureLedger = z.infer<typeof exposureLedgerSchema>;

export const exposureQuerySchema = z.strictObject({
  release: whole(1, 999_999_999).optional().describe("this one only"),
  format: z.enum(["json", "csv"]).default("json"),
});
