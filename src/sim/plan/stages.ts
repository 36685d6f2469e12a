/** A strategy's steps as stages: one split each, and how long it lasts. */
import { nameOf, plannedMs, splitOf, type Step } from "../../rollout/steps/index.ts";
import { FULL_WEIGHT } from "../../rollout/traffic.ts";

export interface Stage {
  /** From 0. */
  readonly index: number;
  readonly stages: number;
  /** Basis points. */
  readonly weight: number;
  readonly mirror: number;
  /** How long it lasts at most as planned; what people take is not known and not counted. */
  readonly ms: number;
  /** Whether it also waits for a person. */
  readonly waits: boolean;
  /** Whether gates must have shown safety for it to end; whether it ends early then, and its least time. */
  readonly judges: boolean;
  readonly early: boolean;
  readonly atLeastMs: number;
}

/** What the two arms are compared on in a stage: units of both arms a second, and the canary's share of them. */
export interface Split {
  readonly perSecond: number;
  readonly share: number;
}

export function stagesOf(steps: readonly Step[]): readonly Stage[] {
  const begins = steps.flatMap((step, i) => (splitOf(step) === null ? [] : [i]));
  let [weight, mirror] = [0, 0];
  return begins.map((from, index): Stage => {
    const split = splitOf(steps[from]);
    weight = split?.canaryWeight ?? weight;
    mirror = split?.mirrorWeight ?? mirror;
    const own = steps.slice(from, begins[index + 1] ?? steps.length);
    return { index, stages: begins.length, weight, mirror, ms: plannedMs(own), waits: own.some(waits), ...endOf(own) };
  });
}

const waits = (step: Step): boolean => nameOf(step) === "approve" || ("pause" in step && step.pause.forMs === null);

function endOf(own: readonly Step[]): Pick<Stage, "judges" | "early" | "atLeastMs"> {
  const analyses = own.flatMap((step) => ("analyze" in step ? [step.analyze] : []));
  const others = plannedMs(own.filter((step) => !("analyze" in step)));
  const least = analyses.reduce(
    (sum, { early, atLeastMs, forMs }) => sum + (early ? Math.min(atLeastMs, forMs) : forMs),
    0,
  );
  return { judges: analyses.length > 0, early: analyses.some(({ early }) => early), atLeastMs: others + least };
}

/** Null where there is nothing to compare: nobody meets the canary, or everybody does. */
export function splitAt({ weight, mirror }: Pick<Stage, "weight" | "mirror">, perSecond: number): Split | null {
  // a copy is compared with the request that it is a copy of
  if (weight === 0 && mirror > 0) return { perSecond: (2 * perSecond * mirror) / FULL_WEIGHT, share: 0.5 };
  return weight === 0 || weight === FULL_WEIGHT ? null : { perSecond, share: weight / FULL_WEIGHT };
}
