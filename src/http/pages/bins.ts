/**
 * Numbers over time in constant memory: bins of equal length that are merged two by two when there are too many, so that a
 * release of a minute shows its seconds and one of a day its minutes.
 */
import type { Arm, Counts, Histogram, Measurement } from "../../analysis/measurement.ts";
import { momentsOf } from "../../stats/spread.ts";
import type { Compared } from "../wire-pages.ts";

/** Bins a release has at most. */
export const MOST = 1440;
/** Length of the first bins, milliseconds. */
const SHORTEST_MS = 1000;

/** Finished requests by bucket. */
export type Buckets = Map<number, number>;

/** One gate in one bin: sums of what was measured, and how it stood at the end. */
export interface GateBin {
  stable: Counts;
  canary: Counts;
  stableBuckets: Buckets;
  canaryBuckets: Buckets;
  value: number | null;
  /** Amounts, or numbers of an interval: how many, and their sum. */
  amounts: Readonly<Record<Arm, Summed>>;
  compared: Compared | null;
  logHarm: number | null;
  logSafe: number | null;
}

export interface Summed {
  readonly n: number;
  readonly sum: number;
}

export interface Bin {
  /** Begins at index x length. */
  index: number;
  wanted: number | null;
  logHarm: number | null;
  readonly gates: Map<string, GateBin>;
}

const none: Counts = { n: 0, bad: 0 };

const emptyGate = (): GateBin => ({
  stable: none,
  canary: none,
  stableBuckets: new Map(),
  canaryBuckets: new Map(),
  value: null,
  amounts: { stable: { n: 0, sum: 0 }, canary: { n: 0, sum: 0 } },
  compared: null,
  logHarm: null,
  logSafe: null,
});

export class Bins {
  lengthMs = SHORTEST_MS;
  all: Bin[] = [];

  get last(): Bin | undefined {
    return this.all.at(-1);
  }

  /** Whether a moment lies behind the last bin. */
  isNext(moment: number): boolean {
    return this.last === undefined || Math.floor(moment / this.lengthMs) > this.last.index;
  }

  /** The bin of a moment, which is never before the last. */
  at(moment: number): Bin {
    const index = Math.floor(moment / this.lengthMs);
    const last = this.all.at(-1);
    if (last !== undefined && last.index >= index) return last;
    const bin: Bin = { index, wanted: null, logHarm: null, gates: new Map() };
    this.all.push(bin);
    if (this.all.length <= MOST) return bin;
    this.#halve();
    return this.at(moment);
  }

  #halve(): void {
    this.lengthMs *= 2;
    this.all = merged(this.all, (bin) => bin.index >> 1);
  }
}

/** Bins that share a key become one, in their order. */
export function merged(bins: readonly Bin[], keyOf: (bin: Bin) => number): Bin[] {
  const found: Bin[] = [];
  for (const bin of bins) {
    const last = found.at(-1);
    const index = keyOf(bin);
    if (last?.index === index) found[found.length - 1] = joined(last, bin);
    else found.push({ ...bin, index });
  }
  return found;
}

function joined(a: Bin, b: Bin): Bin {
  const gates = new Map(a.gates);
  for (const [name, gate] of b.gates) {
    const before = gates.get(name);
    gates.set(name, before === undefined ? gate : joinedGate(before, gate));
  }
  return { index: a.index, wanted: b.wanted ?? a.wanted, logHarm: b.logHarm ?? a.logHarm, gates };
}

const joinedGate = (a: GateBin, b: GateBin): GateBin => ({
  stable: sum(a.stable, b.stable),
  canary: sum(a.canary, b.canary),
  stableBuckets: poured(new Map(a.stableBuckets), b.stableBuckets),
  canaryBuckets: poured(new Map(a.canaryBuckets), b.canaryBuckets),
  value: b.value ?? a.value,
  amounts: { stable: plus(a.amounts.stable, b.amounts.stable), canary: plus(a.amounts.canary, b.amounts.canary) },
  compared: b.compared ?? a.compared,
  logHarm: b.logHarm ?? a.logHarm,
  logSafe: b.logSafe ?? a.logSafe,
});

const plus = (a: Summed, b: Summed): Summed => ({ n: a.n + b.n, sum: a.sum + b.sum });
const sum = (a: Counts, b: Counts): Counts => ({ n: a.n + b.n, bad: a.bad + b.bad });

export function poured(into: Buckets, from: Iterable<readonly [number, number]>): Buckets {
  for (const [bucket, count] of from) into.set(bucket, (into.get(bucket) ?? 0) + count);
  return into;
}

/** Adds what was measured. */
export function addTo(bin: Bin, name: string, measurement: Measurement): void {
  const gate = bin.gates.get(name) ?? emptyGate();
  bin.gates.set(name, gate);
  if (measurement.kind === "value") gate.value = measurement.value;
  if (measurement.kind === "mean" || measurement.kind === "values") addAmounts(gate, name, measurement);
  if (measurement.kind === "counts")
    for (const { stable, canary } of measurement.ticks) {
      gate.stable = sum(gate.stable, stable);
      gate.canary = sum(gate.canary, canary);
    }
  if (measurement.kind === "histogram")
    for (const { stable, canary } of measurement.ticks) {
      gate.stable = sum(gate.stable, finished(stable));
      gate.canary = sum(gate.canary, finished(canary));
      poured(gate.stableBuckets, stable.done);
      poured(gate.canaryBuckets, canary.done);
    }
}

type Amounting = Measurement & { readonly kind: "mean" | "values" };

function addAmounts(gate: GateBin, name: string, measurement: Amounting): void {
  const of = (arm: Arm): Summed => {
    const { n, sum: before } = gate.amounts[arm];
    if (measurement.kind === "values") {
      const value = measurement[arm][name] ?? null;
      return value === null ? gate.amounts[arm] : { n: n + 1, sum: before + value };
    }
    const { floor, cap, ticks } = measurement;
    const moments = ticks.map((tick) => momentsOf(tick[arm].spread));
    return moments.reduce((all, one) => plus(all, { n: one.n, sum: one.n * floor + one.sum * (cap - floor) }), {
      n,
      sum: before,
    });
  };
  gate.amounts = { stable: of("stable"), canary: of("canary") };
}

const finished = ({ done }: Histogram): Counts => ({ n: done.reduce((n, [, count]) => n + count, 0), bad: 0 });
