/** A `mean` gate as people write it. */
import { z } from "zod";
import type { MeanGate } from "../analysis/metric.ts";
import { distancesOf, limit, margin, unit, worse } from "./distance.ts";

export const meanSchema = z
  .strictObject({
    worse,
    floor: z.number().default(0).describe("the least that a value can be; what is below counts as this"),
    cap: z
      .number()
      .describe(
        "what is above counts as this, so that one wild value cannot decide: about what 1 of 200 values exceeds",
      ),
    margin,
    limit,
    pairs: z
      .boolean()
      .default(false)
      .describe("compares within pairs, the same request on both versions: far fewer are needed"),
    unit,
  })
  .transform((written, ctx): MeanGate["mean"] => {
    const { floor, cap, pairs, worse: worsening, unit: of } = written;
    const told = (path: string[], message: string) => ctx.addIssue({ code: "custom", path, message });
    const distances = distancesOf(written, ctx);
    const said = { margin: flat(distances.margin), ...(written.limit === undefined ? {} : { limit: written.limit }) };
    if (cap <= floor) told(["cap"], `expected more than floor, ${floor}, found ${cap}`);
    for (const [what, { ratio, amount }] of Object.entries(said)) {
      if (ratio !== undefined && floor < 0)
        told([what, "ratio"], "a ratio of means needs values of at least 0: expected an amount, or a floor of 0");
      if (ratio !== undefined && pairs) told([what], "pairs are compared by their differences: expected an amount");
      if (amount !== undefined && amount >= cap - floor)
        told([what, "amount"], `nothing can differ by ${amount} between ${floor} and ${cap}`);
    }
    const limits = written.limit ?? nearer(distances.limit, cap - floor);
    return { worse: worsening, floor, cap, pairs, unit: of, margin: distances.margin, limit: limits };
  });

/** Twice the margin may be more than values can differ by: then halfway to that. */
function nearer(limits: MeanGate["mean"]["limit"], range: number): MeanGate["mean"]["limit"] {
  const { amount } = limits;
  return amount === undefined || amount < range ? limits : { amount: (amount / 2 + range) / 2 };
}

const flat = (distance: MeanGate["mean"]["margin"]): MeanGate["mean"]["limit"] => distance;
