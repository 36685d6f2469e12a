/** The ledger of exposure for people: what each release did to how many, in a sentence and in a table. */
import { whole } from "../../analysis/words.ts";
import type { ExposureLedger, ReleaseExposure } from "../../http/wire-exposure.ts";
import { extraWords, movesWords } from "../../http/pages/exposure-words.ts";
import { wrap } from "../glyphs.ts";
import { stamp, table } from "../output.ts";
import type { Look } from "./bars.ts";
import { counted } from "./numbers.ts";

export const exposureLines = ({ releases }: ExposureLedger, look: Look): string[] =>
  releases.flatMap((release, i) => [...(i === 0 ? [] : [""]), ...releaseLines(release, look)]);

function releaseLines(the: ReleaseExposure, { width, glyphs, paint }: Look): string[] {
  const { release, outcome, startedAt, stable, canary, extra, moves, exact } = the;
  const ended = outcome === null ? "under way" : outcome === "rolledBack" ? "rolled back" : outcome;
  const title = `Release ${release}: ${canary.revision} over ${stable.revision}, ${ended}`;
  const inexact = exact || canary.units === null ? [] : ["Numbers of people are estimates, or count some twice."];
  const said = [extraWords(extra), ...(moves === null ? [] : [movesWords(moves)]), ...inexact];
  return [
    `${paint("strong", title)}  ${paint("dim", `since ${stamp(startedAt)}`)}`,
    ...said.flatMap((words) => wrap(words, width - 2, glyphs).map((line) => `  ${line}`)),
    ...arms(the, paint),
  ];
}

const heads = ["  ARM", "REVISION", "PEOPLE", "MET A FAILURE", "SESSIONS", "REQUESTS", "FAILED"];

function arms({ stable, canary }: ReleaseExposure, paint: Look["paint"]): string[] {
  const rows = [["stable", stable] as const, ["canary", canary] as const].map(([arm, met]) => [
    `  ${arm}`,
    met.revision,
    met.units === null ? null : whole(met.units),
    met.units === null ? null : counted(met.unitsFailed ?? 0, met.units),
    met.sessions === null ? null : whole(met.sessions),
    whole(met.requests),
    counted(met.failures, met.requests),
  ]);
  return table(heads, rows, paint).split("\n");
}
