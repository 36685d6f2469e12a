/** The planner on a `failures` gate: exact where the evidence is that of rare events, else by the diffusion's law. */
import { COMMON_ODDS } from "../../stats/blocks.ts";
import { RATIOS, ratiosBeyond, RATIO_WEIGHTS } from "../../stats/counts.ts";
import { leastUnits } from "../../stats/bounds.ts";
import { passageWithin, passedBy, pointsGains, quickest, ratioGains } from "../../stats/passage.ts";
import { chanceToNotice, closedForm, smallestRatio, timeToNotice, type Question } from "../../stats/stopping.ts";
import { bisect } from "../../stats/special.ts";
import type { FailuresGate } from "../../analysis/metric.ts";
import { AFTER_WINDOW, plannedMark } from "../../analysis/planned.ts";
import { rough } from "../../analysis/words.ts";
import type { Assumption } from "../assume.ts";
import { finite, POWER, withLag, type Asked, type GateLook, type Times } from "./look.ts";

/** The gate bets by the block form where failures are at least this common (see `analysis/failures.ts`). */
const COMMON = 0.05;
/** The bets' average costs about this part of ln(number of bets) on the way. */
const OVERHEAD = 0.7 * Math.log(RATIOS.length);
/** How much longer evidence of safety takes than the bound: 1.1 to 1.3 times in simulations. */
const SAFE_OVER_BOUND = 1.2;

/** The canary's rate that the author fears: as was said, or else one that is beyond every limit. */
export function fearedRate({ failures: { limit } }: FailuresGate, { said, assumed }: Assumption): number {
  if (said.canaryFailures !== undefined) return assumed.canary.failures;
  const stable = assumed.stable.failures;
  const beyond = Math.max((limit.ratio ?? 0) * stable, limit.points === undefined ? 0 : stable + limit.points);
  return Math.min(beyond, 1 - 1e-9);
}

export function lookAtFailures(gate: FailuresGate, asked: Asked): GateLook {
  const theta0 = asked.assumption.assumed.stable.failures;
  const theta = fearedRate(gate, asked.assumption);
  const { share, perSecond } = asked.split;
  const law = lawOf(gate, asked, theta0);
  const { noticed, late, closed, chance, method } = law.at(theta);
  const smallest = law.smallest();
  const units = (ms: number | null) => (ms === null ? null : (ms / 1000) * perSecond * share);
  const extra = (n: number | null) => (n === null ? null : n * (theta - theta0));
  const [mean, most] = [units(noticed.meanMs), units(noticed.ms)];
  return {
    gate: gate.name,
    kind: "failures",
    dryRun: gate.dryRun,
    method,
    stable: theta0,
    feared: theta,
    fear: `fails ${percent(theta)}`,
    noticed,
    late,
    closed,
    boundMs: boundOf(gate, asked, theta, theta0),
    chance,
    units: [mean, most],
    extra: [extra(mean), extra(most)],
    smallest,
    smallestInWords: smallest === null ? "none" : `${percent(smallest)} (${rough(smallest / theta0)} times stable's)`,
    safeMs: safeOf(gate, asked, theta0),
  };
}

const percent = (rate: number) => `${rough(rate * 100)} %`;

interface Said {
  readonly method: GateLook["method"];
  readonly noticed: Times;
  readonly late: Times;
  readonly closed: Times;
  readonly chance: number | null;
}

interface Law {
  at(theta: number): Said;
  smallest(): number | null;
}

function lawOf(gate: FailuresGate, asked: Asked, theta0: number): Law {
  const { margin } = gate.failures;
  const { share } = asked.split;
  const rare = "ratio" in margin && theta0 <= COMMON;
  const feared = fearedRate(gate, asked.assumption);
  if (rare && share * feared + (1 - share) * theta0 <= COMMON)
    return exact(margin.ratio, asked, theta0, staked(gate, asked));
  return diffusion(gate, asked, theta0);
}

