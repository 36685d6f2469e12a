/**
 * When will a bet of whole blocks pay off? Where good and bad units both count (common events, slow requests, absolute
 * margins) there is no exact law as in `stopping.ts`; the log evidence is taken for Brownian motion with its drift and
 * spread, whose first passage is inverse Gaussian (Wald; within some percent from a few dozen units on).
 */
import { SerinError } from "../errors.ts";
import { oddsBet, pointsBet, pointsStep, ratioBet, type Rates } from "./blocks.ts";
import type { Truth } from "./bounds.ts";
import { requireInner, requirePositive } from "./inputs.ts";
import { nearestPointsNull } from "./nulls.ts";
import { inverseGaussianBelow, inverseGaussianQuantile } from "./special.ts";

/** What a bet gains per unit of either arm: mean and mean square of its logarithm, nats. */
export interface Gain {
  readonly drift: number;
  readonly square: number;
}

/** The gain of betting `bet` against `edge`, the point of the null, when `truth` holds. Rates strictly inside 0..1. */
export function gainOf({ theta, theta0, share }: Truth, bet: Rates, edge: Rates): Gain {
  const steps: readonly (readonly [chance: number, log: number])[] = [
    [share * theta, Math.log(bet.theta / edge.theta)],
    [share * (1 - theta), Math.log((1 - bet.theta) / (1 - edge.theta))],
    [(1 - share) * theta0, Math.log(bet.theta0 / edge.theta0)],
    [(1 - share) * (1 - theta0), Math.log((1 - bet.theta0) / (1 - edge.theta0))],
  ];
  let [drift, square] = [0, 0];
  for (const [chance, log] of steps) {
    drift += chance * log;
    square += chance * log * log;
  }
  return { drift, square };
}

/** Bets on "odds psi times as high", the level guessed right. Source: `scoreOddsBlock`. */
export function oddsGains(truth: Truth, odds: readonly number[]): Gain[] {
  const pooled = truth.share * truth.theta + (1 - truth.share) * truth.theta0;
  return odds.map((psi) => gainOf(truth, oddsBet(pooled, truth.share, psi), { theta: pooled, theta0: pooled }));
}

/** Bets on "the odds are psi times what the margin allows", for common events. Source: `scoreRatioBlock`. */
export function ratioGains(truth: Truth, margin: number, odds: readonly number[]): Gain[] {
  const { theta, theta0, share } = truth;
  const pooled = share * theta + (1 - share) * theta0;
  const level = Math.min(pooled / (share * margin + 1 - share), 0.95 / margin);
  const edge = { theta: margin * level, theta0: level };
  return odds.map((psi) => gainOf(truth, ratioBet(level, share, margin, psi), edge));
}

/** Bets on "the odds are psi times those of level + points". Source: `scorePointsBlock`. */
export function pointsGains(truth: Truth, points: number, odds: readonly number[]): Gain[] {
  const { theta, theta0, share } = truth;
  const level = Math.min(Math.max(nearestPointsNull(theta, theta0, share, points), 1e-9), (1 - points) * (1 - 1e-9));
  const edge = { theta: level + points, theta0: level };
  return odds.map((psi) => gainOf(truth, pointsBet(level, share, points, pointsStep(level, share, points, psi)), edge));
}

/** The law of the first passage over a barrier. */
export interface Passage {
  readonly meanSeconds: number;
  readonly shape: number;
}

/** Of the bets that gain, the one that is there first; null where none gains. `perSecond` units of both arms. */
export function quickest(gains: readonly Gain[], perSecond: number, barrier: number): Passage | null {
  requirePositive(perSecond, "perSecond");
  requirePositive(barrier, "barrier");
  if (gains.length === 0) throw new SerinError("STATISTICS_INPUT", "gains must not be empty");
  const best = gains.reduce((a, b) => (b.drift > a.drift ? b : a));
  if (!(best.drift > 0)) return null;
  return { meanSeconds: barrier / (best.drift * perSecond), shape: barrier ** 2 / (best.square * perSecond) };
}

/** Seconds within which it happens with probability `power`. */
export function passageWithin({ meanSeconds, shape }: Passage, power: number): number {
  requireInner(power, "power");
  return inverseGaussianQuantile(power, meanSeconds, shape);
}

/** The probability that it happens within so many seconds. */
export const passedBy = ({ meanSeconds, shape }: Passage, seconds: number): number =>
  inverseGaussianBelow(seconds, meanSeconds, shape);
