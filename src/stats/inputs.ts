/** What may enter the mathematics: whole counts, shares and rates. Anything else is answered by name, never computed with. */
import { SerinError } from "../errors.ts";

/**
 * Counts of two arms in one block (a tick, a stratum): `n` tried and `bad` of them gone wrong in the tested arm,
 * `n0` and `bad0` in the reference arm.
 */
export interface Block {
  readonly n: number;
  readonly bad: number;
  readonly n0: number;
  readonly bad0: number;
}

function refuse(name: string, expected: string, value: unknown): never {
  throw new SerinError("STATISTICS_INPUT", `${name} must be ${expected}, found ${String(value)}`, {
    details: { name, value: String(value) },
  });
}

/** A whole number of at least 0 that a double holds exactly. Throws STATISTICS_INPUT. */
export function requireCount(value: number, name: string): void {
  if (!Number.isSafeInteger(value) || value < 0) refuse(name, "a whole number of at least 0", value);
}

/** A number from 0 to 1. Throws STATISTICS_INPUT. */
export function requireShare(value: number, name: string): void {
  if (!(value >= 0 && value <= 1)) refuse(name, "a share from 0 to 1", value);
}

/** A number strictly between 0 and 1, such as an error rate or a quantile. Throws STATISTICS_INPUT. */
export function requireInner(value: number, name: string): void {
  if (!(value > 0 && value < 1)) refuse(name, "strictly between 0 and 1", value);
}

/** A finite number above 0. Throws STATISTICS_INPUT. */
export function requirePositive(value: number, name: string): void {
  if (!(value > 0 && value < Infinity)) refuse(name, "a finite number above 0", value);
}

/** A finite number of at least 0, such as a mass or a weight. Throws STATISTICS_INPUT. */
export function requireAmount(value: number, name: string): void {
  if (!(value >= 0 && value < Infinity)) refuse(name, "a finite number of at least 0", value);
}

/** A ratio margin or limit: finite, at least 1. Throws STATISTICS_INPUT. */
export function requireRatio(value: number, name: string): void {
  if (!(value >= 1 && value < Infinity)) refuse(name, "a finite ratio of at least 1", value);
}

/** Whole counts with bad <= n, of one arm. Throws STATISTICS_INPUT and names the count at fault. */
export function requireBadOf({ n, bad }: { readonly n: number; readonly bad: number }): void {
  requireCount(n, "n");
  requireCount(bad, "bad");
  if (bad > n) refuse("bad", `at most n (${n})`, bad);
}

/** Whole counts with bad <= n in both arms. Throws STATISTICS_INPUT and names the count at fault. */
export function requireBlock(block: Block): void {
  requireCount(block.n, "n");
  requireCount(block.bad, "bad");
  requireCount(block.n0, "n0");
  requireCount(block.bad0, "bad0");
  if (block.bad > block.n) refuse("bad", `at most n (${block.n})`, block.bad);
  if (block.bad0 > block.n0) refuse("bad0", `at most n0 (${block.n0})`, block.bad0);
}
