/**
 * Overshoot removal (Fischer & Ramdas, "Improving the (approximate) sequential probability ratio test by avoiding
 * overshoot", 2024). With 5 % of traffic one bad event multiplies the evidence by up to ten, so the threshold is
 * overshot and a third of alpha stays unspent. What lies above the threshold cannot help, so it is given back as a
 * bonus factor on the other outcomes. The boosted number is evidence *for the one threshold chosen beforehand* only;
 * what people are shown is the plain one.
 */
import { requireInner, requireCount } from "./inputs.ts";
import { addLogs, logMean } from "./logs.ts";
import { RATIOS } from "./counts.ts";
import { bisect, logChoose } from "./special.ts";

/** Bets with their bonus: ln of each bet's product, and ln of the bonus factor on their average. */
export interface Boosted {
  readonly logs: readonly number[];
  readonly logBonus: number;
}

export const startBoosted = (ratios: readonly number[] = RATIOS): Boosted => ({
  logs: ratios.map(() => 0),
  logBonus: 0,
});

/** ln of the plain evidence. */
export const logPlain = ({ logs }: Boosted): number => logMean(logs);

/** ln of the boosted evidence. */
export const logBoosted = (boosted: Boosted): number => logMean(boosted.logs) + boosted.logBonus;

/** The bets after `bad` of `events` bad events fell on the tested arm, whose null share of them is `a`. */
function after(logs: readonly number[], bad: number, events: number, a: number, ratios: readonly number[]): number[] {
  return logs.map((log, j) => log + bad * Math.log(ratios[j]) - events * Math.log1p(a * (ratios[j] - 1)));
}

/**
 * One bad event. `a` is the null share of bad events on the tested arm: w without a margin, w rho/(w rho + 1 - w) with one.
 * Where the event on the tested arm would overshoot, the reference outcome gets what is cut off there, so that the
 * expectation under the null stays the present evidence.
 */
export function boostEvent(
  state: Boosted,
  onTested: boolean,
  a: number,
  alpha: number,
  ratios: readonly number[] = RATIOS,
): Boosted {
  requireInner(a, "a");
  requireInner(alpha, "alpha");
  const threshold = -Math.log(alpha);
  const up = after(state.logs, 1, 1, a, ratios);
  if (onTested) return { ...state, logs: up };
  const down = after(state.logs, 0, 1, a, ratios);
  if (logMean(up) + state.logBonus <= threshold) return { ...state, logs: down };
  // ln((current - a/alpha) / ((1 - a) after)), the difference taken in logs
  const current = logBoosted(state);
  const rest = Math.log1p(-Math.exp(Math.log(a) + threshold - current));
  if (Number.isNaN(rest) || rest === -Infinity) return { ...state, logs: down };
  return { logs: down, logBonus: current + rest - Math.log1p(-a) - logMean(down) };
}

/**
 * A tick of `events` bad events, `bad` of them on the tested arm. The bonus b >= 1 of the tick solves
 * sum_y Binomial(y; events, a) min(b E(y), 1/alpha) = E before. Above 1/alpha nothing is left to decide.
 */
export function boostTick(
  state: Boosted,
  bad: number,
  events: number,
  a: number,
  alpha: number,
  ratios: readonly number[] = RATIOS,
): Boosted {
  requireInner(a, "a");
  requireInner(alpha, "alpha");
  requireCount(bad, "bad");
  requireCount(events - bad, "events - bad");
  if (events === 0) return state;
  const threshold = -Math.log(alpha);
  const current = logBoosted(state);
  const next = { ...state, logs: after(state.logs, bad, events, a, ratios) };
  if (current >= threshold) return next;
  const outcomes = Array.from({ length: events + 1 }, (_, y) => ({
    chance: logChoose(events, y) + y * Math.log(a) + (events - y) * Math.log1p(-a),
    log: logMean(after(state.logs, y, events, a, ratios)) + state.logBonus,
  }));
  const expected = (logB: number) =>
    outcomes.reduce((sum, { chance, log }) => addLogs(sum, chance + Math.min(log + logB, threshold)), -Infinity);
  if (expected(0) >= current - 1e-13) return next;
  let high = 1;
  while (expected(high) < current && high < 1e3) high *= 2;
  return { ...next, logBonus: state.logBonus + bisect((logB) => expected(logB) - current, 0, high) };
}
