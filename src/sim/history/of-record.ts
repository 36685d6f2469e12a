/** The series of a release that Serin itself recorded. */
import type { Counts, Histogram, Tick } from "../../analysis/measurement.ts";
import type { RolloutEvent } from "../../rollout/events.ts";
import { outcomes, type Outcome } from "../../rollout/outcome.ts";
import type { ReleaseRecord } from "../record.ts";
import type { Series, Span, Ticks } from "./series.ts";

export function seriesOfRecord({ rollout, release, commits, measurements }: ReleaseRecord): Series {
  const counts = new Map<string, Tick<Counts>[]>();
  const histograms = new Map<string, Tick<Histogram>[]>();
  for (const { gate, measurement } of measurements) {
    if (measurement.kind === "counts") put(counts, gate, measurement.ticks);
    if (measurement.kind === "histogram") put(histograms, gate, measurement.ticks);
  }
  const gates: [string, Ticks][] = [
    ...[...counts].map(([gate, ticks]): [string, Ticks] => [gate, { kind: "counts", ticks }]),
    ...[...histograms].map(([gate, ticks]): [string, Ticks] => [gate, { kind: "histogram", ticks }]),
  ];
  const events = commits.flatMap((commit) => commit.events);
  return {
    name: `${rollout} release ${release}`,
    gates: Object.fromEntries(gates),
    arms: "both",
    splits: events.flatMap(splitIn),
    ended: events.map(endIn).findLast((outcome) => outcome !== null) ?? null,
  };
}

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
  return event.type === "ended" ? (outcomes.find((outcome) => outcome === event.outcome) ?? null) : null;
}
