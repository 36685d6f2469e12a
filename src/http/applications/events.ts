/** Events as applications write them: one, a list, or one a line. */
import { z } from "zod";
import type { ApplicationEvent, LiveSplit } from "../../metrics/events/book.ts";
import { eventNameSchema } from "../../metrics/events.ts";
import { SerinError } from "../../errors.ts";
import type { Status } from "../../rollout/status.ts";
import { isUnderway } from "../../rollout/status.ts";
import { name, nameSchema } from "../wire.ts";

/** In one request. */
const MOST = 10_000;
/** Of one kind in one event. */
const MOST_AT_ONCE = 1_000_000;

export const reportedSchema = name(
  "ReportedEvent",
  z
    .strictObject({
      rollout: nameSchema.describe("whose release it is about"),
      name: eventNameSchema.describe("what happened"),
      arm: z.enum(["stable", "canary"]).optional().describe("the arm it happened on, where that is known"),
      unit: z
        .string()
        .min(1)
        .max(1000)
        .optional()
        .describe("whom it happened to, as assignment names them: the arm follows from it"),
      value: z.number().min(-1e15).max(1e15).default(1).describe("how it went, or how much it was"),
      count: z.int().min(1).max(MOST_AT_ONCE).default(1).describe("so many alike"),
      at: z.int().min(0).max(1e14).optional().describe("when, epoch milliseconds; when it arrives unless said"),
      id: z.string().min(1).max(200).optional().describe("the same in every repetition, so that none counts twice"),
      pair: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .describe("what belongs together on both versions: the X-Request-Id of a copied request, a prompt"),
    })
    .refine((event) => event.arm !== undefined || event.unit !== undefined, "expected arm or unit, found neither"),
);

export type Reported = z.output<typeof reportedSchema>;

export const takenSchema = name(
  "TakenEvents",
  z.strictObject({
    taken: z.int().describe("count for gates"),
    late: z.int().describe("of a split that is no more, or of a span that has been judged"),
    duplicate: z.int().describe("had been taken before"),
    idle: z.int().describe("nothing is being released"),
    unassigned: z.int().describe("a unit, where units have no arm"),
    full: z.int().describe("more names or people than are kept"),
  }),
);

/** The events of a body. Throws USAGE with the place of what does not fit; nothing is taken of such a body. */
export function eventsIn(text: string, isLines: boolean): readonly Reported[] {
  const written = isLines ? linesOf(text) : listOf(jsonOf(text, "the body"));
  if (written.length > MOST)
    throw new SerinError("USAGE", `${written.length} events at once: expected at most ${MOST}`);
  return written.map((event, i) => {
    const found = reportedSchema.safeParse(event);
    if (found.success) return found.data;
    const { path, message } = found.error.issues[0];
    throw new SerinError(
      "USAGE",
      `${isLines ? "line" : "event"} ${i + 1}: ${[path.join("."), message].filter((part) => part !== "").join(": ")}`,
    );
  });
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

const linesOf = (text: string): readonly unknown[] =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line, i) => jsonOf(line, `line ${i + 1}`));

function jsonOf(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SerinError("USAGE", `${what} is no JSON`, { cause });
  }
}

export const eventOf = (reported: Reported, now: number): ApplicationEvent => ({
  name: reported.name,
  arm: reported.arm ?? null,
  unit: reported.unit ?? null,
  value: reported.value,
  count: reported.count,
  at: reported.at ?? now,
  id: reported.id ?? null,
  pair: reported.pair ?? null,
});

/** The split that events belong to; null while nothing is being released, or the plan is not known to be live. */
export function liveSplit(status: Status): LiveSplit | null {
  const { plan, liveAt } = status;
  if (!isUnderway(status) || liveAt === null || plan.canary === null) return null;
  const { version, salt, canaryWeight, unit } = plan;
  return { plan: version, since: liveAt, salt, canaryWeight, knowsUnits: !("request" in unit) };
}
