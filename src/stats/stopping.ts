/**
 * When will harm be noticed? Bad events are the clock: each falls on the tested arm with one probability, so the law
 * of the event at which the evidence of `counts.ts` reaches 1/alpha follows exactly, by dynamic programming over
 * (events, events on the tested arm). Time is then a mixture of Gamma laws, since events arrive at a rate.
 */
import { requireInner, requirePositive, requireRatio } from "./inputs.ts";
import { RATIOS } from "./counts.ts";
import { leastUnits } from "./bounds.ts";
import { logWeightedSum } from "./logs.ts";
import { bisect, inverseGaussianBelow, inverseGaussianQuantile, poissonReaches } from "./special.ts";

/** A question to the planner: traffic, its split, the rates in truth and the promise. */
export interface Question {
  /** Units per second, both arms together. */
  readonly perSecond: number;
  /** The tested arm's share of them. */
  readonly share: number;
  /** Bad-event rates in truth: tested and reference arm. */
  readonly theta: number;
  readonly theta0: number;
  readonly margin: number;
  /** The part of the error budget this test has: alpha x the gate's weight x the stake on its onset. */
  readonly alpha: number;
  /** The bets, as multiples of the margin, and their weights; RATIOS and equal unless said. */
  readonly ratios?: readonly number[];
  readonly weights?: readonly number[];
}

/** Law of the alarm by events: `at[k]` = P(alarm exactly at the k-th bad event), `never` = P(not within the last). */
export interface StoppingLaw {
  readonly at: Float64Array;
  readonly never: number;
}

/** Where the sum of what is left no longer matters. */
const NEGLIGIBLE = 1e-12;
/** Beyond so many events the diffusion limit is as exact as anyone needs, and dynamic programming is slow. */
const MOST_EVENTS = 20_000;

/**
 * The exact law, for bad events that fall on the tested arm with probability p; `share` and `margin` are the test's.
 * Ends after `events`, or when fewer than 1e-12 are left. `weights` sum to 1; equal unless given.
 */
export function stoppingLaw(
  p: number,
  share: number,
  margin: number,
  alpha: number,
  events: number,
  ratios: readonly number[] = RATIOS,
  weights: readonly number[] = ratios.map(() => 1 / ratios.length),
): StoppingLaw {
  requireInner(p, "p");
  requireInner(share, "share");
  requireInner(alpha, "alpha");
  requireRatio(margin, "margin");
  const boundary = alarmBoundary(share, margin, alpha, ratios, weights);
  const at = new Float64Array(events + 1);
  let alive = new Float64Array(64);
  alive[0] = 1;
  let [least, left, top] = [0, 1, 0];
  for (let k = 1; k <= events && left > NEGLIGIBLE; k++) {
    least = boundary(k, least);
    top = Math.min(top + 1, k);
    if (top >= alive.length) alive = Float64Array.from({ length: 2 * alive.length }, (_, y) => alive[y] ?? 0);
    for (let y = top; y > 0; y--) alive[y] = alive[y] * (1 - p) + alive[y - 1] * p;
    alive[0] *= 1 - p;
    for (; top >= least; top--) {
      at[k] += alive[top];
      alive[top] = 0;
    }
    left -= at[k];
  }
  return { at, never: Math.max(0, left) };
}

/** The fewest events on the tested arm, of k, that reach 1/alpha; never fewer than for k - 1. */
function alarmBoundary(
  share: number,
  margin: number,
  alpha: number,
  ratios: readonly number[],
  weights: readonly number[],
) {
  const odds = (share / (1 - share)) * margin;
  const logR = ratios.map(Math.log);
  const cost = ratios.map((r) => Math.log1p((odds * (r - 1)) / (1 + odds)));
  const logs = ratios.map(() => 0);
  const logE = (y: number, k: number) => {
    for (let j = 0; j < logs.length; j++) logs[j] = y * logR[j] - k * cost[j];
    return logWeightedSum(logs, weights);
  };
  return (k: number, from: number) => {
    let y = from;
    while (y <= k && logE(y, k) < -Math.log(alpha)) y++;
    return y;
  };
}

/** Bad events per second, and the probability that one is on the tested arm. */
function events({ perSecond, share, theta, theta0 }: Question): { rate: number; onTested: number } {
  const tested = share * theta;
  const all = tested + (1 - share) * theta0;
  return { rate: perSecond * all, onTested: tested / all };
}

const lawOf = (question: Question, onTested: number, most: number): StoppingLaw =>
  stoppingLaw(onTested, question.share, question.margin, question.alpha, most, question.ratios, question.weights);

function requireQuestion(question: Question): void {
  requirePositive(question.perSecond, "perSecond");
  requireInner(question.share, "share");
  requireInner(question.theta, "theta");
  requireInner(question.theta0, "theta0");
  requireInner(question.alpha, "alpha");
  requireRatio(question.margin, "margin");
}

/** An answer in seconds, and what it costs in units and failures up to the quantile asked for. */
export interface Answer {
  /** No rule can be faster on average. */
  readonly boundSeconds: number;
  readonly meanSeconds: number;
  /** By then it is noticed with the power asked for. */
  readonly seconds: number;
  readonly units: number;
  readonly failures: number;
  /** Failures beyond those the reference rate would have caused anyway. */
  readonly extraFailures: number;
  /** Quantile of the number of bad events. */
  readonly events: number;
}

