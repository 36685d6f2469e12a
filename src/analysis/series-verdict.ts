/** What the evidence of a series gate says, in a verdict and in words. */
import { limitInWords, marginInWords } from "./distance.ts";
import { GRADE, type SeriesGate } from "./metric.ts";
import { rule, type Promised } from "./ruling.ts";
import { logSeriesHarm, logSeriesSafety, type SeriesEvidence } from "./series-gate.ts";
import type { Verdict } from "./verdict.ts";
import { amount, finiteNumbers } from "./words.ts";

/** The verdict on the gate; `weightShare` is its share of the false-rollback budget. Its grade stands before every word. */
export function judgeSeries(
  gate: SeriesGate,
  evidence: SeriesEvidence,
  promised: Promised,
  weightShare: number,
): Verdict {
  const { worse, margin, limit, unit, history } = gate.series;
  const logHarm = logSeriesHarm(evidence);
  const beyond = tally(evidence.beyond, evidence.blocks, gate);
  const last = lastInWords(gate, evidence);
  const verdict = rule(
    {
      look: evidence.look,
      logHarm,
      deciding: logHarm,
      logSafe: logSeriesSafety(evidence),
      harmful: `${beyond} beyond the margin of ${marginInWords(margin, worse, unit)}${last}`,
      safe: `${tally(evidence.within, evidence.stageBlocks, gate)} of this stage ${limitInWords(limit, worse, unit)}${last}`,
      soFar: `${beyond} beyond the margin${last}`,
      measured: evidence.stageIntervals > 0,
      missing: missingOf(gate, evidence),
      hidden: null,
      numbers: numbersOf(gate, evidence),
    },
    promised,
    weightShare,
  );
  const grade = history === null ? `${GRADE}, without an A/A history, so it reports and never acts` : GRADE;
  return { ...verdict, reason: `${grade}: ${verdict.reason}` };
}

/** "11 of 12 blocks of 5 intervals" */
function tally(some: number, all: number, { series: { block } }: SeriesGate): string {
  const each = block === 1 ? "" : ` of ${block} intervals`;
  return `${some} of ${all} ${all === 1 ? "block" : "blocks"}${each}`;
}

function lastInWords({ series: { unit } }: SeriesGate, { last }: SeriesEvidence): string {
  if (last === null) return "";
  return ` (last canary ${amount(last.canary, unit)}, stable ${amount(last.stable, unit)})`;
}

function missingOf({ series: { block } }: SeriesGate, { stageIntervals, stageBlocks }: SeriesEvidence): string | null {
  if (stageIntervals === 0) return "no interval measured in this stage yet";
  return stageBlocks === 0 ? `${stageIntervals} of the ${block} intervals of this stage's first block` : null;
}

function numbersOf({ series: { block, history } }: SeriesGate, evidence: SeriesEvidence): Record<string, number> {
  const { all, blocks, beyond, stageIntervals, stageBlocks, within, last } = evidence;
  return finiteNumbers({
    intervals: all.n,
    block,
    blocks,
    beyond,
    stageIntervals,
    stageBlocks,
    within,
    canary: last?.canary,
    stable: last?.stable,
    difference: all.amount / all.n,
    ratio: all.log === 0 ? undefined : Math.exp(all.log / all.n),
    historyPoints: history?.points,
    historyCorrelation: history?.correlation,
  });
}
