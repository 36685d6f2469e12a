/**
 * From raw samples to what was counted. A counter says how much there was since its process began, so what was counted
 * is the difference of two scrapes of one process: exact, never spread over time that was not scraped (`rate` and
 * `increase` of PromQL extrapolate, and give 1.07 errors where there was one).
 */
import type { Labels } from "./api.ts";

/** Samples of one series: epoch milliseconds and what the counter said. */
export interface Series<T> {
  readonly labels: Labels;
  /** Tells apart what stands under the same labels. */
  readonly role: string;
  readonly samples: readonly (readonly [at: number, value: T])[];
}

/** What one process counted between two scrapes. */
export interface Rise<T> {
  readonly target: string;
  readonly from: number;
  readonly to: number;
  readonly of: readonly { readonly labels: Labels; readonly role: string; readonly rise: T }[];
}

/** What was scraped of one process, oldest first. */
export interface Target<T> {
  readonly name: string;
  readonly scrapes: readonly number[];
  readonly rises: readonly Rise<T>[];
}

/** Now minus before; null when that cannot be: the process began anew. */
export type Minus<T> = (now: T, before: T) => T | null;

/** Series of one scraped process have these in common. Where they were taken away, all are taken for one. */
const targetOf = ({ job = "", instance = "", pod = "" }: Labels): string =>
  [instance || pod, job].filter((part) => part !== "").join(" of ");

export function targetsOf<T>(series: readonly Series<T>[], minus: Minus<T>): readonly Target<T>[] {
  const byTarget = Map.groupBy(series, ({ labels }) => targetOf(labels));
  return [...byTarget].map(([name, all]) => {
    const scrapes = scrapesOf(all);
    const rises = scrapes.slice(1).map((now, i) => riseOf(name, scrapes[i], now, minus));
    return { name, scrapes: scrapes.map(({ at }) => at), rises };
  });
}

interface Scrape<T> {
  readonly at: number;
  readonly values: ReadonlyMap<Series<T>, T>;
}

/** All series of a scrape have its time. */
function scrapesOf<T>(all: readonly Series<T>[]): readonly Scrape<T>[] {
  const byTime = new Map<number, Map<Series<T>, T>>();
  for (const series of all) {
    for (const [at, value] of series.samples) {
      const values = byTime.get(at) ?? new Map<Series<T>, T>();
      byTime.set(at, values.set(series, value));
    }
  }
  return [...byTime].map(([at, values]) => ({ at, values })).toSorted((a, b) => a.at - b.at);
}

/**
 * A process that began anew resets all its counters at once: one that fell shows it for the others, which may have
 * passed their old value already. A series that appears in a process that was scraped before began at 0: the first
 * error ever is an error.
 */
function riseOf<T>(target: string, before: Scrape<T>, now: Scrape<T>, minus: Minus<T>): Rise<T> {
  const differences = [...now.values].map(([series, value]) => {
    const old = before.values.get(series);
    return { series, value, rise: old === undefined ? value : minus(value, old) };
  });
  const reset = differences.some(({ rise }) => rise === null);
  return {
    target,
    from: before.at,
    to: now.at,
    of: differences.map(({ series: { labels, role }, value, rise }) => ({
      labels,
      role,
      rise: reset || rise === null ? value : rise,
    })),
  };
}
