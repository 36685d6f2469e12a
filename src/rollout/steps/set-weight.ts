/** `setWeight`: so much of the traffic meets the canary. Done as soon as the router reports it. Begins a stage. */
import { shareSchema } from "../amounts.ts";
import type { StepKind } from "./step.ts";

export const setWeightSchema = shareSchema
  .transform((weight) => ({ weight }))
  .meta({ description: "so much of the traffic meets the canary, in percent", examples: [5, "0.5%"] });

export interface SetWeight {
  readonly weight: number;
}

export const setWeight: StepKind<SetWeight> = {
  split: ({ weight }) => ({ canaryWeight: weight, mirrorWeight: 0 }),
  ask: () => ({ is: "done", reason: "the router reports it live" }),
  takes: () => 0,
};
