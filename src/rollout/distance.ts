/** Margins and limits of gates that compare amounts, as people write them: times stable's, or so much beyond it. */
import { z } from "zod";
import { worsenings, type Distance, type Distances, type Worsening } from "../analysis/metric.ts";
import { exactlyOne, theOne } from "./choice.ts";

export const worse = z
  .enum(worsenings)
  .default("higher")
  .describe("which way is worse: higher (tokens, cost) or lower (scores, session depth)");

export const unit = z
  .string()
  .max(30)
  .regex(/^[^\p{C}]*$/u, "expected no control characters")
  .default("")
  .describe("what the numbers are, for sentences: tokens");

const distances = ["ratio", "amount"] as const;
const shape = {
  ratio: z
    .number()
    .gt(0)
    .max(100)
    .optional()
    .describe("times stable's: 1.15 where higher is worse, 0.7 where lower is"),
  amount: z.number().gt(0).optional().describe("so much beyond stable's, in the metric's own unit"),
};

export const margin = z
  .strictObject(shape)
  .meta(exactlyOne(distances))
  .transform((written, ctx): Distance => {
    if (theOne(written, distances, ctx) === null) return z.NEVER;
    return written.ratio === undefined ? { amount: written.amount ?? NaN } : { ratio: written.ratio };
  })
  .optional()
  .describe("roll back when shown to be worse than this; a tenth unless said");

export const limit = z
  .strictObject(shape)
  .meta({ anyOf: distances.map((key) => ({ required: [key] })) })
  .refine((l) => l.ratio !== undefined || l.amount !== undefined, "expected ratio, amount or both, found none")
  .optional()
  .describe("promote early when shown to be within either; twice as far as the margin unless said");

interface Written {
  readonly worse: Worsening;
  readonly margin?: Distance | undefined;
  readonly limit?: Distances | undefined;
}

/** Margin and limit as they are meant; told where one lies on the wrong side of stable. */
export function distancesOf({ worse: worsening, margin: said, limit: beyond }: Written, ctx: z.core.$RefinementCtx) {
  const margin: Distance = said ?? { ratio: worsening === "higher" ? 1.1 : 0.9 };
  const within = beyond ?? doubled(margin);
  for (const [path, ratio] of [
    ["margin", "ratio" in margin ? margin.ratio : undefined],
    // what nobody said is not wrong
    ["limit", beyond?.ratio],
  ] as const) {
    const wrong = ratio === undefined ? null : wrongSide(path, ratio, worsening);
    if (wrong !== null) ctx.addIssue({ code: "custom", path: [path, "ratio"], message: wrong });
  }
  return { margin, limit: within };
}

const doubled = (margin: Distance): Distances =>
  "amount" in margin ? { amount: 2 * margin.amount } : { ratio: twice(margin.ratio) };

/** 1.15 becomes 1.3, and 0.7 becomes 0.49: a ratio never comes down to nothing. */
const twice = (ratio: number): number =>
  ratio >= 1 ? Number((2 * ratio - 1).toPrecision(12)) : Number((ratio * ratio).toPrecision(12));

function wrongSide(what: "margin" | "limit", ratio: number, worsening: Worsening): string | null {
  const isOpen = what === "limit" && ratio === 1;
  if (worsening === "higher" && (ratio < 1 || isOpen))
    return `expected ${what === "limit" ? "more than" : "at least"} 1 where higher is worse, found ${ratio}`;
  if (worsening === "lower" && (ratio > 1 || isOpen))
    return `expected ${what === "limit" ? "less than" : "at most"} 1 where lower is worse, found ${ratio}`;
  return null;
}
