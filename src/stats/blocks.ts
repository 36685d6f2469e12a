/**
 * Likelihood ratios of whole blocks, good and bad units alike, for events that are common (conversions, "slower than
 * the median"). There the conditional form of `counts.ts` stays valid but grows slowly, because it does not see that
 * a common event cannot become twenty times as common.
 *
 * Each form fixes a null point by a guess `t` of the level that was made *before* the block, and bets along the line
 * of pairs whose nearest null point it is; any such guess is valid, a good one is fast.
 */
import { requireBlock, requireInner, requireRatio, type Block } from "./inputs.ts";

/** Bad-event rates of both arms: tested, reference. */
export interface Rates {
  readonly theta: number;
  readonly theta0: number;
}

const events = (k: number, p: number, q: number) => (k === 0 ? 0 : k * Math.log(p / q));

/** ln of the likelihood of a block at `alternative` over that at `null`. Rates strictly inside 0..1. */
export const logBlockRatio = (block: Block, alternative: Rates, null_: Rates): number =>
  logRatioAt(block, alternative.theta, alternative.theta0, null_.theta, null_.theta0);

/** The same, alternative before null, without a thing being made: safety asks six times a tick. */
export function logRatioAt(block: Block, theta: number, theta0: number, nullTheta: number, nullTheta0: number): number {
  return (
    events(block.bad, theta, nullTheta) +
    events(block.n - block.bad, 1 - theta, 1 - nullTheta) +
    events(block.bad0, theta0, nullTheta0) +
    events(block.n0 - block.bad0, 1 - theta0, 1 - nullTheta0)
  );
}

/** Bets on what is common: it does not become several times as common, so they begin closer than RATIOS. */
export const COMMON_ODDS: readonly number[] = [1.1, 1.25, 1.5, 2, 3.5, 9];

/** A bet uses up at most this part of the room between the null's reference rate and 0. */
const ROOM = 0.9;

/** The rate whose odds are psi times those of theta. */
const raised = (theta: number, psi: number): number => (psi * theta) / (1 - theta + psi * theta);

/**
 * The bet "the tested arm's odds are psi times what the margin allows" against the null point (margin t, t), psi > 1,
 * margin >= 1 and margin t < 1: on the line (1-w)(t - theta0)/(t (1-t)) = w (theta - margin t)/(t (1 - margin t)) of pairs
 * whose nearest null point this is. Odds, because twice a common rate may be more than all.
 */
export function ratioBet(t: number, w: number, margin: number, psi: number): Rates {
  const theta = margin * t;
  const fall = ((w / (1 - w)) * (1 - t)) / (1 - theta);
  const rise = Math.min(raised(theta, psi) - theta, (ROOM * t) / fall);
  return { theta: theta + rise, theta0: t - fall * rise };
}

/** The bet at step h > 0 along the line from the null point (t + points, t); t + points < 1. */
export function pointsBet(t: number, w: number, points: number, h: number): Rates {
  const theta = t + points;
  return { theta: theta + h * (1 - w) * theta * (1 - theta), theta0: t - h * w * t * (1 - t) };
}

/** The step that makes the tested arm's odds psi times the null's, as far as the reference rate stays above 0. */
export function pointsStep(t: number, w: number, points: number, psi: number): number {
  const theta = t + points;
  const wished = (raised(theta, psi) - theta) / ((1 - w) * theta * (1 - theta));
  return Math.min(wished, ROOM / (w * (1 - t)));
}

/** The bet "odds psi times as high" against the null point (t, t): no margin, psi > 1. */
export function oddsBet(t: number, w: number, psi: number): Rates {
  const theta0 = oddsReference(t, w, psi);
  return { theta: raised(theta0, psi), theta0 };
}

/** The reference rate u of that bet: the positive root of (1-w)(psi-1) u^2 + (w psi + 1-w - t (psi-1)) u - t = 0. */
function oddsReference(t: number, w: number, psi: number): number {
  const a = (1 - w) * (psi - 1);
  const b = w * psi + 1 - w - t * (psi - 1);
  const root = Math.sqrt(b * b + 4 * a * t);
  return b > 0 ? (2 * t) / (b + root) : (root - b) / (2 * a);
}

const says = (block: Block) => block.n > 0 && block.n0 > 0;
const share = (block: Block) => block.n / (block.n + block.n0);

/** Adds ln of the ratio-margin block form to `logs[from + j]` for the bets at `odds[j]`; null point (margin t, t). */
export function scoreRatioBlock(
  logs: number[],
  block: Block,
  margin: number,
  t: number,
  odds: readonly number[],
  from = 0,
): void {
  requireBlock(block);
  requireRatio(margin, "margin");
  requireInner(margin * t, "margin x t");
  if (!says(block)) return;
  const [w, null_] = [share(block), { theta: margin * t, theta0: t }];
  for (let j = 0; j < odds.length; j++) logs[from + j] += logBlockRatio(block, ratioBet(t, w, margin, odds[j]), null_);
}

/** Adds ln of the absolute-margin block form to `logs[from + j]` for the bets at `odds[j]`; null point (t + points, t). */
export function scorePointsBlock(
  logs: number[],
  block: Block,
  points: number,
  t: number,
  odds: readonly number[],
  from = 0,
): void {
  requireBlock(block);
  requireInner(t, "t");
  requireInner(t + points, "t + points");
  if (!says(block)) return;
  const [w, null_] = [share(block), { theta: t + points, theta0: t }];
  for (let j = 0; j < odds.length; j++)
    logs[from + j] += logBlockRatio(block, pointsBet(t, w, points, pointsStep(t, w, points, odds[j])), null_);
}

/** Odds ratios as they are bet on, with their logarithms, which every block needs. */
export interface OddsBets {
  readonly odds: readonly number[];
  readonly logs: readonly number[];
}

/** The bets at these odds ratios, each above 1. */
export const oddsBets = (odds: readonly number[]): OddsBets => ({ odds, logs: odds.map(Math.log) });

/**
 * Adds ln of the no-margin block form to `logs[from + j]` for the odds ratios; null point (t, t). Bets that have
 * fallen below `floor` are left alone: to stop betting is always allowed.
 * The same as logBlockRatio of oddsBet, with three logarithms: the odds of the bet's rates differ by just psi.
 */
export function scoreOddsBlock(
  logs: number[],
  block: Block,
  t: number,
  bets: OddsBets,
  from = 0,
  floor = -Infinity,
): void {
  requireBlock(block);
  requireInner(t, "t");
  if (!says(block)) return;
  const { n, bad, n0 } = block;
  const units = n + n0;
  const failed = bad + block.bad0;
  const w = n / units;
  const v = n0 / units;
  const rest = 1 / (1 - t);
  for (let j = 0; j < bets.odds.length; j++) {
    if (logs[from + j] < floor) continue;
    const more = bets.odds[j] - 1;
    // oddsReference, over t
    const a = v * more * t;
    const b = 1 + (w - t) * more;
    const root = Math.sqrt(b * b + 4 * a);
    const part = b > 0 ? 2 / (b + root) : (root - b) / (2 * a);
    const u = part * t;
    let score = bad * bets.logs[j] + (units - failed) * Math.log((1 - u) * rest) - n * Math.log1p(more * u);
    if (failed > 0) score += failed * Math.log(part);
    logs[from + j] += score;
  }
}
