/** The A/A strip as the API shows it: how each slice of stable fares against the rest, and whether the promise holds. Pure. */
import { hasCrossed, judgeStrip, slicesShown } from "../analysis/strip.ts";
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

/** What is to be said of the promise where too many slices have crossed: " In this release it does not hold for failures: ..." */
export function groundWords(spec: Spec, strips: Strips): string {
  const lost = stripViews(spec, strips).filter(({ ground }) => ground !== "valid");
  return lost.map(({ gate, sentence }) => ` In this release it does not hold for ${gate}: ${sentence}.`).join("");
}
