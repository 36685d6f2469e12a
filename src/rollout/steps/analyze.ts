/**
 * `analyze`: waits for the gates. Ends early when every gate shows safety, ends at its deadline in any case; what
 * happens to a release that is undecided then is the author's word (`whenUndecided`). A gate that could not be measured
 * never lets a release advance: unless the author asked for a rollback, it holds.
 */
import { z } from "zod";
import { durationFrom, durationSchema } from "../amounts.ts";
import type { Answer, Scene, StepKind } from "./step.ts";

export const analyzeSchema = z
  .strictObject({
    for: durationFrom(1000).prefault("10m").describe("the deadline: it never takes longer"),
    atLeast: durationSchema.prefault("1m").describe("it never takes less, however clear the evidence"),
    early: z.boolean().default(true).describe("ends before the deadline when every gate shows safety"),
  })
  .transform((written) => ({ forMs: written.for, atLeastMs: written.atLeast, early: written.early }))
  .meta({ description: "waits for the gates" });

export interface Analyze {
  readonly forMs: number;
  readonly atLeastMs: number;
  readonly early: boolean;
}

const names = (gates: readonly string[]) => gates.join(", ");

export const analyze: StepKind<Analyze> = {
  ask({ forMs, atLeastMs, early }, scene) {
    const { passed, undecided, unmeasured } = scene.standing;
    const elapsed = scene.now - scene.since;
    const clear = undecided.length === 0 && unmeasured.length === 0;
    if (early && clear && passed.length > 0 && elapsed >= Math.min(atLeastMs, forMs))
      return { is: "done", reason: `shown to be safe by ${names(passed)}` };
    if (elapsed < forMs) return { is: "running", until: scene.since + forMs };
    return clear ? { is: "done", reason: passedInWords(passed) } : late(scene);
  },
  takes: ({ forMs }) => forMs,
};

const passedInWords = (passed: readonly string[]) =>
  passed.length === 0 ? "the time is over and no gate acts" : `the time is over, passed by ${names(passed)}`;

function late({ standing: { undecided, unmeasured }, whenUndecided }: Scene): Answer {
  if (unmeasured.length > 0) return blind(names(unmeasured), whenUndecided);
  const reason = `the deadline passed without enough evidence from ${names(undecided)}`;
  if (whenUndecided === "advance") return { is: "done", reason: `${reason}; the document says to advance` };
  if (whenUndecided === "rollback")
    return { is: "over", outcome: "undecided", reason: `${reason}; the document says to roll back` };
  return { is: "waiting", for: "evidence", reason };
}

function blind(gates: string, whenUndecided: Scene["whenUndecided"]): Answer {
  const reason = `the deadline passed and ${gates} could not be measured`;
  if (whenUndecided !== "rollback") return { is: "waiting", for: "evidence", reason };
  return { is: "over", outcome: "unmeasurable", reason: `${reason}; the document says to roll back` };
}
