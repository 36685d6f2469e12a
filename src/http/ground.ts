/** The A/A strip as the API shows it: how each slice of stable fares against the rest, and whether the promise holds. Pure. */
import { hasCrossed, hasGivenWay, judgeStrip, slicesShown } from "../analysis/strip.ts";
import { gatesOf } from "../rollout/gates.ts";
import { countingOf } from "../rollout/ground.ts";
import type { Spec } from "../rollout/spec.ts";
import type { Status } from "../rollout/status.ts";
import type { StripView } from "./wire.ts";

type Strips = Pick<Status, "strips">;

/** One for each gate whose source slices stable. */
export function stripViews(spec: Spec, { strips }: Strips): StripView[] {
  return gatesOf(spec).flatMap((gate) => {
    const strip = strips?.[gate.name];
    if (strip === undefined || gate.kind !== "failures") return [];
    const counting = countingOf(gate);
    const { ground, crossed, expected, phi, phiUpper, reason } = judgeStrip(strip, counting);
    const slices = slicesShown(strip).map((slice) => ({ ...slice, crossed: hasCrossed(slice.logHarm) }));
    return [{ gate: gate.name, counting, ground, crossed, expected, phi, phiUpper, sentence: reason, slices }];
  });
}

/** Most of the time there are none, and nothing is to be worked out. */
const givenWay = ({ strips = {} }: Strips): Strips => ({
  strips: Object.fromEntries(Object.entries(strips).filter(([, strip]) => hasGivenWay(strip))),
});

/** What is to be said of the promise where too many slices have crossed: " In this release it does not hold for failures: ..." */
export function groundWords(spec: Spec, strips: Strips): string {
  const lost = stripViews(spec, givenWay(strips));
  return lost.map(({ gate, sentence }) => ` In this release it does not hold for ${gate}: ${sentence}.`).join("");
}

/** The same in short, for the sentence that says where a release stands. */
export function lostWords(spec: Spec, strips: Strips): string {
  const lost = stripViews(spec, givenWay(strips));
  return lost
    .map(
      ({ gate, crossed, slices }) =>
        ` The promise of ${gate} is void: ${crossed} of ${slices.length} slices of stable crossed.`,
    )
    .join("");
}
