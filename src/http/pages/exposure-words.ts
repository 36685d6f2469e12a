/** What an exposure says, as sentences that the command line and the dashboard share. Pure. */
import { evidence, whole } from "../../analysis/words.ts";
import type { Draws, Extra, Moves } from "../../rollout/exposure.ts";

/** "About 12 more people met a failure than would have on stable; between 3 and 31." */
export function extraWords(extra: Extra | null): string {
  if (extra === null) return "No gate counts failures here, so nobody can say how many more went wrong than on stable.";
  const { about, best, low, high } = extra;
  const what = about.replace(/^people that/, "more people").replace(/^requests that/, "more requests");
  const number = Math.round(best);
  const middle =
    number <= 0 ? `No ${what} than would have on stable` : `About ${whole(number)} ${what} than would have on stable`;
  return `${middle}${range(low, high)}.`;
}

function range(low: number | null, high: number | null): string {
  const [from, to] = [
    low === null ? 0 : Math.max(0, Math.floor(low)),
    high === null ? null : Math.max(0, Math.ceil(high)),
  ];
  if (to === 0) return "";
  if (to === null)
    return from === 0 ? "; how many there may be at most cannot be said yet" : `; at least ${whole(from)}`;
  return from === 0 ? `; at most ${whole(to)}` : `; between ${whole(from)} and ${whole(to)}`;
}

/** One false alarm in a hundred releases, however often anybody looks. */
const SPLIT_ALARM = Math.log(100);

export const isSplitWrong = ({ log }: Pick<Draws, "log">): boolean => log >= SPLIT_ALARM;

/** "2,310 people came for the first time; evidence that they did not draw by the weights is 0.1 of the 100 that are an alarm." */
export function drawsWords({ newcomers, log }: Draws): string {
  const against = isSplitWrong({ log })
    ? `${evidence(log)}, where 100 is an alarm`
    : `${evidence(log)} of the 100 that are an alarm`;
  return `${people(newcomers)} came for the first time; evidence that they did not draw by the weights is ${against}.`;
}

const people = (n: number) => (n === 1 ? "1 person" : `${whole(n)} people`);

/** "Nobody changed sides but for a reason: 812 people came over as the share grew." */
export function movesWords(moves: Moves): string {
  const { cameOver, flipped } = moves;
  const over = cameOver === 0 ? [] : [`${people(cameOver)} came over as the share grew`];
  const reasons = [...over, ...otherReasons(moves)];
  const known = reasons.length === 0 ? "." : `: ${reasons.join(", ")}.`;
  if (flipped === 0)
    return reasons.length === 0 ? "Nobody met both arms." : `Nobody changed sides without a reason${known}`;
  return `${people(flipped)} changed sides though neither the share nor a match explains it${reasons.length === 0 ? "." : `; besides, ${reasons.join(", ")}.`}`;
}

function otherReasons({ movedBack, fellBack, forced }: Moves): string[] {
  return [
    ...(movedBack === 0 ? [] : [`${people(movedBack)} went back as the share was lowered`]),
    ...(fellBack === 0 ? [] : [`stable answered ${people(fellBack)} as the canary could not be reached`]),
    ...(forced === 0 ? [] : [`a match sent ${people(forced)} to the other arm`]),
  ];
}
