/**
 * How many times worse, with an interval that may be read at any moment. The conditional log likelihood is kept on a
 * geometric grid of ratios; "ratio rho is excluded from below" is the test of `counts.ts` at margin rho, whose bets
 * are other points of the same grid. So one number a grid point holds every test at once:
 *   ln E(rho) = ln mean_j exp(curve[rho r_j] - curve[rho]).
 */
import { requireBlock, requireInner, type Block } from "./inputs.ts";
import { RATIOS, logConditionalEvidence } from "./counts.ts";

/** Four steps an octave, from 1/16 to 64. */
const STEPS_PER_OCTAVE = 4;
const LOWEST = -16;
const HIGHEST = 24;
const UNITY = -LOWEST;

/** The ratios of the grid, ascending; GRID[16] = 1. */
export const GRID: readonly number[] = Array.from(
  { length: HIGHEST - LOWEST + 1 },
  (_, i) => 2 ** ((i + LOWEST) / STEPS_PER_OCTAVE),
);
const LOG_GRID = GRID.map(Math.log);
/** Grid steps to the bets: about 1.2, 1.4, 2, 3.4, 6.7 and 19 times. */
const BETS: readonly number[] = [1, 2, 4, 7, 11, 17];

/** The curve before the first block: ln 1 at every point of the grid. */
export function startCurve(): number[] {
  return GRID.map(() => 0);
}

/** Adds one block to the curve in place, relative to ratio 1. A block without bad events or without an arm says nothing. */
export function scoreCurve(curve: number[], block: Block): void {
  requireBlock(block);
  const events = block.bad + block.bad0;
  if (block.n === 0 || block.n0 === 0 || events === 0) return;
  const share = block.n / (block.n + block.n0);
  for (let i = 0; i < GRID.length; i++)
    curve[i] += block.bad * LOG_GRID[i] - events * Math.log(1 + share * (GRID[i] - 1));
}

/** The curve as it is asked: e^(curve - highest) at every point of the grid. */
const heights = new Float64Array(GRID.length);

function raise(curve: readonly number[]): void {
  let high = -Infinity;
  for (let i = 0; i < curve.length; i++) high = Math.max(high, curve[i]);
  for (let i = 0; i < curve.length; i++) heights[i] = Math.exp(curve[i] - high);
}

/** Whether the evidence that the ratio lies on the far side of grid point i is `needed`; `side` 1: above it, -1: below it. */
function excludes(i: number, side: 1 | -1, needed: number): boolean {
  let sum = 0;
  for (const step of BETS) sum += heights[Math.min(GRID.length - 1, Math.max(0, i + side * step))];
  // where all of it is nothing the interval is elsewhere
  return sum > 0 && sum >= needed * BETS.length * heights[i];
}

/**
 * The ratio's interval at level 1 - alpha, each side alpha/2, rounded outwards to the grid. `low` 0 or `high`
 * Infinity where nothing is excluded on that side. Holds at all times at once when the ratio is constant.
 */
export function ratioInterval(curve: readonly number[], alpha: number): { low: number; high: number } {
  requireInner(alpha, "alpha");
  const needed = 2 / alpha;
  raise(curve);
  let low = GRID.length - 1;
  while (low >= 0 && !excludes(low, 1, needed)) low--;
  let high = 0;
  while (high < GRID.length && !excludes(high, -1, needed)) high++;
  return { low: low < 0 ? 0 : GRID[low], high: high === GRID.length ? Infinity : GRID[high] };
}

/** The curve's best ratio on the grid: where the interval has its middle. */
export function likeliestRatio(curve: readonly number[]): number {
  let best = UNITY;
  for (let i = 0; i < curve.length; i++) if (curve[i] > curve[best]) best = i;
  return GRID[best];
}

/**
 * The exact lower end from whole blocks: the largest margin of at least 1 that the evidence still excludes at alpha,
 * one-sided, to 12 digits; 0 when not even margin 1 is excluded.
 */
export function lowerRatio(blocks: readonly Block[], alpha: number, ratios: readonly number[] = RATIOS): number {
  requireInner(alpha, "alpha");
  const excludes = (margin: number) => logConditionalEvidence(blocks, margin, ratios) >= -Math.log(alpha);
  if (!excludes(1)) return 0;
  let [low, high] = [1, 2];
  while (excludes(high) && high < 2 ** 60) [low, high] = [high, high * 2];
  while (high - low > 1e-13 * low) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (excludes(middle)) low = middle;
    else high = middle;
  }
  return low;
}
