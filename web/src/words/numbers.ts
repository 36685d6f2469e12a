/** Numbers as people read them, the same as in a terminal and in messages. */
import { evidence, points, rough, whole } from "../../../src/analysis/words.ts";
import type { Compared } from "../../../src/http/wire-pages.ts";

export { evidence, rough, whole };

/** Basis points that are wanted, exactly: 50 -> "0.5 %". */
export const share = (basisPoints: number): string => `${basisPoints / 100} %`;

/** Basis points that were measured: 497.5 -> "5 % measured". */
export const measured = (basisPoints: number | null): string =>
  basisPoints === null ? "not measured" : `${rough(basisPoints / 100)} % measured`;

const [MOST, DECIMALS] = [0.9, 4];

/** 0.0123 -> "1.2 %", 0.9925 -> "99.25 %": what is small keeps two telling digits, and so does what little is missing of all. */
export function percent(rate: number): string {
  if (rate <= MOST || rate >= 1) return `${rough(rate * 100)} %`;
  const decimals = Math.max(0, 1 - Math.floor(Math.log10((1 - rate) * 100)));
  return `${Number((rate * 100).toFixed(Math.min(DECIMALS, decimals)))} %`;
}

/** 31000 -> "31k" where there is room for four letters. */
export function brief(n: number): string {
  if (n < 1000) return rough(n);
  if (n < 1_000_000) return `${rough(n / 1000)}k`;
  return `${rough(n / 1_000_000)}M`;
}

export function milliseconds(ms: number): string {
  if (ms === 0) return "0 ms";
  if (ms >= 1000) return `${rough(ms / 1000)} s`;
  return ms < 1 ? `${rough(ms * 1000)} µs` : `${rough(ms)} ms`;
}

/** A value in the unit of its gate. */
export function valueIn(unit: Compared["unit"], value: number | null): string {
  if (value === null) return "—";
  if (unit === "rate") return percent(value);
  return unit === "milliseconds" ? milliseconds(value) : rough(value);
}

/** What is less than this part of the values that differ is no difference to anybody. */
const NOTHING = 0.005;

/**
 * A difference, with its sign: "+0.31 points", "−12 ms". Where it is told of which values (`of`), one that is next to
 * nothing beside them is told as none.
 */
export function differenceIn(unit: Compared["unit"], value: number | null, of = 0): string {
  if (value === null) return "—";
  const size = Math.abs(value) < NOTHING * of ? 0 : Math.abs(value);
  const sign = size === 0 ? "±" : value > 0 ? "+" : "−";
  if (unit === "rate") return `${sign}${points(size)}`;
  return `${sign}${unit === "milliseconds" ? milliseconds(size) : rough(size)}`;
}
