/** Moments and spans as files and people have them. */
import type { Window } from "../../analysis/measurement.ts";
import { SerinError } from "../../errors.ts";
import { parseDuration } from "../../rollout/amounts.ts";
import type { Told } from "./stretches.ts";

/** Epoch seconds are below this until the year 5138, epoch milliseconds above it since 1973. */
const MILLISECONDS_FROM = 1e11;

/** ISO 8601, or epoch seconds or milliseconds; null for anything else. Epoch milliseconds. */
export function instantOf(text: string): number | null {
  if (/^\d+(\.\d+)?$/.test(text)) {
    const number = Number(text);
    return number >= MILLISECONDS_FROM ? number : number * 1000;
  }
  if (!/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(text)) return null;
  // without a zone it is UTC, as logs and databases have it
  const at = Date.parse(/(Z|[+-]\d{2}:?\d{2})$/.test(text) || text.length === 10 ? text : `${text}Z`);
  return Number.isNaN(at) ? null : at;
}

/** `2026-11-01T10:00Z/2026-11-01T12:00Z` (ISO 8601), or how long back from now: `7d`. Throws USAGE. */
export function rangeIn(text: string, now: number): Window {
  const back = parseDuration(text);
  const [from, to] = back === null ? text.split("/").map(instantOf) : [now - back, now];
  const end = Math.min(to ?? NaN, now);
  if (from !== null && from < end) return { from, to: end };
  throw new SerinError(
    "USAGE",
    `"${text}" is no time that has been: expected FROM/TO as ISO 8601, or a duration such as 7d`,
  );
}

/** `v2=FROM/TO`, or `v1:v2=FROM/TO`: what was released, against what, and when. Throws USAGE. */
export function releaseIn(text: string): Told {
  const found = /^(?:([^:=]+):)?([^:=]+)=(.+)$/.exec(text);
  if (found === null) throw new SerinError("USAGE", `"${text}" is no release: expected [STABLE:]CANARY=FROM/TO`);
  const [, stable, canary, range] = found;
  return { stable, canary, ...rangeIn(range, Infinity) };
}
