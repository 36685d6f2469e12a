/** The strategies: each is a function from its options to steps, one file and one line in this registry. */
import { z } from "zod";
import { exactlyOne, theOne } from "../choice.ts";
import type { Step } from "../steps/index.ts";
import { abTestSchema, abTestSteps, type AbTest } from "./ab-test.ts";
import { blueGreenSchema, blueGreenSteps, type BlueGreen } from "./blue-green.ts";
import { canarySchema, canarySteps, type Canary } from "./canary.ts";
import { shadowSchema, shadowSteps, type Shadow } from "./shadow.ts";

export type StrategySpec =
  | { readonly canary: Canary }
  | { readonly blueGreen: BlueGreen }
  | { readonly abTest: AbTest }
  | { readonly shadow: Shadow };

const strategies = ["canary", "blueGreen", "abTest", "shadow"] as const;

/** A strategy as written: exactly one of the kinds. */
export const strategySchema = z
  .strictObject({
    canary: canarySchema.optional().describe("a growing share of live traffic, each share judged by the gates"),
    blueGreen: blueGreenSchema.optional().describe("tried on copies of requests, then everybody at once"),
    abTest: abTestSchema.optional().describe("a fixed share for a fixed time"),
    shadow: shadowSchema.optional().describe("copies of requests only; nobody meets it"),
  })
  .meta(exactlyOne(strategies))
  .transform((written, ctx): StrategySpec => {
    const said = theOne(written, strategies, ctx);
    return said === null ? z.NEVER : ({ [said]: written[said] } as StrategySpec);
  });

/** What a strategy means, step by step. */
export function stepsOf(strategy: StrategySpec): readonly Step[] {
  if ("canary" in strategy) return canarySteps(strategy.canary);
  if ("blueGreen" in strategy) return blueGreenSteps(strategy.blueGreen);
  return "abTest" in strategy ? abTestSteps(strategy.abTest) : shadowSteps(strategy.shadow);
}

/** What a strategy is called. */
export const strategyName = (strategy: StrategySpec): string => Object.keys(strategy)[0];
