/** The A/A history of a `series` gate, from the record of a release in which both arms ran the same version. */
import { SerinError } from "../errors.ts";
import { historyOf } from "../rollout/series.ts";
import { blockLength } from "../stats/series.ts";
import type { ReleaseRecord } from "./record.ts";

export interface Alike {
  /** [stable, canary], oldest first: as the gate's `history` takes them. */
  readonly pairs: readonly (readonly [stable: number, canary: number])[];
  /** How much neighbours resemble each other at most, and the blocks that this asks for. */
  readonly correlation: number;
  readonly block: number;
  /** What the arms were called. */
  readonly revisions: readonly [stable: string, canary: string] | null;
}

/** Throws NOT_FOUND where nothing of that gate was recorded. */
export function alikeIn({ rollout, release, commits, measurements }: ReleaseRecord, gate: string): Alike {
  const pairs = measurements.flatMap(({ gate: whose, measurement }) => {
    if (whose !== gate || measurement.kind !== "values") return [];
    const [stable, canary] = [measurement.stable[gate] ?? null, measurement.canary[gate] ?? null];
    return stable === null || canary === null ? [] : [[stable, canary] as const];
  });
  if (pairs.length < 2)
    throw new SerinError("NOT_FOUND", `release ${release} of ${rollout} has no numbers of a series gate named ${gate}`);
  const started = commits.flatMap(({ events }) => events).find((event) => event.type === "started");
  const { correlation } = historyOf(pairs);
  const revisions = started?.type === "started" ? ([started.stable, started.canary] as const) : null;
  return { pairs, correlation, block: blockLength(correlation), revisions };
}
