/**
 * What events mean to somebody on call. One alarm a release: what wants a person raises it, what goes on or was settled clears
 * it, and whoever sends the same twice says nothing new.
 */
import { z } from "zod";
import type { JournalEntry } from "../engine/ports.ts";
import { severity, type RolloutEvent } from "../rollout/events.ts";

export type Alarm = "raise" | "clear" | "none";

export function alarmOf(event: RolloutEvent): Alarm {
  switch (event.type) {
    // Somebody settled it, or it goes on.
    case "aborted":
    case "undone":
    case "resumed":
    case "approved":
    case "stepEntered":
      return "clear";
    case "watchEnded":
      return event.measured ? "clear" : "raise";
    // Whoever asked has been told already.
    case "signalRefused":
      return "none";
    default:
      return alarms[severity(event)];
  }
}

const alarms = { bad: "raise", attention: "raise", good: "clear", info: "none" } as const;

/** Which Serin speaks, where several tell one service: it is part of every alarm's key. */
export const sourceSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, "expected letters, digits and . _ -, at most 100")
  .default("serin")
  .describe("the name of this Serin, where several tell one service: their alarms are kept apart by it");

/** "serin.shop.3": no rollout's name holds a dot. */
export const alarmKey = (source: string, { rollout, event }: JournalEntry): string =>
  `${source}.${rollout}.${event.type === "test" ? "test" : event.release}`;
