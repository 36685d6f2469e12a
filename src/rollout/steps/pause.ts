/** `pause`: nothing changes for a while, or until a person resumes. Gates go on watching. */
import { z } from "zod";
import { durationSchema } from "../amounts.ts";
import type { StepKind } from "./step.ts";

export const pauseSchema = z
  .strictObject({ for: durationSchema.optional().describe("how long; until a person resumes unless said") })
  .transform((written) => ({ forMs: written.for ?? null }))
  .meta({ description: "nothing changes for a while, or until a person resumes; gates go on watching" });

export interface Pause {
  readonly forMs: number | null;
}

export const pause: StepKind<Pause> = {
  ask({ forMs }, { now, since }) {
    if (forMs === null) return { is: "waiting", for: "person", reason: "the strategy has a pause here" };
    return now >= since + forMs ? { is: "done", reason: "the time is over" } : { is: "running", until: since + forMs };
  },
  takes: ({ forMs }) => forMs ?? 0,
};
