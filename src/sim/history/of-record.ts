/** The series of a release that Serin itself recorded. */
import type { Counts, Histogram, Measurement, Tick } from "../../analysis/measurement.ts";
import type { RolloutEvent } from "../../rollout/events.ts";
import { outcomes, type Outcome } from "../../rollout/outcome.ts";
import type { ReleaseRecord } from "../record.ts";
import type { Series, Span, Ticks } from "./series.ts";

export function seriesOfRecord({ rollout, release, commits, measurements }: ReleaseRecord): Series {
  const counts = new Map<string, Tick<Counts>[]>();
  const histograms = new Map<string, Tick<Histogram>[]>();
  const means = new Map<string, Extract<Ticks, { readonly kind: "mean" }>>();
  const values = new Map<string, Tick<number | null>[]>();
  const watched = commits.find((commit) => commit.events.some(({ type }) => type === "watching"))?.version ?? Infinity;
  for (const { gate, measurement, version } of measurements) {
    // a watch measures again what was measured, and then no canary
    if (version > watched) break;
    if (measurement.kind === "mean") means.set(gate, longer(means.get(gate), measurement));
    if (measurement.kind === "values") put(values, gate, [numbersOf(gate, measurement)]);
    if (measurement.kind === "counts") put(counts, gate, measurement.ticks);
    if (measurement.kind === "histogram") put(histograms, gate, measurement.ticks);
  }
  const gates: [string, Ticks][] = [
    ...[...counts].map(([gate, ticks]): [string, Ticks] => [gate, { kind: "counts", ticks }]),
    ...[...histograms].map(([gate, ticks]): [string, Ticks] => [gate, { kind: "histogram", ticks }]),
    ...means,
    ...[...values].map(([gate, ticks]): [string, Ticks] => [gate, { kind: "values", ticks }]),
  ];
  const events = commits.flatMap((commit) => commit.events);
  const splits = commits
    .filter(({ version }) => version <= watched)
    .flatMap((commit) => commit.events.flatMap(splitIn));
  return {
    name: `${rollout} release ${release}`,
    gates: Object.fromEntries(gates),
    arms: "both",
    splits,
    ended: events.map(endIn).findLast((outcome) => outcome !== null) ?? null,
  };
}

type Of<Kind extends Measurement["kind"]> = Measurement & { readonly kind: Kind };

/** Amounts of one range; where a document changed it, those of the new one. */
function longer(known: Extract<Ticks, { readonly kind: "mean" }> | undefined, { floor, cap, ticks }: Of<"mean">) {
  const before = known?.floor === floor && known.cap === cap ? known.ticks : [];
  return { kind: "mean" as const, floor, cap, ticks: [...before, ...ticks] };
}

/** A `series` gate's own number; of several others nothing is told apart here. */
const numbersOf = (gate: string, { window, stable, canary }: Of<"values">): Tick<number | null> => ({
  at: window.to,
  plan: 0,
  stable: stable[gate] ?? null,
  canary: canary[gate] ?? null,
});

function put<S>(into: Map<string, S[]>, gate: string, ticks: readonly S[]): void {
  const known = into.get(gate) ?? [];
  known.push(...ticks);
  into.set(gate, known);
}

const splitIn = (event: RolloutEvent): Span[] =>
  event.type === "planLive" && event.canary !== null && event.weight + event.mirror > 0
    ? [{ from: event.at, weight: event.weight, mirror: event.mirror }]
    : [];

function endIn(event: RolloutEvent): Outcome | null {
  if (event.type === "promoted" || event.type === "rolledBack" || event.type === "aborted") return event.type;
  if (event.type === "returned") return "rolledBack";
  return event.type === "ended" ? (outcomes.find((outcome) => outcome === event.outcome) ?? null) : null;
}
