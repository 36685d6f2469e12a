/** A Signal is what a person or a hook asks of a rollout. `decide` reads it; nobody else writes status. */
import { z } from "zod";

export const signalVerbs = [
  "start",
  "promote",
  "promoteFull",
  "pause",
  "resume",
  "abort",
  "approve",
  "retry",
  "undo",
] as const;

export const signalSchema = z.strictObject({
  verb: z.enum(signalVerbs),
  /** Who asked: a token's name, an OS user, a hook. */
  by: z.string().max(200),
  why: z.string().max(2000).optional(),
  /** The one moment that it was meant for; at any other it is refused. */
  meant: z.strictObject({ release: z.int(), step: z.int() }).optional(),
  /** For `start`: the new canary. */
  canary: z.strictObject({ revision: z.string().min(1), backends: z.array(z.string()).min(1) }).optional(),
});
export type Signal = z.infer<typeof signalSchema>;

/** A signal as the store keeps it: numbered, with its time. */
export interface StoredSignal {
  readonly id: number;
  readonly at: number;
  readonly signal: Signal;
}
