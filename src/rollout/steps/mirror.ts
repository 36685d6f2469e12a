/** `mirror`: copies of so many stable requests go to the canary, and its answers are dropped. Begins a stage. */
import { shareSchema } from "../amounts.ts";
import type { StepKind } from "./step.ts";

export const mirrorSchema = shareSchema
  .transform((weight) => ({ weight }))
  .meta({
    description: "so many of stable's requests are copied to the canary, in percent; its answers are dropped",
    examples: [10],
  });

export interface Mirror {
  readonly weight: number;
}

export const mirror: StepKind<Mirror> = {
  split: ({ weight }) => ({ mirrorWeight: weight }),
  ask: () => ({ is: "done", reason: "the router reports it live" }),
  takes: () => 0,
};
