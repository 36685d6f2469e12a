/** The steps of a release. A step is data in the status; its behaviour is one file and one line in this registry. */
import { z } from "zod";
import { exactlyOne, theOne } from "../choice.ts";
import { analyze, analyzeSchema, type Analyze } from "./analyze.ts";
import { approve, approveSchema, type Approve } from "./approve.ts";
import { check, checkSchema, type Check } from "./check.ts";
import { end, endSchema, type End } from "./end.ts";
import { mirror, mirrorSchema, type Mirror } from "./mirror.ts";
import { pause, pauseSchema, type Pause } from "./pause.ts";
import { setWeight, setWeightSchema, type SetWeight } from "./set-weight.ts";
import type { Answer, Scene, StepKind } from "./step.ts";

export type { Answer, Scene, Standing } from "./step.ts";

export type Step =
  | { readonly setWeight: SetWeight }
  | { readonly pause: Pause }
  | { readonly analyze: Analyze }
  | { readonly check: Check }
  | { readonly approve: Approve }
  | { readonly mirror: Mirror }
  | { readonly end: End };

const kinds = { setWeight, pause, analyze, check, approve, mirror, end };
export type StepName = keyof typeof kinds;
const names = Object.keys(kinds) as readonly StepName[];

/** One step as written: exactly one of the kinds, e.g. `setWeight: 5` or `analyze: { for: 10m }`. */
export const stepSchema = z
  .strictObject({
    setWeight: setWeightSchema.optional(),
    pause: pauseSchema.optional(),
    analyze: analyzeSchema.optional(),
    check: checkSchema.optional(),
    approve: approveSchema.optional(),
    mirror: mirrorSchema.optional(),
    end: endSchema.optional(),
  })
  .meta(exactlyOne(names))
  .transform((written, ctx): Step => {
    const said = theOne(written, names, ctx);
    return said === null ? z.NEVER : ({ [said]: written[said] } as Step);
  });

/** What a step is called. */
export const nameOf = (step: Step): StepName => Object.keys(step)[0] as StepName;

function kindOf(step: Step): { readonly kind: StepKind<unknown>; readonly options: unknown } {
  const [name, options] = Object.entries(step)[0] as [StepName, unknown];
  return { kind: kinds[name], options };
}

/** Whether a step is done, goes on, waits for somebody or ends the release. */
export function ask(step: Step, scene: Scene): Answer {
  const { kind, options } = kindOf(step);
  return kind.ask(options, scene);
}

/** The split a step asks for; null when it changes nothing. A step with a split begins a stage. */
export function splitOf(step: Step): { readonly canaryWeight?: number; readonly mirrorWeight?: number } | null {
  const { kind, options } = kindOf(step);
  return kind.split?.(options) ?? null;
}

/** Whether a split lets anything at all reach the canary. */
export const sends = (split: { readonly canaryWeight?: number; readonly mirrorWeight?: number }): boolean =>
  (split.canaryWeight ?? 0) > 0 || (split.mirrorWeight ?? 0) > 0;

/** How long the steps take at most, milliseconds; waiting for people is not known and not counted. */
export function plannedMs(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => {
    const { kind, options } = kindOf(step);
    return sum + kind.takes(options);
  }, 0);
}

/** How many stages the steps have (at least 1), and in which of them step `index` lies, from 0. */
export function stageOf(steps: readonly Step[], index: number): { readonly stage: number; readonly stages: number } {
  const begins = steps.flatMap((step, i) => (splitOf(step) === null ? [] : [i]));
  return {
    stage: Math.max(0, begins.filter((i) => i <= index).length - 1),
    stages: Math.max(1, begins.length),
  };
}
