/**
 * Recorded time that is asked for: each gate's own question, put to its source about a stretch of the past, in pieces
 * that a source answers at once. In a quiet time both arms are asked about as stable, and what stable counted is what
 * there is to split.
 */
import type { Counts, Histogram, Measurement, Tick, Window } from "../../analysis/measurement.ts";
import type { Gate, Query, Split } from "../../analysis/metric.ts";
import type { MetricSource } from "../../engine/ports.ts";
import { everyOf } from "../../rollout/due.ts";
import { paceOf } from "../../rollout/gates.ts";
import type { Series, Ticks } from "./series.ts";
import type { Stretch } from "./stretches.ts";

export interface Asking {
  /** The source of a gate with these settings. */
  readonly open: (source: Gate["source"]) => MetricSource;
  readonly signal: AbortSignal;
  /** Told of each answer. */
  readonly progress?: () => void;
}

export interface Asked {
  readonly series: Series;
  /** What could not be asked, or was not all recorded, and why. */
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
}

/** So many intervals are asked for at once. */
const PIECE = 240;

/** Throws SOURCE_FAILED. */
export async function seriesAsked(gates: readonly Gate[], stretch: Stretch, asking: Asking): Promise<Asked> {
  const found: Record<string, Ticks> = {};
  const skipped: Asked["skipped"][number][] = [];
  const skip = (gate: Gate, why: string) => skipped.push({ name: `${gate.name}, ${stretch.name}`, why });
  for (const gate of gates) {
    const answer = await gateAsked(gate, stretch, asking);
    if ("why" in answer) skip(gate, answer.why);
    else {
      found[gate.name] = answer.ticks;
      if (answer.gap !== undefined) skip(gate, `not all of it was recorded: ${answer.gap}`);
    }
  }
  const arms = stretch.canary === null ? "one" : "both";
  return { series: { name: stretch.name, gates: found, arms, splits: [], ended: null }, skipped };
}

/** How many answers that takes: what progress is measured by. */
export const answersFor = (gates: readonly Gate[], stretch: Stretch): number =>
  gates.reduce((sum, gate) => sum + windowsOf(gate, stretch).length, 0);

type Answer = { readonly ticks: Ticks; readonly gap?: string | undefined } | { readonly why: string };

async function gateAsked(gate: Gate, stretch: Stretch, asking: Asking): Promise<Answer> {
  const windows = windowsOf(gate, stretch);
  if (paceOf(gate) === null)
    return { why: `its source ${Object.keys(gate.source).join()} cannot be asked about the past` };
  if (windows.length === 0) return { why: "it is shorter than an interval" };
  const source = asking.open(stretch.canary === null ? asStable(gate.source) : gate.source);
  if (gate.kind === "threshold" || gate.kind === "series") return valuesAsked(gate, windows, stretch, source, asking);
  const query = queryOf(gate, splitOf(stretch));
  if (query === null) return { why: `a ${gate.kind} gate cannot be tried on what others have recorded` };
  const measured: Measurement[] = [];
  for (const window of windows) {
    measured.push(await source.measure(query, window, asking.signal));
    asking.progress?.();
  }
  return counted(measured, stretch);
}

/** A limit looks at each of its intervals; everything else is asked for in pieces. Whole intervals on the grid of round times. */
function windowsOf(gate: Gate, { from, to }: Window): readonly Window[] {
  const pace = paceOf(gate);
  if (pace === null) return [];
  const own = everyOf(gate);
  const every = own ?? pace.intervalMs;
  const [first, end] = [Math.ceil(from / every) * every, Math.floor(to / every) * every];
  const length = own === null ? PIECE * every : every;
  const pieces = Math.max(0, Math.ceil((end - first) / length));
  return Array.from({ length: pieces }, (_, i) => ({
    from: first + i * length,
    to: Math.min(end, first + (i + 1) * length),
  }));
}

const splitOf = ({ from, stable, canary }: Stretch): Split => ({
  plan: 0,
  since: from,
  stable,
  canary: canary ?? stable,
});

function queryOf(gate: Gate, split: Split): Query | null {
  if (gate.kind === "failures")
    return { ask: "counts", failures: gate.failures.of, count: "requests", traffic: "live", split };
  if (gate.kind === "mean" && !gate.mean.pairs)
    return { ask: "mean", floor: gate.mean.floor, cap: gate.mean.cap, pairs: false, split };
  return gate.kind === "latency" ? { ask: "histogram", count: "requests", traffic: "live", split } : null;
}

function counted(measured: readonly Measurement[], { canary }: Stretch): Answer {
  const counts = measured.flatMap((one) => (one.kind === "counts" ? one.ticks : []));
  const times = measured.flatMap((one) => (one.kind === "histogram" ? one.ticks : []));
  const means = measured.filter((one) => one.kind === "mean");
  const alone = canary === null;
  const gap = measured.map((one) => ("gap" in one ? one.gap : undefined)).find((one) => one !== undefined);
  if (counts.length > 0)
    return { ticks: { kind: "counts", ticks: alone ? counts.map(withoutCanary(none)) : counts }, gap };
  if (times.length > 0)
    return { ticks: { kind: "histogram", ticks: alone ? times.map(withoutCanary(empty)) : times }, gap };
  if (means.length > 0) {
    // a value that is shared out between two points cannot be given away
    if (alone) return { why: "amounts of one version cannot be split into two" };
    const [{ floor, cap }] = means;
    return { ticks: { kind: "mean", floor, cap, ticks: means.flatMap(({ ticks }) => ticks) }, gap };
  }
  const silent = measured.find((one) => one.kind === "noData");
  return { why: silent === undefined ? "nothing was counted" : silent.reason };
}

const none: Counts = { n: 0, bad: 0 };
const empty: Histogram = { done: [], carried: [] };
const withoutCanary =
  <S>(nothing: S) =>
  (tick: Tick<S>): Tick<S> => ({ ...tick, canary: nothing });

async function valuesAsked(
  gate: Gate & { readonly kind: "threshold" | "series" },
  windows: readonly Window[],
  stretch: Stretch,
  source: MetricSource,
  { signal, progress }: Asking,
): Promise<Answer> {
  const split = splitOf(stretch);
  const value = gate.kind === "threshold" ? gate.threshold.value : gate.series.value;
  const numberOf = async (arm: "stable" | "canary", window: Window) => {
    const measured = await source.measure({ ask: "value", value, arm, split }, window, signal);
    return measured.kind === "value" ? measured.value : null;
  };
  const ticks: Tick<number | null>[] = [];
  for (const window of windows) {
    const [stable, canary] = await Promise.all([numberOf("stable", window), numberOf("canary", window)]);
    ticks.push({ at: window.to, plan: 0, stable, canary });
    progress?.();
  }
  return { ticks: { kind: "values", ticks } };
}

/** The same questions with stable's words in both arms: {{arm}} is stable, and words of the document's own are stable's. */
export function asStable(source: Gate["source"]): Gate["source"] {
  const filled = JSON.parse(JSON.stringify(source).replaceAll(/\{\{\s*arm\s*\}\}/g, "stable")) as Record<
    string,
    Settings
  >;
  return Object.fromEntries(
    Object.entries(filled).map(([name, settings]) => [name, { ...settings, canary: settings["stable"] }]),
  );
}
type Settings = Readonly<Record<string, unknown>>;
