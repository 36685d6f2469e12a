/**
 * Ticks too thin to compare arms in wait for the next ones of the same plan. A canary request that shares its quarter
 * of a second with two stable ones learns next to nothing from them: at ten requests a second and 5 % a fault would
 * take 1.7 times as long to be seen, at two a second seven times (`pool.test.ts`). Under one plan arms are assigned
 * with one probability, so that ticks may be joined however the level moves meanwhile.
 *
 * When a pool is full depends on how many units were assigned, never on how they fared.
 */
import type { Block } from "../stats/inputs.ts";

export interface Pool {
  readonly plan: number;
  /** When it was begun, epoch milliseconds. */
  readonly at: number;
  readonly block: Block;
}

/** So many units of both arms are always enough; so few are enough for those who have waited. */
const ENOUGH = 100;
const FEW = 20;
const WAITED_MS = 5000;
/** A pool is given up then: what is in it may be of another time of day. */
const STALE_MS = 120_000;

export const nothing: Block = { n: 0, bad: 0, n0: 0, bad0: 0 };

/** a faded to the part `keep`, plus b. */
export function sum(a: Block, b: Block, keep = 1): Block {
  return {
    n: a.n * keep + b.n,
    bad: a.bad * keep + b.bad,
    n0: a.n0 * keep + b.n0,
    bad0: a.bad0 * keep + b.bad0,
  };
}

/** Whether a tick of `plan` at `at` must not be joined. */
export const isOver = (pool: Pool, plan: number, at: number): boolean =>
  pool.plan !== plan || at - pool.at >= STALE_MS || at < pool.at;

export const joined = (pool: Pool | null, block: Block, plan: number, at: number): Pool =>
  pool === null ? { plan, at, block } : { ...pool, block: sum(pool.block, block) };

export const hasBoth = ({ n, n0 }: Block): boolean => n > 0 && n0 > 0;

/** Whether the pool, its last tick having begun at `at`, is to be compared now. */
export function isFull({ block, at: begun }: Pool, at: number): boolean {
  const units = block.n + block.n0;
  return hasBoth(block) && (units >= ENOUGH || (units >= FEW && at - begun >= WAITED_MS));
}

/** About the last 500 seconds of the past count, however long a tick is. */
const MEMORY_MS = 500_000;

/** The part of the past that is kept from the moment `since` to `at`; all of it where there was none (0). */
export const kept = (since: number, at: number): number =>
  since === 0 ? 1 : Math.exp(-Math.max(0, at - since) / MEMORY_MS);
