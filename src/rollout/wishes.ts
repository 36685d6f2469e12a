/**
 * What a changed document wishes. A change of an arm is a wish; what the document said before and still says is none,
 * for since then a release may have made the canary stable.
 */
import { startRelease, type Draft } from "./draft.ts";
import { abort } from "./finish.ts";
import { armPlan } from "./initial.ts";
import { stepsOf } from "./strategies/index.ts";
import { sameArm, type ArmPlan } from "./traffic.ts";
import { endWatch } from "./watching.ts";

/** Who starts what a document asks for. */
const DOCUMENT = "the document";

/** Follows the document's arms where they have changed. */
export function followDocument(draft: Draft): void {
  const { spec, status } = draft;
  const written = { stable: armPlan(spec.stable), canary: spec.canary === undefined ? null : armPlan(spec.canary) };
  const before = status.written;
  const first = status.release === 0 && before.canary === null;
  if (!sameArm(written.stable, before.stable)) followStable(draft, written.stable);
  if (!sameArm(written.canary, before.canary)) followCanary(draft, written.canary, first);
  if (!sameArm(written.stable, before.stable) || !sameArm(written.canary, before.canary)) draft.set({ written });
}

/** Other backends of the same revision are taken at once; another revision is a release that went out by other means. */
function followStable(draft: Draft, stable: ArmPlan): void {
  if (draft.underway && stable.revision !== draft.status.stable.revision)
    abort(draft, DOCUMENT, `it names ${stable.revision} as stable now`);
  if (isWatched(draft, stable)) return moveWatched(draft, stable);
  draft.set({ stable });
  endWatch(draft, `the document names ${stable.revision} as stable now`);
  draft.want({ stable });
}

function followCanary(draft: Draft, canary: ArmPlan | null, first: boolean): void {
  if (canary === null) {
    if (draft.underway && !first) abort(draft, DOCUMENT, "it names no canary any more");
    return;
  }
  const { status } = draft;
  if (isWatched(draft, canary)) return moveWatched(draft, canary);
  if (draft.underway && canary.revision === status.canary?.revision) return moveCanary(draft, canary);
  if (draft.underway) abort(draft, DOCUMENT, `it names ${canary.revision} as the canary now`);
  // what serves everybody already needs no release
  if (sameArm(canary, status.stable)) return;
  endWatch(draft, `${canary.revision} is to be released`);
  startRelease(draft, canary, stepsOf(draft.spec.strategy), DOCUMENT);
}

/** Whether it is what was promoted and is watched. */
const isWatched = ({ status: { watch, stable } }: Draft, { revision }: ArmPlan): boolean =>
  watch !== undefined && stable.revision === revision;

/** What was promoted answers elsewhere: of a watch it is the other arm. */
function moveWatched(draft: Draft, arm: ArmPlan): void {
  draft.set({ stable: arm, canary: arm });
  draft.want({ canary: arm });
}

/** The same revision answers elsewhere. */
function moveCanary(draft: Draft, canary: ArmPlan): void {
  draft.set({ canary });
  if (draft.status.plan.canary !== null) draft.want({ canary });
}
