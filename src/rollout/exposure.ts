/** Who met what in a release, as people where units are people: what a router that counts them can say. */
import { z } from "zod";
import type { Gate } from "../analysis/metric.ts";
import type { Verdict } from "../analysis/verdict.ts";

const count = z.number().min(0);
const people = count.nullable();

/** One arm, while the release was under way. */
export const metSchema = z.strictObject({
  requests: count,
  failures: count,
  units: people.describe("distinct units (people, where assignment is sticky)"),
  unitsFailed: people.describe("of them, those that met a failure"),
  sessions: people.describe("their visits: somebody who comes back after a pause of 30 minutes begins another"),
  forced: people.describe("distinct units that a forced match sent here; in none of the other numbers"),
});
export type Met = z.infer<typeof metSchema>;

/** How many people met both arms, and why. */
export const movesSchema = z.strictObject({
  cameOver: count.describe("met stable first and the canary later, as the share grew"),
  movedBack: count.describe("met the canary first and stable later, as the share was lowered"),
  fellBack: count.describe("were to meet the canary, of which no backend could be reached, so that stable was asked"),
  forced: count.describe("were assigned to one arm and sent to the other by a forced match"),
  flipped: count.describe("met both where neither the share nor a match explains it"),
});
export type Moves = z.infer<typeof movesSchema>;

/** An alarm for the plumbing: evidence that newcomers did not draw their arms by the weights. */
export const drawsSchema = z.strictObject({
  newcomers: count.describe("people who drew an arm, each once a release"),
  log: z.number().describe("ln of the evidence that the split is not as wanted; an alarm at ln 100, at any time"),
});
export type Draws = z.infer<typeof drawsSchema>;

export const exposureSchema = z.strictObject({
  salt: z.string().nullable().describe("of the release that is counted"),
  since: z
    .number()
    .describe("since when it is counted, epoch milliseconds: the release's start, or a gateway's that died"),
  exact: z.boolean().describe("false where there were so many people that they are estimated, within about 1 %"),
  stable: metSchema,
  canary: metSchema,
  moves: movesSchema.nullable().describe("null where each request is assigned alone"),
});
export type Exposure = z.infer<typeof exposureSchema>;

/** How many more failed than would have on stable, as a gate on failures has compared them. */
export const extraSchema = z.strictObject({
  gate: z.string(),
  about: z.string().describe("what is counted, e.g. people that met a failure"),
  best: z.number().describe("the canary's failures above as many at stable's rate; below 0 where there were fewer"),
  low: z.number().nullable().describe("at least so many, at all times at once; null where nothing can be said"),
  high: z.number().nullable().describe("at most so many"),
});
export type Extra = z.infer<typeof extraSchema>;

/**
 * Null where the gate has not compared the arms. The interval is the ratio's, which holds at all times at once, at the
 * rate that stable showed.
 */
export function extraOf(gate: Gate, verdict: Verdict | undefined): Extra | null {
  if (gate.kind !== "failures" || verdict === undefined) return null;
  const { canaryN = 0, canaryBad = 0, stableN = 0, stableBad = 0, ratioLow, ratioHigh } = verdict.numbers;
  if (canaryN === 0 || stableN === 0) return null;
  const expected = (stableBad / stableN) * canaryN;
  const beyond = (ratio: number | undefined) => (ratio === undefined || expected === 0 ? null : expected * (ratio - 1));
  const about = gate.failures.count === "requests" ? "requests that failed" : "people that met a failure";
  return { gate: gate.name, about, best: canaryBad - expected, low: beyond(ratioLow), high: beyond(ratioHigh) };
}
