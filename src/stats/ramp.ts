/**
 * A harm that is there from the start, along a ramp: evidence goes on from stage to stage while the tested arm's share
 * grows. The exact law of `stopping.ts`, with one thing fixed that is chance in truth: how many bad events a stage
 * before the present one has had is taken at its mean. Otherwise the state would need one more dimension a stage.
 */
import { RATIOS } from "./counts.ts";
import { requireInner, requirePositive, requireRatio } from "./inputs.ts";
import { logWeightedSum } from "./logs.ts";

export interface Leg {
  /** The tested arm's share of units. */
  readonly share: number;
  /** Units of both arms that come while it lasts. */
  readonly units: number;
}

interface Walk {
  /** Probability of each number of bad events on the tested arm so far, by number, while there was no alarm. */
  alive: Float64Array;
  /** What each bet has paid so far for all bad events, nats. */
  readonly paid: number[];
  noticed: number;
}

/** Beyond so many bad events in one leg a harm that can be seen was seen long ago, and the rest is slow to compute. */
const MOST_EVENTS = 5000;

/**
 * P(alarm by the end of each leg) for rates theta and theta0 in truth. `alpha` is the part of the budget that is at
 * stake from the start; `weights` of the ratios sum to 1.
 */
export function noticedAlong(
  legs: readonly Leg[],
  rates: { readonly theta: number; readonly theta0: number },
  test: { readonly margin: number; readonly alpha: number; readonly weights: readonly number[] },
  ratios: readonly number[] = RATIOS,
): number[] {
  requireInner(rates.theta, "theta");
  requireInner(rates.theta0, "theta0");
  requireInner(test.alpha, "alpha");
  requireRatio(test.margin, "margin");
  const walk: Walk = { alive: Float64Array.of(1), paid: ratios.map(() => 0), noticed: 0 };
  return legs.map((leg) => {
    goAlong(walk, leg, rates, test, ratios);
    return walk.noticed;
  });
}

function goAlong(
  walk: Walk,
  { share, units }: Leg,
  { theta, theta0 }: { readonly theta: number; readonly theta0: number },
  { margin, alpha, weights }: Parameters<typeof noticedAlong>[2],
  ratios: readonly number[],
): void {
  requireInner(share, "share");
  requirePositive(units, "units");
  const rate = share * theta + (1 - share) * theta0;
  const onTested = (share * theta) / rate;
  const events = Math.min(MOST_EVENTS, Math.round(units * rate));
  const odds = (share / (1 - share)) * margin;
  const costs = ratios.map((r) => Math.log1p((odds * (r - 1)) / (1 + odds)));
  const logs = ratios.map(() => 0);
  const reaches = (y: number) => {
    for (let j = 0; j < logs.length; j++) logs[j] = y * Math.log(ratios[j]) - walk.paid[j];
    return logWeightedSum(logs, weights) >= -Math.log(alpha);
  };
  let least = 0;
  for (let k = 0; k < events; k++) {
    walk.alive = oneMore(walk.alive, onTested);
    for (let j = 0; j < costs.length; j++) walk.paid[j] += costs[j];
    while (least < walk.alive.length && !reaches(least)) least++;
    for (let y = least; y < walk.alive.length; y++) walk.noticed += walk.alive[y];
    walk.alive = walk.alive.subarray(0, least);
  }
}

/** The law after one more bad event. */
function oneMore(alive: Float64Array, onTested: number): Float64Array {
  const next = new Float64Array(alive.length + 1);
  for (let y = 0; y < alive.length; y++) {
    next[y] += alive[y] * (1 - onTested);
    next[y + 1] += alive[y] * onTested;
  }
  return next;
}
