/** Recorded traffic: what was counted tick by tick, of both arms or of one. */
import type { Counts, Histogram, Measurement, Tick } from "../../analysis/measurement.ts";
import type { Outcome } from "../../rollout/outcome.ts";

/** Ticks of one gate, oldest first. */
export type Ticks =
  | { readonly kind: "counts"; readonly ticks: readonly Tick<Counts>[] }
  | { readonly kind: "histogram"; readonly ticks: readonly Tick<Histogram>[] }
  | { readonly kind: "mean"; readonly ticks: readonly MeanTick[]; readonly floor: number; readonly cap: number }
  /** One number of each arm an interval, by the interval's end. */
  | { readonly kind: "values"; readonly ticks: readonly Tick<number | null>[] };

export type MeanTick = (Measurement & { readonly kind: "mean" })["ticks"][number];

/** A split that was live from a moment on, basis points. */
export interface Span {
  readonly from: number;
  readonly weight: number;
  readonly mirror: number;
}

/** One stretch of recorded time. */
export interface Series {
  /** What it is called, e.g. the file's name. */
  readonly name: string;
  /** By the gate that it was recorded for; "" where nobody said. */
  readonly gates: Readonly<Record<string, Ticks>>;
  /** Whether a canary was there. Where it was not, the time was quiet: nothing was released. */
  readonly arms: "both" | "one";
  /** The splits of the release, oldest first; none where they are not known. */
  readonly splits: readonly Span[];
  /** How the release ended then, if that is known. */
  readonly ended: Outcome | null;
}

/** [from, to) of everything that was recorded, epoch milliseconds; null for nothing. */
export function extentOf({ gates }: Series): { readonly from: number; readonly to: number } | null {
  const all = Object.values(gates).map(({ ticks }) => ticks as readonly Tick<unknown>[]);
  const ends = all.filter((ticks) => ticks.length > 0).map((ticks) => [ticks[0].at, ticks[ticks.length - 1].at]);
  if (ends.length === 0) return null;
  return { from: Math.min(...ends.map(([from]) => from)), to: Math.max(...ends.map(([, to]) => to)) + stepOf(all) };
}

/** How long the last tick may have lasted: as long as most do. */
function stepOf(all: readonly (readonly Tick<unknown>[])[]): number {
  const steps = all
    .flatMap((ticks) => ticks.slice(1).map((tick, i) => tick.at - ticks[i].at))
    .filter((step) => step > 0)
    .toSorted((a, b) => a - b);
  return steps[steps.length >> 1] ?? 1000;
}

type Of<Kind extends Ticks["kind"]> = (Ticks & { readonly kind: Kind })["ticks"];

/** The gate's own ticks, else those of another gate that counted the same kind of thing. */
export function ticksOf<Kind extends Ticks["kind"]>({ gates }: Series, gate: string, kind: Kind): Of<Kind> | null {
  const own = gates[gate];
  const found = own?.kind === kind ? own : Object.values(gates).find((ticks) => ticks.kind === kind);
  return (found?.ticks ?? null) as Of<Kind> | null;
}

/** The ticks that begin in [from, to). */
export function within<T extends { readonly at: number }>(ticks: readonly T[], from: number, to: number): readonly T[] {
  return ticks.slice(firstFrom(ticks, from), firstFrom(ticks, to));
}

/** Index of the first tick at or after a moment, by bisection. */
function firstFrom(ticks: readonly { readonly at: number }[], at: number): number {
  let [low, high] = [0, ticks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ticks[middle].at < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
