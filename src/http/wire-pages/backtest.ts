/** What a document would have done with the past. */
import { z } from "zod";
import { outcomes } from "../../rollout/outcome.ts";
import { basisPoints, count, instant, name } from "../wire.ts";

const triedSchema = z.strictObject({ name: z.string(), from: instant, to: instant, guilty: z.array(z.string()) });

export const backtestSchema = name(
  "Backtest",
  z.strictObject({
    sentences: z.array(z.string()),
    releases: z.array(
      triedSchema.extend({
        ended: z.enum(outcomes).nullable().describe("how it ended then"),
        rolledBack: z.boolean().describe("whether the document would have taken it back"),
        tookMs: z.number().nullable(),
        weight: basisPoints,
        requests: count,
        failures: count,
      }),
    ),
    quiet: z.array(triedSchema.extend({ plays: count, rolledBack: count, promoted: count })),
    skipped: z.array(z.strictObject({ name: z.string(), why: z.string() })),
  }),
);
export type BacktestAnswer = z.infer<typeof backtestSchema>;
