/** How loud an event is, for eyes. */
import type { Severity } from "../rollout/events.ts";

/** One sign each that every chat can show. */
export const marks: Readonly<Record<Severity, string>> = {
  good: "\u2705",
  bad: "\u{1f6a8}",
  attention: "\u26a0\ufe0f",
  info: "\u2139\ufe0f",
};

/** 0xRRGGBB */
export const colours: Readonly<Record<Severity, number>> = {
  good: 0x2e7d32,
  bad: 0xc62828,
  attention: 0xef6c00,
  info: 0x546e7a,
};

/** "#c62828" */
export const hexOf = (severity: Severity): string => `#${colours[severity].toString(16).padStart(6, "0")}`;
