/** What a simulation found, in plain words. */
import { isDeepStrictEqual } from "node:util";
import { rough, whole } from "../analysis/words.ts";
import type { Promised } from "../analysis/ruling.ts";
import type { Assumed } from "./assume.ts";
import { span } from "./plan/words.ts";
import type { Ending, Group, Simulated } from "./simulate.ts";

export const endingInWords: Readonly<Record<Ending, string>> = {
  promoted: "promoted",
  rolledBack: "rolled back",
  aborted: "aborted",
  undecided: "ended without enough evidence",
  unmeasurable: "could not be measured",
  passed: "ended as passed",
  waiting: "waiting for a person or for evidence",
  underway: "still under way",
};

/** "12.3 %", "0.05 %", "none" */
export const percent = (share: number): string => (share === 0 ? "none" : `${rough(share * 100)} %`);

/** One sentence: most likely first. */
export function simulatedSentence({ trials, horizonMs, endings }: Simulated): string {
  const found = (Object.entries(endings) as [Ending, Group][]).toSorted(([, a], [, b]) => b.count - a.count);
  const parts = found.map(([ending, { count, tookMs }]) => {
    const when = tookMs === null ? ` after ${span(horizonMs)}` : ` after ${span(tookMs.mean)} on average`;
    return `${whole(count)} ${endingInWords[ending]}${when}`;
  });
  return `Of ${whole(trials)} such releases ${parts.join(", ")}.`;
}

/** What the promise says about it: only where a canary as good as stable, or one that is worse, was assumed. */
export function promiseInWords({ endings, trials }: Simulated, assumed: Assumed, promised: Promised): string | null {
  const { stable, canary } = assumed;
  const alike = isDeepStrictEqual(canary.amounts, stable.amounts);
  const same =
    alike && canary.failures <= stable.failures && canary.medianMs <= stable.medianMs && canary.sigma <= stable.sigma;
  if (!same) return null;
  const { count = 0, interval: [low, high] = [0, 3 / trials] } = endings.rolledBack ?? {};
  const range = `${percent(low)} to ${percent(high)}`.replace("none to", "0 to");
  return `The canary is as good as stable: ${count === 0 ? "none was" : `${percent(count / trials)} were`} rolled back falsely (95 %: ${range}), and at most ${percent(promised.falseRollback)} is promised.`;
}
