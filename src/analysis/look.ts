/** What the last look at a gate's metric was, and what is remembered of looks that gave nothing. */
import type { Measurement } from "./measurement.ts";

export interface Look {
  /** `none` before the first; `data` when something was counted. */
  last: "none" | "data" | "noData" | "error";
  /** Why there was no data, or what went wrong; empty otherwise. */
  why: string;
  /** Spans that were not recorded, and why the last was not. */
  gaps: number;
  gap: string;
  /** Everything before this moment was looked at, epoch milliseconds; 0 before the first look. */
  to: number;
}

/** Notes are kept short, so that evidence stays small whatever a source says. */
const LONGEST = 160;
const short = (text: string) => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`);

export const firstLook: Look = { last: "none", why: "", gaps: 0, gap: "", to: 0 };

/** The look after a measurement. A gap is counted and its reason kept; nothing is guessed. */
export function looked(before: Look, measurement: Measurement): Look {
  const { kind, window } = measurement;
  if (kind === "noData" || kind === "error") {
    return { ...before, last: kind, why: short(measurement.reason), to: window.to };
  }
  const { gaps, gap } = before;
  if (measurement.gap === undefined) return { last: "data", why: "", gaps, gap, to: window.to };
  return { last: "data", why: "", gaps: gaps + 1, gap: short(measurement.gap), to: window.to };
}

/** The look after a measurement that cannot be used. */
export function lookFailed(before: Look, measurement: Measurement, why: string): Look {
  return { ...before, last: "error", why: short(why), to: measurement.window.to };
}
