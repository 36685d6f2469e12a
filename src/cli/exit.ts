/** Exit codes: what a pipeline may branch on. The same table stands in `serin --help` and in docs/cli.md. */
import type { Outcome } from "../rollout/outcome.ts";
import type { Phase } from "../rollout/status.ts";

export const exits = {
  ok: 0,
  internal: 1,
  usage: 2,
  harm: 3,
  permission: 4,
  undecided: 5,
  unmeasurable: 6,
  aborted: 7,
  waiting: 8,
  interrupted: 130,
} as const;

export const exitMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [exits.ok, "promoted, or done"],
  [exits.internal, "Serin failed, or the request does not fit what the rollout is doing"],
  [exits.usage, "the command, a document or the environment is wrong"],
  [exits.harm, "rolled back because harm was found"],
  [exits.permission, "no token, or not allowed"],
  [exits.undecided, "ended without enough evidence"],
  [exits.unmeasurable, "could not measure"],
  [exits.aborted, "aborted by a person"],
  [exits.waiting, "still running, or waiting for a person, when the time was up"],
  [exits.interrupted, "interrupted"],
];

/** A shadow release that ends as it should is never promoted: `passed` is its good end. */
const byOutcome: Readonly<Record<Outcome, number>> = {
  promoted: exits.ok,
  passed: exits.ok,
  rolledBack: exits.harm,
  aborted: exits.aborted,
  undecided: exits.undecided,
  unmeasurable: exits.unmeasurable,
};

interface Stand {
  readonly phase: Phase;
  readonly outcome: Outcome | null;
  readonly release: number;
  readonly signals?: readonly { readonly verb: string }[];
  /** What was promoted, while it is watched. */
  readonly watch?: object | null;
}

/** A release that was asked for and not yet begun counts as under way. */
const begins = new Set(["start", "retry", "undo"]);

/** Whether the last release has ended, nobody watches what came of it, and none is about to begin. */
export function decided({ outcome, watch = null, signals = [] }: Stand): boolean {
  return outcome !== null && watch === null && !signals.some(({ verb }) => begins.has(verb));
}

/** 0 where nothing was ever released, 8 while a release is under way, else what its outcome says. */
export function exitOf(stand: Stand): number {
  if (stand.outcome !== null && decided(stand)) return byOutcome[stand.outcome];
  return stand.release === 0 && (stand.signals ?? []).length === 0 ? exits.ok : exits.waiting;
}

/** The outcome as the summary line has it: while there is none, what is going on. */
export function outcomeWord(stand: Stand): Outcome | "running" | "waiting" | "watched" | "idle" {
  if (stand.outcome !== null && decided(stand)) return stand.outcome;
  if (exitOf(stand) === exits.ok) return "idle";
  if (stand.phase === "promoted" && (stand.watch ?? null) !== null) return "watched";
  return stand.phase === "paused" ? "waiting" : "running";
}
