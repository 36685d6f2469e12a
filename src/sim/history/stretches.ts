/** A range of the past, cut into releases and the quiet times between them. */
import type { Window } from "../../analysis/measurement.ts";
import type { ArmLabels } from "../../analysis/metric.ts";

/** What was released then, and against what; nothing in a quiet time. */
export interface Stretch extends Window {
  readonly name: string;
  readonly stable: ArmLabels;
  readonly canary: ArmLabels | null;
}

/** A release as it is told of. Revisions that nobody said are the document's. */
export interface Told extends Window {
  readonly stable?: string | undefined;
  readonly canary?: string | undefined;
}

export interface Labelled {
  readonly stable: ArmLabels;
  readonly canary: ArmLabels | null;
}

/** Shorter than this a time between releases shows nothing. */
const SHORTEST_MS = 60_000;

/**
 * Releases as they are told of, within the range, and what lies between. In a quiet time stable is what the next release
 * was compared with, or what the last one left behind where none follows.
 */
export function stretchesOf(range: Window, told: readonly Told[], document: Labelled): readonly Stretch[] {
  const releases = told
    .map((release) => releaseOf(range, release, document))
    .filter(({ from, to }) => to > from)
    .toSorted((a, b) => a.from - b.from);
  return [...releases, ...quietOf(range, releases, document.stable)].toSorted((a, b) => a.from - b.from);
}

function releaseOf(range: Window, { from, to, stable, canary }: Told, document: Labelled): Stretch {
  const known = document.canary ?? document.stable;
  return {
    name: `${canary ?? known.revision} of ${new Date(from).toISOString().slice(0, 16)}Z`,
    from: Math.max(from, range.from),
    to: Math.min(to, range.to),
    stable: labelled(document.stable, stable),
    canary: labelled(known, canary),
  };
}

const labelled = ({ revision, backends }: ArmLabels, said: string | undefined): ArmLabels => ({
  revision: said ?? revision,
  backends,
});

function quietOf(range: Window, releases: readonly Stretch[], stable: ArmLabels): Stretch[] {
  const quiet: Stretch[] = [];
  let from = range.from;
  for (const [i, to] of [...releases.map((release) => release.from), range.to].entries()) {
    const before = releases[i]?.stable ?? stable;
    if (to - from >= SHORTEST_MS) quiet.push({ name: "quiet", from, to, stable: before, canary: null });
    from = Math.max(from, releases[i]?.to ?? from);
  }
  return quiet;
}
