/** The planner on a `series` gate: how many blocks it takes at least is known; how the series behave nobody has said. */
import { eachOf } from "../../analysis/distance.ts";
import type { SeriesGate } from "../../analysis/metric.ts";
import { STAKES } from "../../stats/onset.ts";
import { SIGN_BETS } from "../../stats/signs.ts";
import type { Asked, GateLook } from "./look.ts";

/** The least number of blocks, all of them on one side, that reach `evidence`, when `limits` share the bets. */
function blocksFor(evidence: number, part: number): number {
  const after = (blocks: number) =>
    (part * SIGN_BETS.reduce((sum, bet) => sum + (1 + bet) ** blocks, 0)) / SIGN_BETS.length;
  let blocks = 1;
  while (after(blocks) < evidence) blocks++;
  return blocks;
}

export function lookAtSeries(gate: SeriesGate, { stage, budget }: Asked): GateLook {
  const { everyMs, block, value, worse, limit } = gate.series;
  const blockMs = everyMs * block;
  const earliest = blocksFor(1 / budget.alpha, STAKES.start) * blockMs;
  const never = { meanMs: null, ms: null };
  return {
    gate: gate.name,
    kind: "series",
    dryRun: gate.dryRun,
    method: "fixed",
    stable: null,
    feared: null,
    fear: `a ${worse} ${value}`,
    noticed: never,
    late: never,
    closed: never,
    boundMs: earliest,
    chance: stage.ms < earliest ? 0 : null,
    units: [null, null],
    extra: [null, null],
    smallest: null,
    smallestInWords: `not known before ${earliest / blockMs} blocks of ${block} intervals are all on one side`,
    safeMs: blocksFor(1 / budget.falsePromotion, 1 / eachOf(limit).length) * blockMs,
  };
}
