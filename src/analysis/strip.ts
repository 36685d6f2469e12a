/**
 * The A/A strip: is the promise's ground firm? Evidence is exact when units are independent. So slices of stable, cut by
 * the hash of the unit, are each taken for a canary and judged against the rest of stable, by the same wager. Nothing is wrong with
 * them: each reaches 20 with probability at most 1/20, so of 19 slices one is expected at most. When three or more
 * have, units hang together (one client fails many times), and what the gates promise does not hold as it is counted.
 */
import { RATIO_WEIGHTS, RATIOS, scoreConditional } from "../stats/counts.ts";
import { dispersion } from "../stats/dispersion.ts";
import { requireBlock, type Block } from "../stats/inputs.ts";
import { logWeightedSum } from "../stats/logs.ts";
import { SerinError } from "../errors.ts";
import type { Counting } from "./metric.ts";
import { tempered } from "./temper.ts";
import type { Counts, Measurement, Slices } from "./measurement.ts";

/** Of 19 pretended canaries one is expected to cross 20 at most. */
export const SLICES = 19;

/** Plain JSON of constant size: under 4 KB for 19 slices. */
export interface Strip {
  /** Bets of each slice, ln. */
  readonly logs: readonly (readonly number[])[];
  /** ln of the largest evidence each slice has reached. */
  readonly peaks: readonly number[];
  readonly totals: readonly Counts[];
}

/** Evidence that a slice is counted from, and how many such slices are too many. */
const CROSSED = Math.log(20);
const TOO_MANY = 3;

/** Before the first tick, for so many slices. Throws STATISTICS_INPUT. */
export function startStrip(slices: number): Strip {
  if (!(Number.isInteger(slices) && slices >= 2))
    throw new SerinError("STATISTICS_INPUT", `slices must be a whole number of at least 2, found ${slices}`);
  const each = <T>(value: () => T) => Array.from({ length: slices }, value);
  return { logs: each(() => RATIOS.map(() => 0)), peaks: each(() => 0), totals: each(() => ({ n: 0, bad: 0 })) };
}

/**
 * The strip after a measurement: as it was where that knows no slices, begun anew where it knows another number of them.
 * `phi`: what the gate tempers its own evidence by now, so that the strip tests the very wager that decides.
 */
export function foldSlices(strip: Strip | undefined, measurement: Measurement, phi = 1): Strip | undefined {
  if (measurement.kind !== "counts" || measurement.slices === undefined) return strip;
  const counts = countsOf(measurement.slices);
  return foldStrip(strip?.logs.length === counts.length ? strip : startStrip(counts.length), counts, phi);
}

/** Throws STATISTICS_INPUT where slices cannot be counts. */
export function requireSlices({ n, bad }: Slices): void {
  if (n.length < 2 || n.length !== bad.length)
    throw new SerinError(
      "STATISTICS_INPUT",
      `slices must be two or more, found ${n.length} of n and ${bad.length} of bad`,
    );
  for (const each of countsOf({ n, bad })) requireBlock({ ...each, n0: 0, bad0: 0 });
}

const countsOf = ({ n, bad }: Slices): Counts[] => n.map((each, i) => ({ n: each, bad: bad[i] }));

/** Adds one tick of stable, counted slice by slice; every increment counts 1/phi. Throws STATISTICS_INPUT. */
export function foldStrip(strip: Strip, slices: readonly Counts[], phi = 1): Strip {
  if (slices.length !== strip.logs.length)
    throw new SerinError("STATISTICS_INPUT", `${strip.logs.length} slices expected, found ${slices.length}`);
  const all = slices.reduce((sum, { n, bad }) => ({ n: sum.n + n, bad: sum.bad + bad }), { n: 0, bad: 0 });
  const totals = strip.totals.map(({ n, bad }, i) => ({ n: n + slices[i].n, bad: bad + slices[i].bad }));
  // without a failure nobody wins or loses
  if (all.bad === 0) return { ...strip, totals };
  const logs = strip.logs.map((before, i) => scored(before, against(slices[i], all), phi));
  // a slice without one only loses
  const peakOf = (peak: number, i: number) => (slices[i].bad === 0 ? peak : Math.max(peak, logEvidence(logs[i])));
  return { logs, peaks: strip.peaks.map(peakOf), totals };
}

function scored(before: readonly number[], block: Block, phi: number): readonly number[] {
  const after = before.slice();
  tempered(after, phi, () => scoreConditional(after, block, 1));
  return after;
}

const logEvidence = (logs: readonly number[]): number => logWeightedSum(logs, RATIO_WEIGHTS);

function against({ n, bad }: Counts, all: Counts): Block {
  const block: Block = { n, bad, n0: all.n - n, bad0: all.bad - bad };
  requireBlock(block);
  return block;
}

/** `valid`: as promised. `clustered`: count people instead of requests. `void`: people are counted, and hang together. */
export const grounds = ["valid", "clustered", "void"] as const;

export interface Ground {
  readonly ground: (typeof grounds)[number];
  /** Slices that have reached 20, and how many are expected at most. */
  readonly crossed: number;
  readonly expected: number;
  /** By how much counts vary more than chance, and its upper limit: what evidence would have to be tempered by. */
  readonly phi: number;
  readonly phiUpper: number;
  /** One sentence for people. */
  readonly reason: string;
}

/** Each slice for a picture: its units and failures, and ln of the most evidence of harm that it has shown. */
export const slicesShown = ({ peaks, totals }: Strip) => totals.map((counts, i) => ({ ...counts, logHarm: peaks[i] }));

/** Whether a slice that has shown so much is one that has crossed. */
export const hasCrossed = (logHarm: number): boolean => logHarm >= CROSSED;

/** Whether too many have crossed for chance. They stay so: a peak never sinks. */
export const hasGivenWay = (strip: Pick<Strip, "peaks"> | undefined): boolean =>
  strip !== undefined && strip.peaks.filter(hasCrossed).length >= TOO_MANY;

/** What the strip says of the ground, for gates that count as `counting`. */
export function judgeStrip({ peaks, totals }: Strip, counting: Counting): Ground {
  const crossed = peaks.filter(hasCrossed).length;
  const expected = peaks.length / 20;
  const { phi, upper } = dispersion(totals);
  const tally = `${crossed} of ${peaks.length} slices of stable look harmful against the rest, ${rounded(expected)} expected at most`;
  const found = { crossed, expected, phi, phiUpper: upper };
  if (!hasGivenWay({ peaks }))
    return { ...found, ground: "valid", reason: `units are independent as far as can be seen: ${tally}` };
  if (counting === "requests")
    return { ...found, ground: "clustered", reason: `requests hang together, count people instead: ${tally}` };
  return { ...found, ground: "void", reason: `units hang together, the promised rates do not hold: ${tally}` };
}

const rounded = (x: number): string => String(Number(x.toPrecision(2)));
