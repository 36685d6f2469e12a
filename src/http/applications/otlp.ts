/**
 * Metrics as OpenTelemetry's exporters send them (OTLP/HTTP; its JSON encoding, or the same from bytes: `otlp-bytes.ts`). Sums
 * of deltas are so many events, gauges one, histograms of deltas so many with their mean, that differ as their buckets allow.
 * Attributes of the point, or else of its resource, say whose they are: `serin.rollout`, and `serin.arm`, `serin.unit` or the
 * revision as `service.version`.
 */
import { z } from "zod";
import type { Values } from "../../metrics/events/tally.ts";
import { mostSpread, type Bin } from "../../stats/rough.ts";
import type { Reported } from "./events.ts";
import { reportedSchema } from "./events.ts";

const attribute = z.object({
  key: z.string(),
  value: z
    .object({
      stringValue: z.string().optional(),
      intValue: z.union([z.string(), z.number()]).optional(),
      doubleValue: z.number().optional(),
      boolValue: z.boolean().optional(),
    })
    .default({}),
});
const attributes = z.array(attribute).default([]);

/** 64-bit numbers are text in JSON of protocol buffers; exporters are found that write numbers. */
const big = z.union([z.string(), z.number()]).transform(Number);

const point = z.object({
  attributes,
  timeUnixNano: big.optional(),
  asInt: big.optional(),
  asDouble: z.number().optional(),
  count: big.optional(),
  sum: z.number().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  explicitBounds: z.array(z.number()).default([]),
  bucketCounts: z.array(big).default([]),
  flags: z.number().optional(),
});
type Point = z.output<typeof point>;

const temporal = { aggregationTemporality: z.union([z.number(), z.string()]).optional() };
const metric = z.object({
  name: z.string(),
  sum: z.object({ dataPoints: z.array(point).default([]), ...temporal }).optional(),
  gauge: z.object({ dataPoints: z.array(point).default([]) }).optional(),
  histogram: z.object({ dataPoints: z.array(point).default([]), ...temporal }).optional(),
  exponentialHistogram: z.object({ dataPoints: z.array(point).default([]), ...temporal }).optional(),
  summary: z.object({ dataPoints: z.array(point).default([]) }).optional(),
});
type Metric = z.output<typeof metric>;

export const otlpSchema = z.object({
  resourceMetrics: z
    .array(
      z.object({
        resource: z.object({ attributes }).default({ attributes: [] }),
        scopeMetrics: z.array(z.object({ metrics: z.array(metric).default([]) })).default([]),
      }),
    )
    .default([]),
});

/** OTLP answers 200 and says how much of it was not taken. */
export const otlpAnswerSchema = z.object({
  partialSuccess: z.object({ rejectedDataPoints: z.string(), errorMessage: z.string() }).optional(),
});

/** A point as an event, except that its arm may be known by the revision only; or why it is none. */
export type Understood =
  | { readonly event: Reported; readonly values: readonly Values[] | null; readonly revision: string | null }
  | { readonly refused: string };

type Words = Readonly<Record<string, string>>;

export function understood({ resourceMetrics }: z.output<typeof otlpSchema>): readonly Understood[] {
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics.flatMap((each) => ofMetric(each, wordsOf(resource.attributes)))),
  );
}

const wordsOf = (list: z.output<typeof attributes>): Words =>
  Object.fromEntries(list.map(({ key, value }) => [key, wordOf(value)]));

const wordOf = ({ stringValue, intValue, doubleValue, boolValue }: z.output<typeof attribute>["value"]): string =>
  stringValue ?? String(intValue ?? doubleValue ?? boolValue ?? "");

/** 1, or the name of it: what was counted since the last report, not since the process began. */
const isDelta = (temporality: number | string | undefined) =>
  temporality === 1 || temporality === "AGGREGATION_TEMPORALITY_DELTA";

const SUMMARY = "a summary says nothing that could be counted: send a histogram";
const CUMULATIVE = "sums and histograms must be deltas: set the exporter's temporality preference to delta";

