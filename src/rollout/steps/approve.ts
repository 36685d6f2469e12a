/** `approve`: goes on when a person says so. */
import { z } from "zod";
import type { StepKind } from "./step.ts";

export const approveSchema = z
  .strictObject({ note: z.string().max(500).default("").describe("what the person should look at first") })
  .meta({ description: "goes on when a person approves" });

export interface Approve {
  readonly note: string;
}

export const approve: StepKind<Approve> = {
  ask: ({ note }, { approved }) =>
    approved
      ? { is: "done", reason: "a person approved" }
      : { is: "waiting", for: "approval", reason: note === "" ? "a person is to approve" : note },
  takes: () => 0,
};
