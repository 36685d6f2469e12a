/** What states look like: a shape and a word for each, and a tone for those who see colours. */
import type { Explanation, GateView, RolloutSummary, StepView } from "../../http/wire.ts";
import { outcomeWord } from "../exit.ts";
import type { Glyphs } from "../glyphs.ts";
import type { Tone } from "../paint.ts";

export interface Mark {
  readonly glyph: keyof Glyphs;
  readonly word: string;
  readonly tone: Tone;
}

const states: Readonly<Record<ReturnType<typeof outcomeWord>, Mark>> = {
  idle: { glyph: "next", word: "idle", tone: "dim" },
  running: { glyph: "current", word: "progressing", tone: "accent" },
  waiting: { glyph: "paused", word: "paused", tone: "attention" },
  watched: { glyph: "done", word: "promoted, watched", tone: "good" },
  promoted: { glyph: "done", word: "promoted", tone: "good" },
  passed: { glyph: "done", word: "passed", tone: "good" },
  rolledBack: { glyph: "failed", word: "rolled back", tone: "bad" },
  aborted: { glyph: "failed", word: "aborted", tone: "attention" },
  undecided: { glyph: "unsure", word: "undecided", tone: "attention" },
  unmeasurable: { glyph: "error", word: "unmeasurable", tone: "attention" },
};

type Stand = Pick<RolloutSummary, "phase" | "outcome" | "release" | "pausedBy"> & {
  readonly signals?: readonly { readonly verb: string }[];
  readonly watch?: object | null;
};

/** A release's state. A pause says who paused it. */
export function stateMark(view: Stand): Mark {
  const mark = states[outcomeWord(view)];
  if (mark.word !== "paused") return mark;
  if (view.pausedBy === "undecided") return { ...mark, word: "paused, undecided" };
  return view.pausedBy === "step" ? { ...mark, word: "waiting for a person" } : mark;
}

const steps: Readonly<Record<StepView["state"], Mark>> = {
  done: { glyph: "done", word: "done", tone: "good" },
  current: { glyph: "current", word: "current", tone: "accent" },
  next: { glyph: "next", word: "next", tone: "dim" },
  skipped: { glyph: "skipped", word: "skipped", tone: "dim" },
};

/** A step's state; the current step of a paused release shows the pause. */
export function stepMark({ state }: StepView, { phase }: Pick<RolloutSummary, "phase">): Mark {
  return state === "current" && phase === "paused"
    ? { glyph: "paused", word: "paused", tone: "attention" }
    : steps[state];
}

const gates: Readonly<Record<NonNullable<GateView["verdict"]>, Mark>> = {
  pass: { glyph: "done", word: "pass", tone: "good" },
  fail: { glyph: "failed", word: "fail", tone: "bad" },
  inconclusive: { glyph: "unsure", word: "inconclusive", tone: "accent" },
  error: { glyph: "error", word: "error", tone: "attention" },
};

/** A gate's verdict. One that only reports never looks like a danger. */
export function gateMark({ verdict, dryRun }: GateView): Mark {
  const mark = verdict === null ? { glyph: "next" as const, word: "not judged", tone: "dim" as const } : gates[verdict];
  return dryRun ? { ...mark, word: `${mark.word}, dry run`, tone: "dim" } : mark;
}

/** A hook by what it said last. Those on `rollback` ask for it with their yes. */
export function hookMark({ on, said }: Pick<Explanation["hooks"][number], "on" | "said">): Mark {
  if (said === null) return { glyph: "next", word: "not asked", tone: "dim" };
  if (said === "error") return { glyph: "error", word: "no answer", tone: "attention" };
  const agrees = (said === "yes") !== (on === "rollback");
  return agrees ? { glyph: "done", word: said, tone: "good" } : { glyph: "failed", word: said, tone: "attention" };
}
