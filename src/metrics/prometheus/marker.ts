/** When something was so, by a query: its series are there, and above 0, while it is. */
import { SerinError } from "../../errors.ts";
import type { Window } from "../../analysis/measurement.ts";
import type { Labels, PrometheusApi } from "./api.ts";

/** One series, for as long as it was above 0 without a break. */
export interface Marked extends Window {
  readonly labels: Labels;
}

/** A break of more than so many steps ends it; one missed scrape does not. */
const BREAK = 2.5;

/**
 * Spans of `window` in which each series of the query was above 0, to the step. Oldest first.
 * A subquery, so that it is asked like everything else. Throws SOURCE_FAILED.
 */
export async function markedBy(
  api: PrometheusApi,
  query: string,
  { from, to }: Window,
  stepMs: number,
  signal: AbortSignal,
): Promise<readonly Marked[]> {
  const range = `[${Math.ceil((to - from) / 1000)}s:${Math.ceil(stepMs / 1000)}s]`;
  const { result } = await api.query(`(${query})${range}`, to, signal);
  if (result.resultType !== "matrix")
    throw new SerinError(
      "SOURCE_FAILED",
      `${api.whom} answered with a ${result.resultType} where series were asked for`,
    );
  return result.result
    .flatMap(({ metric, values }) => {
      const up = values.filter(([, value]) => Number(value) > 0).map(([seconds]) => Math.round(seconds * 1000));
      return stretches(up, stepMs).map((span) => ({ labels: metric, from: span.from, to: Math.min(span.to, to) }));
    })
    .toSorted((a, b) => a.from - b.from);
}

function stretches(moments: readonly number[], stepMs: number): readonly Window[] {
  const found: { from: number; to: number }[] = [];
  for (const at of moments) {
    const last = found.at(-1);
    if (last !== undefined && at - last.to <= (BREAK - 1) * stepMs) last.to = at + stepMs;
    else found.push({ from: at, to: at + stepMs });
  }
  return found;
}