/** Exact up to 20,000 bad events, else by the closed form; Infinity where the truth is within the margin. */
export function timeToNotice(question: Question, power: number): Answer {
  requireQuestion(question);
  requireInner(power, "power");
  const { rate, onTested } = events(question);
  const bound = leastUnits(question, { ratio: question.margin }, question.alpha, 1 - power);
  const boundSeconds = bound / (question.share * question.perSecond);
  const harmful = question.theta > question.margin * question.theta0;
  if (!harmful) return answer(question, Infinity, Infinity, Infinity, Infinity);
  const guess = closedForm(question, 0.5 + power / 2);
  const most = Math.ceil(3 * guess.seconds * rate) + 200;
  if (most > MOST_EVENTS) {
    const { meanSeconds, seconds } = closedForm(question, power);
    return answer(question, boundSeconds, meanSeconds, seconds, seconds * rate);
  }
  const law = lawOf(question, onTested, MOST_EVENTS);
  const meanSeconds = law.at.reduce((sum, probability, k) => sum + k * probability, 0) / rate;
  const last = lastEvent(law);
  const seconds = bisect((s) => noticedBy(law, last, s * rate) - power, 0, (3 * most) / rate);
  return answer(question, boundSeconds, meanSeconds, seconds, quantileOf(law, power));
}

function answer(
  { perSecond, share, theta, theta0 }: Question,
  boundSeconds: number,
  meanSeconds: number,
  seconds: number,
  eventsNeeded: number,
): Answer {
  const units = seconds * perSecond * share;
  return {
    boundSeconds,
    meanSeconds,
    seconds,
    units,
    failures: units * theta,
    extraFailures: units === Infinity ? Infinity : units * (theta - theta0),
    events: eventsNeeded,
  };
}

function lastEvent({ at }: StoppingLaw): number {
  let last = at.length - 1;
  while (last > 0 && at[last] === 0) last--;
  return last;
}

/** P(alarm before the time in which `mean` events are expected). */
function noticedBy({ at }: StoppingLaw, last: number, mean: number): number {
  if (mean <= 0) return 0;
  const reaches = poissonReaches(mean, last);
  let sum = 0;
  for (let k = 1; k <= last; k++) sum += at[k] * reaches[k];
  return sum;
}

function quantileOf({ at }: StoppingLaw, power: number): number {
  let sum = 0;
  for (let k = 1; k < at.length; k++) if ((sum += at[k]) >= power) return k;
  return Infinity;
}

/** The bets' average costs about this part of ln(number of bets) on the way. */
const OVERHEAD = 0.7;

/** Drift and spread of the evidence per second, and the barrier it must reach, for the diffusion limit. */
function diffusion(question: Question): { mean: number; shape: number } {
  const { rate, onTested: p } = events(question);
  const odds = (question.share / (1 - question.share)) * question.margin;
  const a = odds / (1 + odds);
  const [up, down] = [Math.log(p / a), Math.log((1 - p) / (1 - a))];
  const drift = rate * (p * up + (1 - p) * down);
  const spread = rate * (p * up * up + (1 - p) * down * down);
  const barrier = -Math.log(question.alpha) + OVERHEAD * Math.log(RATIOS.length);
  return { mean: barrier / drift, shape: barrier ** 2 / spread };
}

/** Mean and quantile in seconds by the inverse Gaussian law of first passage: within some percent of the exact ones. */
export function closedForm(question: Question, power: number): { meanSeconds: number; seconds: number } {
  requireQuestion(question);
  requireInner(power, "power");
  if (question.theta <= question.margin * question.theta0) return { meanSeconds: Infinity, seconds: Infinity };
  const { mean, shape } = diffusion(question);
  return { meanSeconds: mean, seconds: inverseGaussianQuantile(power, mean, shape) };
}

/** P(noticed within `seconds`): exact while at most 20,000 bad events are expected, else by the closed form. */
export function chanceToNotice(question: Question, seconds: number): number {
  requireQuestion(question);
  requirePositive(seconds, "seconds");
  const { rate, onTested } = events(question);
  const mean = rate * seconds;
  const most = Math.ceil(mean + 8 * Math.sqrt(mean) + 20);
  if (most > MOST_EVENTS) {
    if (question.theta <= question.margin * question.theta0) return question.alpha;
    const { mean: passage, shape } = diffusion(question);
    return inverseGaussianBelow(seconds, passage, shape);
  }
  const law = lawOf(question, onTested, most);
  return noticedBy(law, most, mean);
}

/**
 * The smallest ratio of rates that is noticed within `seconds` with `power`, to 0.1 %; Infinity when even every tested
 * unit failing would go unnoticed. `theta` of the question is ignored.
 */
export function smallestRatio(question: Omit<Question, "theta">, seconds: number, power: number): number {
  requireInner(power, "power");
  const highest = (1 - 1e-9) / question.theta0;
  const notices = (ratio: number) => chanceToNotice({ ...question, theta: ratio * question.theta0 }, seconds) >= power;
  if (!notices(highest)) return Infinity;
  let [low, high] = [Math.min(question.margin, highest), highest];
  while (high / low > 1.001) {
    const middle = Math.sqrt(low * high);
    if (notices(middle)) high = middle;
    else low = middle;
  }
  return high;
}
