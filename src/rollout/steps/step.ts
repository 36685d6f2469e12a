/** What every kind of step is asked, and what it may answer. */
import type { Outcome } from "../outcome.ts";

/** The gates that act, sorted by what their verdicts say in the present stage. Names. */
export interface Standing {
  readonly passed: readonly string[];
  /** Measured, and neither safe nor harmful so far. */
  readonly undecided: readonly string[];
  /** No data, or the source could not be asked: never evidence for anything. */
  readonly unmeasured: readonly string[];
}

/** The moment a step is asked about. Its plan is live by then. */
export interface Scene {
  readonly now: number;
  /** Since when the step has been running, milliseconds; time paused by a person does not count. */
  readonly since: number;
  readonly standing: Standing;
  readonly whenUndecided: "hold" | "advance" | "rollback";
  /** Whether a person has approved since the step was entered. */
  readonly approved: boolean;
  /** Rounds of the step so far, see `check.ts`: those that are over, and those of them that passed. */
  readonly rounds: { readonly asked: number; readonly passed: number };
}

export type Answer =
  | { readonly is: "done"; readonly reason: string }
  /** Goes on by itself, at `until` at the latest (null: with the next measurement). */
  | { readonly is: "running"; readonly until: number | null }
  /** Waits for a person, or for evidence that a person may replace. */
  | { readonly is: "waiting"; readonly for: "person" | "approval" | "evidence"; readonly reason: string }
  /** The release ends here and stable serves everybody. */
  | { readonly is: "over"; readonly outcome: Outcome; readonly reason: string };

/** One kind of step. `O` are its options as remembered. */
export interface StepKind<O> {
  /** The split it asks for, basis points; nothing said is left as it is. */
  split?(options: O): { readonly canaryWeight?: number; readonly mirrorWeight?: number };
  ask(options: O, scene: Scene): Answer;
  /** How long it takes at most, milliseconds, as far as that is known. */
  takes(options: O): number;
}
