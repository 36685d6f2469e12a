/** Spans of time that were not recorded, or not all of it: marked, never guessed. In ticks. */
import { formatDuration } from "../rollout/amounts.ts";
import { TICK_MS } from "./tick.ts";

/** More than anybody reads; the oldest go first. */
const MAX_GAPS = 600;

interface Gap {
  readonly from: number;
  to: number;
  readonly reason: string;
}

export class Gaps {
  #gaps: Gap[] = [];

  /** Marks [from, to). What follows a gap of the same reason makes it longer. */
  add(from: number, to: number, reason: string): void {
    const last = this.#gaps.at(-1);
    if (last?.reason === reason && from <= last.to) last.to = Math.max(last.to, to);
    else this.#gaps.push({ from, to, reason });
    if (this.#gaps.length > MAX_GAPS) this.#gaps.shift();
  }

  /** Drops what ended before a tick. */
  forget(before: number): void {
    if (this.#gaps.length > 0) this.#gaps = this.#gaps.filter((gap) => gap.to > before);
  }

  clear(): void {
    this.#gaps = [];
  }

  /** The gaps of [first, end) in words, what lies before `kept` included; null when there are none. */
  within(first: number, end: number, kept: number): string | null {
    const gaps = this.#gaps.filter((gap) => gap.from < end && gap.to > first);
    if (first < kept) gaps.unshift({ from: first, to: Math.min(end, kept), reason: "no longer or not yet kept" });
    if (gaps.length === 0) return null;
    return gaps
      .map((gap) => {
        const [from, to] = [Math.max(gap.from, first), Math.min(gap.to, end)];
        const began = new Date(from * TICK_MS).toISOString();
        return `${formatDuration((to - from) * TICK_MS)} from ${began}: ${gap.reason}`;
      })
      .join("; ");
  }
}