/** The first bit of a point's flags: it says that there is nothing to say (DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK). */
const isRecorded = ({ flags = 0 }: Point) => flags % 2 === 0;

function ofMetric({ name, sum, gauge, summary, ...others }: Metric, resource: Words): readonly Understood[] {
  // an exponential histogram is read as one without buckets
  const histogram = others.histogram ?? others.exponentialHistogram;
  if (summary !== undefined) return summary.dataPoints.map(() => ({ refused: `${name}: ${SUMMARY}` }));
  const { dataPoints = [] } = sum ?? gauge ?? histogram ?? {};
  const temporal = sum ?? histogram;
  if (temporal !== undefined && !isDelta(temporal.aggregationTemporality))
    return dataPoints.map(() => ({ refused: `${name}: ${CUMULATIVE}` }));
  const read = sum !== undefined ? countOf : gauge !== undefined ? valueOf : meanOf;
  return dataPoints.filter(isRecorded).flatMap((each) => {
    const words = { ...resource, ...wordsOf(each.attributes) };
    const measured = read(each, words);
    if (measured === null) return [];
    return [typeof measured === "string" ? { refused: `${name}: ${measured}` } : ofPoint(name, each, words, measured)];
  });
}

type Measured = { readonly value: number; readonly count: number; readonly values?: readonly Values[] };

/** So many events; `serin.value` says how they went. Null: none of them. */
function countOf({ asInt, asDouble }: Point, words: Words): Measured | null {
  const count = asInt ?? asDouble ?? 0;
  return count === 0 ? null : { value: Number(words["serin.value"] ?? 1), count };
}

const valueOf = ({ asInt, asDouble }: Point): Measured => ({ value: asDouble ?? asInt ?? NaN, count: 1 });

/** Null for nothing; why not, in words, for a histogram whose sum does not fit its buckets. */
function meanOf(point: Point): Measured | string | null {
  const { count = 0, sum = 0 } = point;
  if (count === 0) return null;
  const values = mostSpread(binsOf(point, count, sum), sum);
  return values === null ? "its sum does not fit its buckets" : { value: sum / count, count, values };
}

/** Its buckets that hold something; without any, everything between its least and its largest value. */
function binsOf({ min, max, explicitBounds, bucketCounts }: Point, count: number, sum: number): readonly Bin[] {
  const least = min ?? Math.min(0, sum);
  // a sum of values that are not negative is at least as large as the largest of them
  const most = max ?? Math.max(sum, 0);
  if (bucketCounts.length !== explicitBounds.length + 1) return [{ low: least, high: Math.max(least, most), count }];
  return bucketCounts.flatMap((some, i): Bin[] => {
    if (some === 0) return [];
    const low = Math.max(least, explicitBounds[i - 1] ?? -Infinity);
    return [{ low, high: Math.max(low, Math.min(most, explicitBounds[i] ?? Infinity)), count: some }];
  });
}

function ofPoint(name: string, { timeUnixNano }: Point, words: Words, { values, ...measured }: Measured): Understood {
  const { "serin.rollout": rollout, "serin.arm": arm, "serin.unit": unit, "service.version": revision = null } = words;
  if (rollout === undefined) return { refused: `${name}: expected the attribute serin.rollout` };
  const isKnown = arm !== undefined || unit !== undefined;
  if (!isKnown && revision === null)
    return { refused: `${name}: expected one of the attributes serin.arm, serin.unit and service.version` };
  const found = reportedSchema.safeParse({
    rollout,
    name,
    // looked up by the revision where nothing else is said
    ...(isKnown ? {} : { arm: "stable" }),
    ...(arm === undefined ? {} : { arm }),
    ...(unit === undefined ? {} : { unit }),
    ...(words["serin.pair"] === undefined ? {} : { pair: words["serin.pair"] }),
    ...measured,
    ...(timeUnixNano === undefined ? {} : { at: Math.floor(timeUnixNano / 1e6) }),
  });
  if (found.success) return { event: found.data, values: values ?? null, revision: isKnown ? null : revision };
  const { path, message } = found.error.issues[0];
  return { refused: `${name}: ${path.join(".")}: ${message}` };
}
