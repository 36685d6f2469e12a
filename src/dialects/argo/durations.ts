/** Argo writes spans as Go does, and pauses also as bare seconds. */
import { formatDuration } from "../../rollout/amounts.ts";
import { goDuration } from "../durations.ts";
import type { Part } from "../manifest.ts";

/** Milliseconds; null where nothing is said. What cannot be read is told as a mistake. */
export function spanOf(part: Part): number | null {
  const said = part.amount();
  if (said === undefined) return null;
  const ms = typeof said === "number" || /^\d+$/.test(said) ? Number(said) * 1000 : goDuration(said);
  if (ms === null) part.mistake("expected a duration such as 30s, or seconds");
  return ms;
}

/** Whole seconds, at least one: what Serin's sources can be asked about. */
export const secondsOf = (ms: number): string => formatDuration(Math.max(1000, Math.round(ms / 1000) * 1000));
