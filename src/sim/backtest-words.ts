/** What a backtest found, in plain words. */
import type { Promised } from "../analysis/ruling.ts";
import { whole } from "../analysis/words.ts";
import type { Backtested, PastRelease } from "./backtest.ts";
import { span } from "./plan/words.ts";
import { wilson } from "./simulate.ts";
import { percent } from "./simulate-words.ts";

export function backtestSentences({ releases, quiet, skipped }: Backtested, promised: Promised): readonly string[] {
  return [
    ...(releases.length === 0 ? [] : [pastInWords(releases)]),
    ...(quiet.length === 0 ? [] : [quietInWords({ releases, quiet, skipped }, promised)]),
    ...(releases.length + quiet.length === 0 ? ["Nothing was recorded that could be tried."] : []),
  ];
}

function pastInWords(releases: readonly PastRelease[]): string {
  const taken = releases.filter(({ rolledBack }) => rolledBack);
  const all = `${whole(releases.length)} past ${releases.length === 1 ? "release" : "releases"}`;
  if (taken.length === 0) return `Of ${all} none would have been rolled back.`;
  const missed = taken.filter(({ ended }) => ended === "promoted").length;
  const then = missed === 0 ? "" : `, ${whole(missed)} of them had been promoted`;
  return `Of ${all} ${whole(taken.length)} would have been rolled back${then}: ${taken.slice(0, 5).map(one).join("; ")}${taken.length > 5 ? "; and others" : ""}.`;
}

const one = ({ name, tookMs, guilty }: PastRelease) => `${name} after ${span(tookMs ?? 0)} by ${guilty.join(" and ")}`;

function quietInWords({ quiet }: Backtested, promised: Promised): string {
  const plays = quiet.reduce((sum, period) => sum + period.plays, 0);
  const taken = quiet.reduce((sum, period) => sum + period.rolledBack, 0);
  const [low, high] = wilson(taken, plays);
  const range = `95 %: ${taken === 0 ? "0" : percent(low)} to ${percent(high)}`;
  const count = taken === 0 ? "none was" : `${whole(taken)} ${taken === 1 ? "was" : "were"}`;
  const periods = `${whole(quiet.length)} quiet ${quiet.length === 1 ? "period" : "periods"}`;
  return `Of ${whole(plays)} releases as good as stable, played in ${periods}, ${count} rolled back falsely (${percent(taken / plays)}; ${range}); at most ${percent(promised.falseRollback)} is promised.`;
}
