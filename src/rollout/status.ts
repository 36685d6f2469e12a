/** What is remembered between ticks. Written by `decide` alone, committed by compare-and-swap. Plain JSON. */
import type { Evidence } from "../analysis/evidence.ts";
import type { Strip } from "../analysis/strip.ts";
import type { Verdict } from "../analysis/verdict.ts";
import type { HookMemory } from "./hook.ts";
import type { Outcome } from "./outcome.ts";
import type { Step } from "./steps/index.ts";
import type { ArmPlan, TrafficPlan } from "./traffic.ts";
import type { Watch } from "./watch.ts";

export const phases = ["idle", "progressing", "paused", "promoted", "aborted"] as const;
export type Phase = (typeof phases)[number];

/** Whether a release has begun and not ended. */
export const isUnderway = ({ phase }: { readonly phase: Phase }): boolean =>
  phase === "progressing" || phase === "paused";

/** What is remembered of rounds. `asked` and `passed` are of step `step` alone. */
export interface Rounds {
  /** Failed rounds of the release, and when the last of them was. */
  readonly failed: number;
  readonly failedAt: number;
  readonly step: number;
  /** The number of the last round that was over, from 1. Rounds that were missed have numbers too. */
  readonly asked: number;
  readonly passed: number;
  /** Why the last round did not pass; empty when it did. */
  readonly objection: string;
}

export interface Status {
  readonly phase: Phase;
  /** 1 for the first release, one more for each next. 0: none was ever started. */
  readonly release: number;
  /** The rollout's own chance, given when it was added; every release's salt derives from it. */
  readonly seed: string;
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
  /** Whether the current step has begun: before that it waits for backends and hooks, and asks for no split. */
  readonly begun: boolean;
  /** Whether a person has approved the current step. */
  readonly approved: boolean;
  /** When the current step became the current one, moved on by the time a person paused it. */
  readonly enteredAt: number;
  /** When the router first reported the wanted plan (null: not yet). */
  readonly liveAt: number | null;
  readonly pausedAt: number | null;
  /** The plan that is wanted. */
  readonly plan: TrafficPlan;
  /** First plan version of the present stage: ticks of earlier plans are not evidence for it. */
  readonly stagePlan: number;
  /** When that stage began: when the router first reported its plan. 0 while it has not. */
  readonly stageAt: number;
  readonly evidence: Readonly<Record<string, Evidence>>;
  readonly verdicts: Readonly<Record<string, Verdict>>;
  /** The A/A strip by gate, where the source slices stable; see `analysis/strip.ts`. */
  readonly strips?: Readonly<Record<string, Strip>>;
  /** Weighted average of the gates' evidence for harm, natural logarithm; rolls back at ln(1/alpha). */
  readonly logHarm: number;
  /** Everything before this moment was measured, by gate. */
  readonly measuredTo: Readonly<Record<string, number>>;
  readonly hooks: Readonly<Record<string, HookMemory>>;
  /** Only of a release that counts by rounds; see `rounds.ts`. */
  readonly rounds?: Rounds;
  /** The arms as the document had them when it was last looked at: a change there is a wish, a repetition is none. */
  readonly written: { readonly stable: ArmPlan; readonly canary: ArmPlan | null };
  /** Why it is paused, aborted or holding, in words. */
  readonly reason: string;
  readonly pausedBy: "person" | "step" | "undecided" | null;
  readonly outcome: Outcome | null;
  /** Only while what was promoted is watched; see `watch.ts`. */
  readonly watch?: Watch;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly wakeAt: number | null;
}
