/** `shadow`: nobody meets the new revision; it gets copies of live requests and its answers are dropped. */
import { z } from "zod";
import { durationFrom, someShareSchema } from "../amounts.ts";
import type { Step } from "../steps/index.ts";

export const shadowSchema = z
  .strictObject({
    share: someShareSchema.prefault(10).describe("so many of stable's requests are copied, in percent"),
    for: durationFrom(1000).prefault("30m").describe("how long copies are judged at most"),
    ending: z.enum(["end", "promote"]).default("end").describe("what follows when every gate passed"),
  })
  .transform((written): Shadow => ({ share: written.share, forMs: written.for, ending: written.ending }));

export interface Shadow {
  readonly share: number;
  readonly forMs: number;
  readonly ending: "end" | "promote";
}

export function shadowSteps({ share, forMs, ending }: Shadow): readonly Step[] {
  return [
    { mirror: { weight: share } },
    { analyze: { forMs, atLeastMs: forMs, early: false } },
    ...(ending === "end" ? [{ end: {} }] : []),
  ];
}
