/** The planner on a `mean` gate: its bets as diffusions, on the law of the amounts that is assumed. */
import { eachOf, lineOf, sideOf } from "../../analysis/distance.ts";
import type { MeanGate } from "../../analysis/metric.ts";
import { amount, times as timesInWords } from "../../analysis/words.ts";
import { meanGains } from "../../stats/mean-gains.ts";
import { STAKED } from "../../stats/means.ts";
import { passageWithin, passedBy, quickest, type Gain, type Passage } from "../../stats/passage.ts";
import { bisect } from "../../stats/special.ts";
import { amountLaw, meanIn, usualAmounts, type Amounting } from "../amounts.ts";
import { POWER, withLag, type Asked, type GateLook, type Times } from "./look.ts";

const OVERHEAD = 0.7 * Math.log(STAKED.length);
/** The guess of stable's level is never quite right, and blocks differ. */
const SAFE_OVER_DRIFT = 1.2;

/** The canary that the author fears: as was said, or else at the first of its limits. */
function fearedMean(gate: MeanGate, { said, assumed }: Asked["assumption"]): Amounting {
  const stable = assumed.stable.amounts ?? usualAmounts;
  if (said.canaryMean !== undefined) return assumed.canary.amounts ?? stable;
  const { worse, limit } = gate.mean;
  const level = meanIn(stable, gate.mean);
  const beyond = eachOf(limit).map((far) => ("ratio" in far ? far.ratio : 1 + (sideOf(worse) * far.amount) / level));
  return {
    ...stable,
    times: stable.times * (worse === "higher" ? Math.max(...beyond) : Math.max(0.01, Math.min(...beyond))),
  };
}

export function lookAtMean(gate: MeanGate, asked: Asked): GateLook {
  const { split, budget, assumption } = asked;
  const stable = assumption.assumed.stable.amounts ?? usualAmounts;
  const feared = fearedMean(gate, assumption);
  const at = (canary: Amounting, stake: number) =>
    passageOf(gate, asked, canary, OVERHEAD - Math.log(budget.alpha * stake));
  const noticed = timesOf(at(feared, budget.fromStart), asked);
  const units = (ms: number | null) => (ms === null ? null : (ms / 1000) * split.perSecond * split.share);
  const smallest = smallestOf(gate, asked);
  const [level, found] = [meanIn(stable, gate.mean), meanIn(feared, gate.mean)];
  return {
    gate: gate.name,
    kind: "mean",
    dryRun: gate.dryRun,
    method: "closed form",
    stable: level,
    feared: found,
    fear: `has ${amount(found, gate.mean.unit)} on average instead of ${amount(level)}`,
    noticed,
    late: timesOf(at(feared, budget.fromStage), asked),
    closed: noticed,
    boundMs: null,
    chance: chanceOf(at(feared, budget.fromStart), asked),
    units: [units(noticed.meanMs), units(noticed.ms)],
    // what more it comes to is of no common unit
    extra: [null, null],
    smallest,
    smallestInWords: smallest === null ? "none" : `${timesInWords(Number(smallest.toPrecision(3)))} stable's mean`,
    safeMs: safeOf(gate, asked, stable),
  };
}

function gainsOf(gate: MeanGate, { split, assumption }: Asked, canary: Amounting, safety: boolean): readonly Gain[][] {
  const { worse, margin, limit } = gate.mean;
  const side = sideOf(worse);
  const stable = assumption.assumed.stable.amounts ?? usualAmounts;
  const truth = { tested: amountLaw(canary, gate.mean), reference: amountLaw(stable, gate.mean), share: split.share };
  return (safety ? eachOf(limit) : [margin]).map((distance) =>
    meanGains(truth, lineOf(distance, worse, gate.mean), safety ? (side === 1 ? -1 : 1) : side),
  );
}

const passageOf = (gate: MeanGate, asked: Asked, canary: Amounting, barrier: number): Passage | null =>
  quickest(gainsOf(gate, asked, canary, false).flat(), asked.split.perSecond, barrier);

function timesOf(passage: Passage | null, { split }: Asked): Times {
  if (passage === null) return { meanMs: null, ms: null };
  return { meanMs: withLag(passage.meanSeconds, split), ms: withLag(passageWithin(passage, POWER), split) };
}

const chanceOf = (passage: Passage | null, { stage }: Asked): number =>
  passage === null || stage.ms === 0 ? 0 : passedBy(passage, stage.ms / 1000);

/** A canary this much off is not looked for. */
const FURTHEST = 20;

/** The least change, as times stable's mean, that is noticed within the stage in 19 of 20 cases. */
function smallestOf(gate: MeanGate, asked: Asked): number | null {
  const stable = asked.assumption.assumed.stable.amounts ?? usualAmounts;
  const barrier = OVERHEAD - Math.log(asked.budget.alpha * asked.budget.fromStart);
  const far = (log: number) => Math.exp(sideOf(gate.mean.worse) * log);
  const chance = (log: number) =>
    chanceOf(passageOf(gate, asked, { ...stable, times: stable.times * far(log) }, barrier), asked);
  const most = Math.log(FURTHEST);
  return chance(most) < POWER ? null : far(bisect((log) => chance(log) - POWER, 0, most));
}

/** A canary as good as stable is shown to be safe by the limit that is quicker. */
function safeOf(gate: MeanGate, asked: Asked, stable: Amounting): number | null {
  const gains = gainsOf(gate, asked, stable, true);
  const barrier = OVERHEAD + Math.log(gains.length) - Math.log(asked.budget.falsePromotion);
  const passage = quickest(gains.flat(), asked.split.perSecond, barrier);
  return passage === null ? null : withLag(SAFE_OVER_DRIFT * passageWithin(passage, POWER), asked.split);
}
