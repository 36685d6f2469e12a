/** Frames of the live stream. */
import { z } from "zod";
import { instant, name, nameSchema, position } from "../wire.ts";

export const liveQuerySchema = z.strictObject({
  rollout: nameSchema.optional().describe("one rollout's overview instead of the fleet"),
  after: position.optional().describe("journal entries after this one; Last-Event-ID wins"),
});

export const beatSchema = name("Beat", z.strictObject({ now: instant, serin: z.string() }));
export type Beat = z.infer<typeof beatSchema>;

/** Events of the live stream. */
export const frames = ["journal", "fleet", "overview", "gone", "beat"] as const;
export type Frame = (typeof frames)[number];
