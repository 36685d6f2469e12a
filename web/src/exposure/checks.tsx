/** Whether the split is what it should be. A check that could not be made says so; it is never a tick. */
import type { Overview } from "../../../src/http/wire-pages.ts";
import { drawsWords, isSplitWrong, movesWords } from "../../../src/http/pages/exposure-words.ts";
import { Glyph } from "../ui/mark.tsx";
import { Section } from "../ui/section.tsx";
import type { Mark } from "../words/lights.ts";
import { evidence, measured, rough, share } from "../words/numbers.ts";

interface Check {
  readonly title: string;
  readonly words: string;
  readonly state: "good" | "bad" | "unknown";
}

const looks: Readonly<Record<Check["state"], Pick<Mark, "shape" | "tone"> & { readonly word: string }>> = {
  good: { shape: "check", tone: "good", word: "holds" },
  bad: { shape: "cross", tone: "bad", word: "does not hold" },
  unknown: { shape: "dash", tone: "quiet", word: "not known" },
};

interface Props {
  readonly overview: Overview;
  readonly logSplit: number | null;
}

export function Checks({ overview, logSplit }: Props) {
  const checks = [
    shareCheck(overview),
    splitCheck(overview, logSplit),
    planCheck(overview),
    stayCheck(overview),
    groundCheck(overview),
  ];
  return (
    <Section title="Checks on the split">
      <div className="rounded-xl border border-line bg-surface">
        <ul>
          {checks.map(({ title, words, state }) => (
            <li key={title} className="flex gap-3 border-b border-line px-4 py-3 last:border-0">
              <span className="pt-0.5">
                <Glyph {...looks[state]} size={18} />
              </span>
              <p>
                <span className="font-medium">{title}</span> <span className="sr-only">{looks[state].word}</span>
                <span className="block text-sm text-soft">{words}</span>
              </p>
            </li>
          ))}
        </ul>
      </div>
    </Section>
  );
}

/** Within this of what is wanted: chance over ten seconds is wider than any fault of rounding. */
const NEAR = 0.5;

function shareCheck({ rollout: { phase, weight, liveWeight, live } }: Overview): Check {
  const title = "The share is the one that is wanted";
  if (phase !== "progressing" && phase !== "paused")
    return { title, words: "Nothing is being released.", state: "unknown" };
  if (liveWeight === null || live === null)
    return { title, words: "There is no traffic to measure it by.", state: "unknown" };
  const near = Math.abs(liveWeight - weight) <= Math.max(50, weight * NEAR);
  return {
    title,
    words: `${share(weight)} wanted, ${measured(liveWeight)} over the last ${Math.round(live.windowMs / 1000)} seconds.`,
    state: near ? "good" : "bad",
  };
}

/** Where people keep their arm newcomers draw; where every request is assigned alone each does. */
function splitCheck({ rollout: { live } }: Overview, logSplit: number | null): Check {
  const title = "Chance alone explains the split";
  const draws = live?.draws ?? null;
  if (draws !== null) return { title, words: drawsWords(draws), state: isSplitWrong(draws) ? "bad" : "good" };
  if (logSplit === null) return { title, words: "Not tested: nobody has drawn an arm yet.", state: "unknown" };
  const words = `Evidence against it is ${evidence(logSplit)} of the 100 that would be an alarm.`;
  return { title, words, state: isSplitWrong({ log: logSplit }) ? "bad" : "good" };
}

function planCheck({ rollout: { plan, live, liveAt } }: Overview): Check {
  const title = "The gateway has the plan that is wanted";
  if (live?.plan === undefined || live.plan === null)
    return { title, words: "The gateway does not say which plan it has.", state: "unknown" };
  const same = live.plan === plan.version && liveAt !== null;
  return {
    title,
    words: `Version ${plan.version} is wanted, version ${live.plan} is live.`,
    state: same ? "good" : "bad",
  };
}

function stayCheck({ rollout: { plan, live } }: Overview): Check {
  const title = "Nobody changes sides without a reason";
  if ("request" in plan.unit)
    return { title, words: "Every request is assigned alone here: people do change sides.", state: "unknown" };
  const moves = live?.moves ?? null;
  if (moves === null) return { title, words: "The gateway does not say just now who met both arms.", state: "unknown" };
  return { title, words: movesWords(moves), state: moves.flipped === 0 ? "good" : "bad" };
}

/** The A/A strip as a tick; its picture is `ground.tsx`. */
function groundCheck({ rollout: { strips, plan } }: Overview): Check {
  const title = "Stable does not look harmful against itself";
  if (strips.length === 0) {
    const why =
      "request" in plan.unit
        ? "each request is assigned by a toss of its own, so what hangs together is tossed apart"
        : "no gate counts failures by what Serin's gateway records, or nothing was counted yet";
    return { title, words: `Not tested: ${why}.`, state: "unknown" };
  }
  const words = strips.map(
    ({ gate, crossed, slices, expected }) =>
      `${gate}: ${crossed} of ${slices.length} slices crossed, ${rough(expected)} expected at most`,
  );
  const firm = strips.every(({ ground }) => ground === "valid");
  return { title, words: `${words.join("; ")}.`, state: firm ? "good" : "bad" };
}
