/** What a document would do, and its mistakes at their lines. */
import { z } from "zod";
import { name, problemSchema } from "../wire.ts";

export const lintSchema = name(
  "Lint",
  z.strictObject({
    name: z.string().nullable().describe("the rollout's name, where it can be read"),
    exists: z.boolean().describe("whether there is a rollout of that name"),
    problems: z.array(problemSchema).describe("mistakes: a document that has any is refused"),
    warnings: z.array(problemSchema).describe("what works and may surprise"),
    follows: z.array(z.string()).describe("what would happen if it were sent, in sentences"),
  }),
);
export type Lint = z.infer<typeof lintSchema>;
