/** A `series` gate as people write it, and what its A/A history says. */
import { z } from "zod";
import type { SeriesGate, SeriesHistory } from "../analysis/metric.ts";
import { blockLength, signEvidence } from "../stats/series.ts";
import { durationFrom } from "./amounts.ts";
import { distancesOf, limit, margin, unit, worse } from "./distance.ts";

/** Fewer intervals say nothing of how long the noise remembers. */
const LEAST = 30;
const MOST = 2000;
/** Where nobody knows. */
const BLOCK = 5;

export const seriesSchema = z
  .strictObject({
    value: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe("a value of the source, e.g. p99 of the gateway; the gate's name where a source has only one"),
    worse,
    every: durationFrom(1000).prefault("1m").describe("one number of each version this often"),
    margin,
    limit,
    block: z
      .int()
      .min(1)
      .max(200)
      .optional()
      .describe(
        `so many intervals are averaged before they are compared; as long as the history asks for, else ${BLOCK}`,
      ),
    history: z
      .array(z.tuple([z.number(), z.number()]))
      .min(LEAST)
      .max(MOST)
      .optional()
      .describe(
        "[stable, canary] of intervals in which both ran the same version, oldest first: without it the gate reports and never acts",
      ),
    unit,
  })
  .transform((written, ctx): Omit<SeriesGate["series"], "value"> & { readonly value: string | undefined } => {
    const { value, every, block, history: pairs, worse: worsening, unit: of } = written;
    const told = (path: string, message: string) => ctx.addIssue({ code: "custom", path: [path], message });
    const distances = distancesOf(written, ctx);
    const history = pairs === undefined ? null : historyOf(pairs);
    const bias = pairs === undefined ? null : biasOf(pairs);
    if (bias !== null) told("history", bias);
    const needed = history === null ? BLOCK : blockLength(history.correlation);
    if (history !== null && block !== undefined && block < needed)
      told(
        "block",
        `the history asks for blocks of at least ${needed}, found ${block}: its neighbours correlate by up to ${short(history.correlation)}`,
      );
    return { value, worse: worsening, everyMs: every, ...distances, block: block ?? needed, history, unit: of };
  });

type Pair = readonly [stable: number, canary: number];

const short = (x: number) => String(Number(x.toPrecision(2)));

/** Differences of logarithms where there are some: shocks multiply. */
function differencesOf(pairs: readonly Pair[]): readonly number[] {
  const isLog = pairs.every(([stable, canary]) => stable > 0 && canary > 0);
  return pairs.map(([stable, canary]) => (isLog ? Math.log(canary / stable) : canary - stable));
}

/** The correlation of neighbours, with its upper 95 % limit: a short history asks for longer blocks. */
export function historyOf(pairs: readonly Pair[]): SeriesHistory {
  const all = differencesOf(pairs);
  const n = all.length;
  const mean = all.reduce((sum, d) => sum + d, 0) / n;
  const [spread, lagged] = all.reduce(
    ([squares, products], d, i) => [
      squares + (d - mean) ** 2,
      products + (i === 0 ? 0 : (d - mean) * (all[i - 1] - mean)),
    ],
    [0, 0],
  );
  const phi = spread === 0 ? 0 : lagged / spread;
  const upper = phi + 1.645 * Math.sqrt((1 - phi * phi) / n);
  return { points: n, correlation: Math.min(0.99, Math.max(0, upper)) };
}

/** Arms that ran the same version and differ all the same are not measured alike. */
function biasOf(pairs: readonly Pair[]): string | null {
  const all = differencesOf(pairs);
  const block = blockLength(historyOf(pairs).correlation);
  const means = Array.from({ length: Math.floor(all.length / block) }, (_, b) =>
    all.slice(b * block, (b + 1) * block).reduce((sum, d) => sum + d, 0),
  );
  const higher = means.filter((d) => d > 0).length;
  const lower = means.filter((d) => d < 0).length;
  const most = Math.max(signEvidence(higher, means.length - higher), signEvidence(lower, means.length - lower));
  if (most < Math.log(100)) return null;
  const [some, how] = higher > lower ? [higher, "higher"] : [lower, "lower"];
  return `the canary was ${how} in ${some} of ${means.length} blocks of the history: the two are not measured alike, or did not run the same version`;
}
