/** Who met what in a release, as people where units are people: what a router that counts them can say. */
import { z } from "zod";

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
