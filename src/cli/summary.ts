/**
 * How a release stands, for programs: the last line of `run`, `wait` and `status`, which log scrapers and shell scripts
 * take apart. Keys keep their names and their order; new ones are added at the end.
 *
 *     outcome=promoted release=3 revision=v2 rollout=shop stable=v2 step=4/4 share=0 seconds=83
 */
import type { RolloutView } from "../http/wire.ts";
import { clean } from "./clean.ts";
import { exitOf, exits, outcomeWord } from "./exit.ts";

export interface Summary {
  readonly outcome: ReturnType<typeof outcomeWord>;
  readonly release: number;
  readonly revision: string;
  readonly rollout: string;
  readonly stable: string;
  /** Steps done, of how many. */
  readonly step: string;
  /** The canary's share that is wanted, in percent. */
  readonly share: number;
  /** How long the release took, or has taken until now. */
  readonly seconds: number;
  /** The exit code that belongs to it. */
  readonly exit: number;
  readonly sentence: string;
}

/** `idle`: what was asked for needs no release, whatever became of the last one. */
export function summarize(view: RolloutView, now: number, idle = false): Summary {
  const { name, release, stable, canary, step, steps, weight, startedAt, endedAt, sentence } = view;
  const took = startedAt === null ? 0 : (endedAt ?? now) - startedAt;
  return {
    outcome: idle ? "idle" : outcomeWord(view),
    release,
    revision: idle ? stable : (canary ?? stable),
    rollout: name,
    stable,
    step: `${Math.min(step, steps)}/${steps}`,
    share: weight / 100,
    seconds: Math.max(0, Math.round(took / 1000)),
    exit: idle ? exits.ok : exitOf(view),
    sentence,
  };
}

/** Words of it that would not survive splitting at blanks and `=` are in JSON's quotes. */
const word = (value: string | number) => {
  const text = clean(String(value));
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
};

export function summaryLine({ exit: _exit, sentence: _sentence, ...line }: Summary): string {
  return Object.entries(line)
    .map(([key, value]) => `${key}=${word(value)}`)
    .join(" ");
}
