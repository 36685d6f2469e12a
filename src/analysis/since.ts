/**
 * Since when does it look harmful? Counts from the moment from which they speak most for a fault: a sum of log likelihood
 * ratios that begins anew whenever it has nothing to show (Page 1954, "Continuous Inspection Schemes"). It decides nothing.
 * It is for words: of a fault that came late the totals of a whole release say "1.1 times as often", which is true of the
 * release and not of the fault.
 */
import { scoreConditional } from "../stats/counts.ts";
import type { Block } from "../stats/inputs.ts";
import type { FailuresGate } from "./metric.ts";
import { nothing, sum } from "./pool.ts";

export interface Since {
  /** When what is counted here began, epoch milliseconds. */
  readonly at: number;
  readonly score: number;
  readonly block: Block;
}

/** What is looked for: failures twice as often as the margin allows, or twice its points above stable. */
const TWICE = 2;

/** Goes on with one block that began at `at`; `level` is stable's rate as it is known. Null while nothing looks harmful. */
export function since(
  before: Since | null,
  { failures: { margin } }: FailuresGate,
  block: Block,
  at: number,
  level: number,
): Since | null {
  const score = (before?.score ?? 0) + scoreOf(margin, block, level);
  return score <= 0 ? null : { at: before?.at ?? at, score, block: sum(before?.block ?? nothing, block) };
}

function scoreOf(margin: FailuresGate["failures"]["margin"], block: Block, level: number): number {
  if ("ratio" in margin) {
    const logs = [0];
    scoreConditional(logs, block, margin.ratio, [TWICE]);
    return logs[0];
  }
  const [allowed, feared] = [level + margin.points, level + TWICE * margin.points];
  return block.bad * Math.log(feared / allowed) - block.n * (feared - allowed);
}

/** From this part of what the canary was asked on, a fault is told of as one of the whole release. */
const WHOLE = 0.8;

/** The counts that a fault is told by: those since it began where it came late, else null. */
export function lateFault(since: Since | null, total: Block): Since | null {
  if (since === null || since.block.n > WHOLE * total.n) return null;
  return ratioOf(since.block) > ratioOf(total) ? since : null;
}

/** Infinity where stable never failed. */
const ratioOf = ({ n, bad, n0, bad0 }: Block): number => (bad0 === 0 ? Infinity : (bad / n / bad0) * n0);
