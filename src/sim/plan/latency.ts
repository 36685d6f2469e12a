/** The planner on a `latency` gate: six thresholds, each a diffusion; the one that is first is the gate's time. */
import { ODDS, POINTS, weightOf } from "../../analysis/latency.ts";
import { needed, quantilesOf } from "../../analysis/latency-thresholds.ts";
import type { LatencyGate } from "../../analysis/metric.ts";
import { rough, times as timesInWords } from "../../analysis/words.ts";
import { leastUnits } from "../../stats/bounds.ts";
import { oddsGains, passageWithin, passedBy, quickest, type Passage } from "../../stats/passage.ts";
import { bisect, normalBelow, normalQuantile } from "../../stats/special.ts";
import type { Behaviour } from "../traffic.ts";
import { POWER, withLag, type Asked, type GateLook, type Times } from "./look.ts";

const OVERHEAD = 0.7 * Math.log(ODDS.length);
const SAFE_OVER_BOUND = 1.2;

/** Share of an arm's requests above a threshold, both in milliseconds. */
const above = ({ medianMs, sigma }: Behaviour, ms: number): number => {
  const share = normalBelow(-Math.log(ms / medianMs) / sigma);
  return Math.min(Math.max(share, 1e-9), 1 - 1e-9);
};

const quantileOf = ({ medianMs, sigma }: Behaviour, q: number) => medianMs * Math.exp(sigma * normalQuantile(q));

const slowed = (stable: Behaviour, factor: number): Behaviour => ({ ...stable, medianMs: stable.medianMs * factor });

/** The canary that the author fears: as was said, or else slower throughout until slow requests are beyond the limit. */
export function fearedLatency(gate: LatencyGate, { assumption: { said, assumed } }: Asked): Behaviour {
  if (said.canaryMs !== undefined || said.canaryP99Ms !== undefined) return assumed.canary;
  const { quantile, ratio, limit } = gate.latency;
  const usual = 1 - quantile;
  const over = Math.min(Math.max(limit * usual, usual + POINTS), (1 + usual) / 2);
  const factor = Math.exp(
    Math.log(ratio) + assumed.stable.sigma * (normalQuantile(quantile) - normalQuantile(1 - over)),
  );
  return slowed(assumed.stable, factor);
}

interface Sight {
  readonly passage: Passage;
  /** How long stable has to be watched before the threshold is known, seconds. */
  readonly learning: number;
}

export function lookAtLatency(gate: LatencyGate, asked: Asked): GateLook {
  const { stable } = asked.assumption.assumed;
  const feared = fearedLatency(gate, asked);
  const { split, budget } = asked;
  const { quantile, ratio } = gate.latency;
  const limit = quantileOf(stable, quantile);
  const noticed = timesOf(sightOf(gate, asked, feared, budget.fromStart), asked);
  const smallest = smallestOf(gate, asked);
  const units = (ms: number | null) => (ms === null ? null : (ms / 1000) * split.perSecond * split.share);
  const [theta0, theta] = [above(stable, limit), above(feared, limit)];
  const extra = (n: number | null) => (n === null ? null : n * (theta - theta0));
  const [mean, most] = [units(noticed.meanMs), units(noticed.ms)];
  return {
    gate: gate.name,
    kind: "latency",
    dryRun: gate.dryRun,
    method: "closed form",
    stable: theta0,
    feared: theta,
    fear: fearInWords(stable, feared),
    noticed,
    late: timesOf(sightOf(gate, asked, feared, budget.fromStage), asked),
    closed: noticed,
    boundMs: null,
    chance: chanceOf(gate, asked, feared),
    units: [mean, most],
    extra: [extra(mean), extra(most)],
    smallest,
    smallestInWords: smallest === null ? "none" : `${timesInWords(Number(smallest.toPrecision(2)))} as long`,
    safeMs: safeOf(gate, asked, { theta: above(stable, ratio * limit), theta0 }),
  };
}

function fearInWords(stable: Behaviour, feared: Behaviour): string {
  const [median, p99] = [0.5, 0.99].map((q) => quantileOf(feared, q) / quantileOf(stable, q));
  const twice = Math.abs(median / p99 - 1) < 0.01;
  return twice
    ? `takes ${rough(median)} times as long`
    : `takes ${rough(median)} times as long at the median and ${rough(p99)} times at p99`;
}

/** The threshold that is first over its barrier; null when the harm is within the margin at every one. */
function sightOf(gate: LatencyGate, { assumption, split, budget, stage }: Asked, canary: Behaviour, stake: number) {
  const { stable } = assumption.assumed;
  const { quantiles, users } = quantilesOf(gate);
  let best: Sight | null = null;
  for (const [i, q] of quantiles.entries()) {
    const at = quantileOf(stable, q);
    const truth = { theta: above(canary, gate.latency.ratio * at), theta0: 1 - q, share: split.share };
    if (truth.theta <= truth.theta0) continue;
    const barrier = OVERHEAD - Math.log(budget.alpha * stake * weightOf(i, users));
    const passage = quickest(oddsGains(truth, ODDS), split.perSecond, barrier);
    const learning = stage.index === 0 ? needed(q) / (split.perSecond * (1 - split.share)) : 0;
    if (passage === null) continue;
    if (best === null || passage.meanSeconds + learning < best.passage.meanSeconds + best.learning)
      best = { passage, learning };
  }
  return best;
}

function timesOf(sight: Sight | null, { split }: Asked): Times {
  if (sight === null) return { meanMs: null, ms: null };
  const { passage, learning } = sight;
  return {
    meanMs: withLag(passage.meanSeconds + learning, split),
    ms: withLag(passageWithin(passage, POWER) + learning, split),
  };
}

function chanceOf(gate: LatencyGate, asked: Asked, canary: Behaviour): number {
  const sight = sightOf(gate, asked, canary, asked.budget.fromStart);
  const left = sight === null ? 0 : asked.stage.ms / 1000 - sight.learning;
  return sight === null || left <= 0 ? 0 : passedBy(sight.passage, left);
}

/** A canary slower than this is not looked for. */
const SLOWEST = 1000;

function smallestOf(gate: LatencyGate, asked: Asked): number | null {
  const { stable } = asked.assumption.assumed;
  const chance = (factor: number) => chanceOf(gate, asked, slowed(stable, factor));
  if (chance(SLOWEST) < POWER) return null;
  return Math.exp(bisect((log) => chance(Math.exp(log)) - POWER, 0, Math.log(SLOWEST)));
}

function safeOf(
  gate: LatencyGate,
  { split, budget }: Asked,
  rates: { readonly theta: number; readonly theta0: number },
): number | null {
  const truth = { ...rates, share: split.share };
  const edges = [{ ratio: gate.latency.limit }, { points: POINTS }];
  const units = edges.map((edge) => leastUnits(truth, edge, budget.falsePromotion, 1 - POWER));
  return withLag((SAFE_OVER_BOUND * Math.min(...units)) / (split.share * split.perSecond), split);
}
