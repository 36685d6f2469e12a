/** Which rises belong to which interval, and what is to be told of those that belong to none. */
import type { Arm, Window } from "../../analysis/measurement.ts";
import { SerinError } from "../../errors.ts";
import { formatDuration } from "../../rollout/amounts.ts";
import type { Rise, Target } from "./rises.ts";

export interface Span {
  readonly window: Window;
  /** Length of an interval, milliseconds. */
  readonly every: number;
  /** When the present plan went live: what was counted before belongs to another. */
  readonly since: number;
}

/** Rises by the interval in which they end: 0 is the window's first. */
export interface Placed<T> {
  readonly byInterval: ReadonlyMap<number, readonly Rise<T>[]>;
  readonly gaps: readonly string[];
}

/** Scrapes may be missed; what was counted over more than so many intervals is of no one interval. */
const LONGEST = 3;

/** How far back samples are needed: the last scrape before the window, however late. */
export const lookback = (every: number): number => LONGEST * every;

export function place<T>(arm: Arm, targets: readonly Target<T>[], { window, every, since }: Span): Placed<T> {
  const limit = lookback(every);
  const ending = targets
    .flatMap(({ rises }) => rises)
    .filter(({ from, to }) => to > window.from && to <= window.to && from >= since);
  const long = ending.filter(({ from, to }) => to - from > limit);
  const byInterval = Map.groupBy(
    ending.filter((rise) => !long.includes(rise)),
    ({ to }) => Math.ceil((to - window.from) / every) - 1,
  );
  const gaps = [
    ...long.map(({ target, from, to }) => `${of(arm, target)} was not scraped for ${formatDuration(to - from)}`),
    ...targets
      .filter((target) => vanished(target, window, limit))
      .map(({ name }) => `${of(arm, name)} has vanished: what it counted since its last scrape is not known`),
  ];
  return { byInterval, gaps };
}

const of = (arm: Arm, target: string) => (target === "" ? `a process of ${arm}` : `${target}, ${arm},`);

/** Told once: in the window in which it has been gone for so long. */
function vanished({ scrapes }: Target<unknown>, window: Window, limit: number): boolean {
  const gone = (scrapes.at(-1) ?? 0) + limit;
  return gone > window.from && gone <= window.to;
}

/** Scraped more rarely than compared, the arms would be counted in different intervals. Throws SOURCE_FAILED. */
export function requireScrapes(targets: readonly Target<unknown>[], every: number): void {
  const spacings = targets.flatMap(({ rises }) => rises.map(({ from, to }) => to - from));
  const least = Math.min(...spacings);
  if (spacings.length === 0 || least <= every * 1.2) return;
  const message = `the series are scraped every ${formatDuration(Math.round(least / 1000) * 1000)} and compared every ${formatDuration(every)}: set interval to no less than the scrape interval`;
  throw new SerinError("SOURCE_FAILED", message);
}
