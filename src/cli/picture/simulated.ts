/** What a simulation found: a sentence, what it rests on, then the numbers. */
import type { Promised } from "../../analysis/ruling.ts";
import { rough, whole } from "../../analysis/words.ts";
import { assumptionInWords, type Assumption } from "../../sim/assume.ts";
import { span } from "../../sim/plan/index.ts";
import type { Ending, Group, Simulated, Spread } from "../../sim/simulate.ts";
import { endingInWords, promiseInWords, simulatedSentence } from "../../sim/simulate-words.ts";
import { wrap } from "../glyphs.ts";
import { table } from "../output.ts";
import type { Look } from "./bars.ts";

export function simulatedLines(found: Simulated, assumption: Assumption, promised: Promised, look: Look): string[] {
  const { width, glyphs, paint } = look;
  const said = (text: string | null) => (text === null ? [] : wrap(text, width, glyphs));
  return [
    ...said(simulatedSentence(found)),
    ...said(promiseInWords(found, assumption.assumed, promised)),
    ...said(`Taken for true: ${assumptionInWords(assumption)}`).map((line) => paint("dim", line)),
    "",
    ...endings(found, look).split("\n"),
    ...said(guiltyInWords(found)),
  ];
}

const percent = (p: number) => `${rough(p * 100)} %`;
const range = ([low, high]: readonly [number, number]) => `${percent(low)} to ${percent(high)}`;
const times = (spread: Spread | null) =>
  spread === null ? null : [spread.mean, spread.median, spread.most].map(span).join(" / ");
const numbers = ({ mean, median, most }: Spread) => [mean, median, most].map((n) => signed(n)).join(" / ");
const signed = (n: number) => (n < 0 ? `-${rough(-n)}` : rough(n));

function endings({ endings: found }: Simulated, { paint }: Look): string {
  const rows = (Object.entries(found) as [Ending, Group][])
    .toSorted(([, a], [, b]) => b.count - a.count)
    .map(([ending, group]) => [
      endingInWords[ending],
      whole(group.count),
      percent(group.share),
      range(group.interval),
      times(group.tookMs),
      numbers(group.requests),
      numbers(group.extraFailures),
    ]);
  return table(
    ["ENDED", "RELEASES", "SHARE", "95 %", "AFTER (MEAN / MEDIAN / 19 OF 20)", "CANARY REQUESTS", "MORE FAILURES"],
    rows,
    paint,
  );
}

function guiltyInWords({ guilty, steps }: Simulated): string | null {
  const gates = Object.entries(guilty).toSorted(([, a], [, b]) => b - a);
  if (gates.length === 0) return null;
  const by = gates.map(([gate, n]) => `${gate} in ${whole(n)}`).join(", ");
  const at = Object.entries(steps).map(([step, n]) => `${whole(n)} in step ${Number(step) + 1}`);
  return `Rolled back by ${by}; ${at.join(", ")}.`;
}
