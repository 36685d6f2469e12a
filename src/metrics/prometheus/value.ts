/** One number by PromQL, at the end of the window. */
import type { Measurement } from "../../analysis/measurement.ts";
import { SerinError } from "../../errors.ts";
import type { Look } from "../questions.ts";
import type { PrometheusApi, Result } from "./api.ts";

export async function valueFrom(api: PrometheusApi, text: string, { window, signal }: Look): Promise<Measurement> {
  const { result } = await api.query(text, window.to, signal);
  const value = numberIn(result, api.whom);
  if (value !== null && Number.isFinite(value)) return { kind: "value", window, value };
  const reason = value === null ? "the query has no result" : `the query's result is no number (${value})`;
  return { kind: "noData", window, reason };
}

/** Null when there is none. A query that answers with many has a part missing: none of them is picked. */
function numberIn(result: Result, whom: string): number | null {
  if (result.resultType === "scalar") return Number(result.result[1]);
  if (result.resultType !== "vector")
    throw new SerinError(
      "SOURCE_FAILED",
      `${whom} answered with a ${result.resultType} where one number was asked for`,
    );
  const [first, second] = result.result;
  if (second !== undefined)
    throw new SerinError(
      "SOURCE_FAILED",
      `${whom} answered with ${result.result.length} series where one number was asked for: sum them, or name one`,
    );
  return first?.value === undefined ? null : Number(first.value[1]);
}
