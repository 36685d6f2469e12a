/** What a backtest found: in a sentence or two, then release by release and period by period. */
import type { Promised } from "../../analysis/ruling.ts";
import { whole } from "../../analysis/words.ts";
import { share } from "../../rollout/events.ts";
import { backtestSentences } from "../../sim/backtest-words.ts";
import type { Backtested, PastRelease, QuietPeriod } from "../../sim/backtest.ts";
import { span } from "../../sim/plan/index.ts";
import { clean } from "../clean.ts";
import { wrap } from "../glyphs.ts";
import { stamp, table } from "../output.ts";
import type { Look } from "./bars.ts";

export function backtestLines(found: Backtested, promised: Promised, look: Look): string[] {
  const { width, glyphs, paint } = look;
  const said = (text: string) => wrap(clean(text), width, glyphs);
  return [
    ...backtestSentences(found, promised).flatMap(said),
    ...(found.releases.length === 0
      ? []
      : ["", ...table(releaseHeads, found.releases.map(releaseRow), paint).split("\n")]),
    ...(found.quiet.length === 0 ? [] : ["", ...table(quietHeads, found.quiet.map(quietRow), paint).split("\n")]),
    ...found.skipped.flatMap(({ name, why }) => said(`! ${name}: ${why}.`)),
  ];
}

const releaseHeads = ["RELEASE", "THEN", "NOW", "AFTER", "BY", "SHARE", "CANARY REQUESTS", "FAILED"];

function releaseRow({ name, ended, rolledBack, tookMs, guilty, weight, requests, failures }: PastRelease) {
  return [
    clean(name),
    ended,
    rolledBack ? "rolled back" : "goes on",
    tookMs === null ? null : span(tookMs),
    guilty.length === 0 ? null : guilty.join(" and "),
    rolledBack ? share(weight) : null,
    whole(requests),
    whole(failures),
  ];
}

const quietHeads = ["QUIET", "FROM", "FOR", "PLAYS", "ROLLED BACK", "BY", "PROMOTED"];

function quietRow({ name, from, to, plays, rolledBack, guilty, promoted }: QuietPeriod) {
  const by = guilty.length === 0 ? null : guilty.join(" and ");
  return [clean(name), stamp(from), span(to - from), whole(plays), whole(rolledBack), by, whole(promoted)];
}
