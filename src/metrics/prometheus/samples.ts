/** Raw samples of counters: `selector[90s]` at one moment, never anything that was computed from them. */
import { z } from "zod";
import { SerinError } from "../../errors.ts";
import { quoted } from "../asking/asker.ts";
import { lookback, type Span } from "./spans.ts";
import type { Matrix, PrometheusApi } from "./api.ts";
import type { Minus, Series } from "./rises.ts";

/** `http_requests_total{app="shop"}`: a name, labels, or both. Words in braces may stand anywhere. */
const SELECTOR = /^\s*(?:[a-zA-Z_:][\w:]*\s*(?:\{LABELS\})?|\{LABELS\})\s*$/.source.replaceAll(
  "LABELS",
  String.raw`(?:[^"'\x60{}]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\x60[^\x60]*\x60)*`,
);
const selector = new RegExp(SELECTOR);

export const isSelector = (text: string): boolean => selector.test(text.replaceAll(/\{\{[^{}]*\}\}/g, "x"));

export const selectorText = (example: string) =>
  z
    .string()
    .min(1)
    .max(10_000)
    .refine(
      isSelector,
      'expected a selector of raw series, such as http_requests_total{app="shop"}: no rate, no sum, no range',
    )
    .meta({ title: "series selector", examples: [example] });

/** Throws SOURCE_FAILED. */
export async function samplesOf(
  api: PrometheusApi,
  text: string,
  { window, every }: Span,
  signal: AbortSignal,
): Promise<Matrix> {
  const seconds = (window.to - window.from + lookback(every)) / 1000;
  const { result, warnings } = await api.query(`${text}[${seconds}s]`, window.to, signal);
  if (warnings.length > 0)
    throw new SerinError("SOURCE_FAILED", `${api.whom} answered in part only: ${quoted(warnings[0])}`);
  if (result.resultType === "matrix") return result.result;
  throw new SerinError(
    "SOURCE_FAILED",
    `${api.whom} answered with a ${result.resultType} where raw samples were asked for`,
  );
}

const timeOf = (seconds: number) => Math.round(seconds * 1000);

/** Counters of a matrix. What is no number (a stale marker of some stores) was no scrape. */
export function counters(matrix: Matrix, role: string): readonly Series<number>[] {
  return matrix.map(({ metric, values }) => ({
    labels: metric,
    role,
    samples: values
      .map(([seconds, text]) => [timeOf(seconds), Number(text)] as const)
      .filter(([, value]) => Number.isFinite(value)),
  }));
}

export const minusCounter: Minus<number> = (now, before) => (now >= before ? now - before : null);

/** A whole number of events; doubles that count by ones stay whole up to 2^53. Throws SOURCE_FAILED. */
export function wholeOf(rise: number, text: string): number {
  const whole = Math.round(rise);
  if (Math.abs(rise - whole) <= 1e-6 * Math.max(1, rise)) return whole;
  throw new SerinError(
    "SOURCE_FAILED",
    `${quoted(text)} grew by ${rise}, and what is counted is whole: ask for a counter of events`,
  );
}
