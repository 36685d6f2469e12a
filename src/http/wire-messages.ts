/**
 * What crosses the wire about messages; beside `wire.ts`, whose rules hold here too.
 *
 * | method and path                                | role | body               | answers            |
 * | ---------------------------------------------- | ---- | ------------------ | ------------------ |
 * | POST /v1/rollouts/:name/notifications/test     | act  | TestRequest        | 200 TestResult     |
 */
import { z } from "zod";
import { name } from "./wire.ts";

export const testRequestSchema = name(
  "TestRequest",
  z.strictObject({
    only: z.string().min(1).max(100).optional().describe("one notification by its name; all unless said"),
  }),
);

export const testResultSchema = name(
  "TestResult",
  z.strictObject({
    rollout: z.string(),
    tried: z.array(
      z.strictObject({
        notification: z.string(),
        arrived: z.boolean(),
        message: z.string().nullable().describe("why not, in a sentence"),
      }),
    ),
  }),
);
export type TestResult = z.infer<typeof testResultSchema>;
