/** A release over time, in columns. */
import { z } from "zod";
import { count, instant, logarithm, name, position, whole } from "../wire.ts";

/** Columns, one entry a point, oldest first; null where nothing was measured. */
const column = z.array(z.number().nullable());

export const gateSeriesSchema = name(
  "GateSeries",
  z.strictObject({
    gate: z.string(),
    unit: z.enum(["rate", "milliseconds", "number"]),
    stable: column.describe("the arm's own value within each point"),
    canary: column,
    stableN: z.array(count),
    canaryN: z.array(count),
    difference: column.describe("canary against stable as it was known at the end of each point"),
    low: column.describe("its band: everything below is excluded, at all times at once"),
    high: column,
    margin: column.describe("the difference beyond which it is harm"),
    logHarm: column,
    logSafe: column,
  }),
);
export type GateSeries = z.infer<typeof gateSeriesSchema>;

export const seriesSchema = name(
  "Series",
  z.strictObject({
    release: z.int(),
    complete: z.boolean().describe("false while more of the record is still being read: ask again in a moment"),
    stepMs: z.number(),
    at: z.array(instant).describe("end of each point"),
    wanted: column.describe("the canary's share that was live, basis points"),
    measured: column.describe("the canary's share that was measured"),
    logHarm: column.describe("evidence of harm of all gates together"),
    logSplit: logarithm
      .nullable()
      .describe("evidence that traffic is not split as wanted; null where it cannot be said"),
    gates: z.array(gateSeriesSchema),
  }),
);
export type Series = z.infer<typeof seriesSchema>;

export const seriesQuerySchema = z.strictObject({
  release: whole(1, 999_999_999).optional().describe("the present or last one unless said"),
  from: position.optional().describe("epoch milliseconds"),
  to: position.optional(),
  points: whole(2, 2000).default(240).meta({ description: "how many at most; 240 unless said" }),
});

export const recordQuerySchema = seriesQuerySchema.pick({ release: true });
