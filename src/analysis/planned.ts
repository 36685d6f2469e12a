/**
 * The planned window of a `failures` gate: so many failures of both arms are planned to be looked at. Evidence that must
 * hold for ever spends part of its budget on a time after the release; within the window the mark that spends the
 * budget exactly is known (`stats/planned-window.ts`): 69 instead of 100 for 1,500 failures at 5 %.
 *
 *   within   19 of 20 parts of the gate's budget, all bets placed at the start, no overshoot given back
 *   after    the last part, with evidence that begins anew and may begin at any minute, as everywhere else
 *
 * so that the gate as a whole keeps its budget and the release is never without a guard. The mark is exact while the
 * canary's share stays what it was planned: another share ends the window, and units that do not come in that share
 * take the mark's advantage away. How many failures there were decides when the window ends, never whose they were.
 */
import { RATIO_WEIGHTS, ratiosBeyond } from "../stats/counts.ts";
import type { Block } from "../stats/inputs.ts";
import { plannedAlarm } from "../stats/planned-window.ts";
import type { Circumstances } from "./circumstances.ts";
import type { FailuresGate } from "./metric.ts";

/** Plain JSON of constant size. */
export interface Planned {
  readonly failures: number;
  /** The canary's share that the mark is for. */
  readonly share: number;
  /** ln of the evidence that rolls back within the window. */
  readonly mark: number;
  readonly seen: number;
  readonly over: boolean;
}

/** The part of the budget that is spent within the window. */
const WITHIN = 0.95;

/** ln of the mark within the window, for a gate that alone rolls back at `alarm`. */
export function plannedMark(share: number, margin: number, alarm: number, failures: number): number {
  return plannedAlarm(share, margin, WITHIN * Math.exp(-alarm), failures, ratiosBeyond(margin), RATIO_WEIGHTS);
}

/** The part of its budget that a gate with a window has left when that is over. */
export const AFTER_WINDOW = 1 - WITHIN;

/** Null where nothing is planned, or the share says nothing of where failures fall. */
export function openWindow({ failures }: FailuresGate, { share }: Circumstances, alarm: number): Planned | null {
  const { planned, margin } = failures;
  if (planned === undefined || share === undefined || !("ratio" in margin)) return null;
  if (alarm === Infinity || !(share > 0 && share < 1)) return null;
  return { failures: planned, share, mark: plannedMark(share, margin.ratio, alarm, planned), seen: 0, over: false };
}

/** Whether another share than the window's is live. */
export const isLeft = (planned: Planned, { share }: Circumstances): boolean =>
  share === undefined || Math.abs(share - planned.share) > 1e-9;

/** The window after one more block: over where it would hold more failures than are planned. */
export function counted(planned: Planned, { bad, bad0 }: Block): Planned {
  const seen = planned.seen + bad + bad0;
  return seen > planned.failures ? { ...planned, over: true } : { ...planned, seen };
}

/** From so many canary units on a share that is off by a quarter is no chance. */
const TELLING_UNITS = 400;
const OFF = 1.25;

/** What is added to ln of the evidence, so that it decides at the gate's alarm as everybody's does. */
export function allowance({ mark, share, over }: Planned, alarm: number, { n, n0 }: Block): number {
  if (over) return Math.log(AFTER_WINDOW);
  const expected = share * (n + n0);
  const fits = expected < TELLING_UNITS || (n < expected * OFF && n > expected / OFF);
  return fits ? alarm - mark : Math.log(WITHIN);
}

/** What the window adds to the reason of a verdict. */
export function windowInWords({ failures, seen, over }: Planned, whole: (n: number) => string): string {
  return over
    ? `the planned window of ${whole(failures)} failures is over: a twentieth of the budget guards what comes after it`
    : `planned window: ${whole(seen)} of ${whole(failures)} failures`;
}