/** The error rate that a part of the budget comes to. A planned window has one mark in its first stage, and little after it. */
function staked({ failures: { planned, margin } }: FailuresGate, { budget, split, stage }: Asked) {
  if (planned === undefined || !("ratio" in margin)) return (stake: number) => budget.alpha * stake;
  if (stage.index > 0) return (stake: number) => budget.alpha * AFTER_WINDOW * stake;
  const mark = plannedMark(split.share, margin.ratio, -Math.log(budget.alpha), planned);
  return () => Math.exp(-mark);
}

function exact(
  margin: number,
  { split, budget, stage }: Asked,
  theta0: number,
  alphaOf: (stake: number) => number,
): Law {
  const question = (theta: number, stake: number): Question => ({
    ...split,
    theta,
    theta0,
    margin,
    alpha: alphaOf(stake),
    ratios: ratiosBeyond(margin),
    weights: RATIO_WEIGHTS,
  });
  const answer = (theta: number, stake: number): Times => {
    const { meanSeconds, seconds } = timeToNotice(question(theta, stake), POWER);
    return { meanMs: withLag(meanSeconds, split), ms: withLag(seconds, split) };
  };
  return {
    at(theta) {
      const closed = closedForm(question(theta, budget.fromStart), POWER);
      return {
        method: "exact",
        noticed: answer(theta, budget.fromStart),
        late: answer(theta, budget.fromStage),
        closed: { meanMs: withLag(closed.meanSeconds, split), ms: withLag(closed.seconds, split) },
        chance: stage.ms > 0 ? chanceToNotice(question(theta, budget.fromStart), stage.ms / 1000) : 0,
      };
    },
    smallest() {
      if (stage.ms === 0) return null;
      const { theta: _theta, ...rest } = question(theta0, budget.fromStart);
      const ratio = finite(smallestRatio(rest, stage.ms / 1000, POWER));
      return ratio === null ? null : ratio * theta0;
    },
  };
}

function diffusion({ failures: { margin } }: FailuresGate, { split, budget, stage }: Asked, theta0: number): Law {
  const passage = (theta: number, stake: number) => {
    const truth = { theta, theta0, share: split.share };
    const gains =
      "points" in margin
        ? pointsGains(truth, margin.points, COMMON_ODDS)
        : ratioGains(truth, margin.ratio, COMMON_ODDS);
    return quickest(gains, split.perSecond, OVERHEAD - Math.log(budget.alpha * stake));
  };
  const times = (theta: number, stake: number): Times => {
    const law = passage(theta, stake);
    if (law === null) return { meanMs: null, ms: null };
    return { meanMs: withLag(law.meanSeconds, split), ms: withLag(passageWithin(law, POWER), split) };
  };
  const chance = (theta: number) => {
    const law = passage(theta, budget.fromStart);
    return law === null || stage.ms === 0 ? 0 : passedBy(law, stage.ms / 1000);
  };
  return {
    at(theta) {
      const noticed = times(theta, budget.fromStart);
      const late = times(theta, budget.fromStage);
      return { method: "closed form", noticed, late, closed: noticed, chance: chance(theta) };
    },
    smallest() {
      const highest = 1 - 1e-6;
      return chance(highest) < POWER ? null : bisect((theta) => chance(theta) - POWER, theta0, highest);
    },
  };
}

function boundOf({ failures: { margin } }: FailuresGate, { split, budget }: Asked, theta: number, theta0: number) {
  const beyond = "points" in margin ? theta > theta0 + margin.points : theta > margin.ratio * theta0;
  if (!beyond) return null;
  const units = leastUnits({ theta, theta0, share: split.share }, margin, budget.alpha, 1 - POWER);
  return finite((units * 1000) / (split.share * split.perSecond));
}

/** A canary as good as stable is shown to be safe by the limit that is quicker. */
function safeOf({ failures: { limit } }: FailuresGate, { split, budget }: Asked, theta0: number): number | null {
  const truth = { theta: theta0, theta0, share: split.share };
  const edges = [
    ...(limit.ratio === undefined ? [] : [{ ratio: limit.ratio }]),
    ...(limit.points === undefined || theta0 + limit.points >= 1 ? [] : [{ points: limit.points }]),
  ];
  const units = edges.map((edge) => leastUnits(truth, edge, budget.falsePromotion, 1 - POWER));
  return withLag((SAFE_OVER_BOUND * Math.min(...units)) / (split.share * split.perSecond), split);
}
