/** What is remembered between ticks. Written by `decide` alone, committed by compare-and-swap. Plain JSON. */
import type { Evidence } from "../analysis/evidence.ts";
import type { Verdict } from "../analysis/verdict.ts";
import type { Step } from "./steps/index.ts";
import type { ArmPlan, TrafficPlan } from "./traffic.ts";

export const phases = ["idle", "progressing", "paused", "promoted", "aborted"] as const;
export type Phase = (typeof phases)[number];

/** How a release ended. `undecided`: a deadline passed without enough evidence. `passed`: a shadow release that ends without promotion. */
export const outcomes = ["promoted", "rolledBack", "aborted", "undecided", "unmeasurable", "passed"] as const;
export type Outcome = (typeof outcomes)[number];

export interface Status {
  readonly phase: Phase;
  /** 1 for the first release, one more for each next. 0: none was ever started. */
  readonly release: number;
  readonly salt: string;
  readonly stable: ArmPlan;
  /** What is (or was last) being released; null when nothing ever was. */
  readonly canary: ArmPlan | null;
  /** The stable before the last promotion: where `undo` goes. */
  readonly previous: ArmPlan | null;
  /** Frozen at the start of the release. */
  readonly steps: readonly Step[];
  /** Index into steps; steps.length when all are done. */
  readonly step: number;
  /** What the current step remembers (its own plain JSON). */
  readonly memory: unknown;
  /** When the current step was entered, and when the router first reported its plan live (null: not yet). */
  readonly enteredAt: number;
  readonly liveAt: number | null;
  /** The plan that is wanted. */
  readonly plan: TrafficPlan;
  /** First plan version of the present stage: ticks of earlier plans are not evidence for it. */
  readonly stagePlan: number;
  readonly evidence: Readonly<Record<string, Evidence>>;
  readonly verdicts: Readonly<Record<string, Verdict>>;
  /** Weighted average of the gates' evidence for harm, natural logarithm; rolls back at ln(1/alpha). */
  readonly logHarm: number;
  /** Everything before this moment was measured, by gate. */
  readonly measuredTo: Readonly<Record<string, number>>;
  /** Why it is paused, aborted or holding, in words. */
  readonly reason: string;
  readonly pausedBy: "person" | "step" | "undecided" | null;
  readonly outcome: Outcome | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly wakeAt: number | null;
}
