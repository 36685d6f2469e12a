/** What states look like: a shape, a word and a tone. Any two of the three are enough. */
import type { GateView, RolloutSummary } from "../../../src/http/wire.ts";
import type { Light } from "../../../src/http/wire-pages.ts";

export type Shape = "ring" | "dot" | "check" | "cross" | "warn" | "pause" | "question" | "dash" | "back";
export type Tone = "good" | "bad" | "wait" | "accent" | "quiet";

export interface Mark {
  readonly shape: Shape;
  readonly tone: Tone;
  readonly word: string;
}

const marks: Readonly<Record<Light, Mark>> = {
  serving: { shape: "dash", tone: "quiet", word: "serving" },
  watching: { shape: "ring", tone: "accent", word: "watching" },
  safe: { shape: "check", tone: "good", word: "shown safe" },
  harming: { shape: "warn", tone: "bad", word: "harming" },
  waiting: { shape: "pause", tone: "wait", word: "needs you" },
  blind: { shape: "question", tone: "wait", word: "cannot see" },
  promoted: { shape: "check", tone: "good", word: "promoted" },
  takenBack: { shape: "back", tone: "quiet", word: "taken back" },
};

/** What a newer server says and this page does not know yet: the word as it came, and no alarm. */
const unknown = (word: string): Mark => ({ shape: "ring", tone: "quiet", word });

const outcomes: Partial<Record<NonNullable<RolloutSummary["outcome"]>, Mark>> = {
  rolledBack: { shape: "cross", tone: "bad", word: "rolled back" },
  aborted: { shape: "back", tone: "quiet", word: "aborted" },
  undecided: { shape: "question", tone: "wait", word: "undecided" },
  unmeasurable: { shape: "question", tone: "wait", word: "not measurable" },
  passed: { shape: "check", tone: "good", word: "passed" },
};

/** A rollout's mark; an ended release says how it ended. */
export function markOf(light: Light, outcome: RolloutSummary["outcome"]): Mark {
  if (light === "takenBack" && outcome !== null) return outcomes[outcome] ?? marks.takenBack;
  return Object.hasOwn(marks, light) ? marks[light] : unknown(light);
}

export const outcomeMark = (outcome: RolloutSummary["outcome"]): Mark =>
  outcome === null ? marks.watching : outcome === "promoted" ? marks.promoted : (outcomes[outcome] ?? marks.takenBack);

const verdicts: Readonly<Record<NonNullable<GateView["verdict"]>, Mark>> = {
  pass: { shape: "check", tone: "good", word: "pass" },
  fail: { shape: "cross", tone: "bad", word: "fail" },
  inconclusive: { shape: "ring", tone: "accent", word: "not enough evidence" },
  error: { shape: "question", tone: "wait", word: "cannot measure" },
};

/** A gate's verdict. One that only reports never looks like a danger. */
export function verdictMark({ verdict, dryRun }: Pick<GateView, "verdict" | "dryRun">): Mark {
  const mark =
    verdict === null
      ? { shape: "dash" as const, tone: "quiet" as const, word: "not judged yet" }
      : Object.hasOwn(verdicts, verdict)
        ? verdicts[verdict]
        : unknown(verdict);
  return dryRun ? { ...mark, tone: "quiet", word: `${mark.word}, reports only` } : mark;
}
