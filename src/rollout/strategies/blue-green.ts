/**
 * `blueGreen`: the new revision is tried on copies of live requests (and by a person, if asked for), then everybody
 * moves at once; stable stays warm for the bake.
 */
import { z } from "zod";
import { durationFrom, durationSchema, shareSchema } from "../amounts.ts";
import { FULL_WEIGHT } from "../traffic.ts";
import type { Step } from "../steps/index.ts";

export const blueGreenSchema = z
  .strictObject({
    mirror: shareSchema.prefault(0).describe("copies of so many requests go to the new revision first, in percent"),
    check: durationFrom(1000).prefault("5m").describe("how long the copies are judged"),
    approve: z.boolean().default(false).describe("a person is to approve the switch"),
    bake: durationSchema.prefault("0s").describe("how long stable stays warm behind everybody's switch"),
  })
  .transform((written): BlueGreen => ({
    mirror: written.mirror,
    checkMs: written.check,
    approve: written.approve,
    bakeMs: written.bake,
  }));

export interface BlueGreen {
  readonly mirror: number;
  readonly checkMs: number;
  readonly approve: boolean;
  readonly bakeMs: number;
}

export function blueGreenSteps({ mirror, checkMs, approve, bakeMs }: BlueGreen): readonly Step[] {
  const copies: Step[] = [
    { mirror: { weight: mirror } },
    { analyze: { forMs: checkMs, atLeastMs: Math.min(checkMs, 60_000), early: true } },
  ];
  return [
    ...(mirror > 0 ? copies : []),
    ...(approve ? [{ approve: { note: "look at the new revision before everybody meets it" } }] : []),
    { setWeight: { weight: FULL_WEIGHT } },
    ...(bakeMs > 0 ? [{ pause: { forMs: bakeMs } }] : []),
  ];
}
