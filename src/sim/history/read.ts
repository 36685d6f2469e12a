/**
 * Recorded time from a file: an exported record of a release, windows as JSON, or counts as CSV.
 *
 *     at,stable_n,stable_bad,canary_n,canary_bad          CSV; a row a tick; without the last two nothing was released
 *     2026-11-01T10:00:00Z,950,3,50,0                     at: ISO 8601, or epoch seconds or milliseconds
 *
 *     { "name": "black friday", "series": [               JSON; gate: whose it is, any gate of that kind unless said
 *       { "kind": "counts", "gate": "failures", "ticks": [
 *         { "at": 1793527200000, "stable": { "n": 950, "bad": 3 }, "canary": { "n": 50, "bad": 0 } } ] },
 *       { "kind": "histogram", "ticks": [                 [bucket, count] over the boundaries of stats/histogram.ts
 *         { "at": 1793527200000, "stable": { "done": [[120, 7]] }, "canary": { "done": [[118, 1]] } } ] } ] }
 */
import { z } from "zod";
import type { Counts, Histogram, Tick } from "../../analysis/measurement.ts";
import { SerinError } from "../../errors.ts";
import { BUCKETS } from "../../stats/histogram.ts";
import { isRecordText, readRecord } from "../record.ts";
import { csvTicks } from "./csv.ts";
import { seriesOfRecord } from "./of-record.ts";
import type { Series, Ticks } from "./series.ts";
import { instantOf } from "./time.ts";

const instant = z.union([z.number(), z.string()]).transform((written, ctx) => {
  const at = instantOf(String(written));
  if (at !== null) return at;
  ctx.addIssue({ code: "custom", message: "expected a time" });
  return z.NEVER;
});
const counts = z
  .strictObject({ n: z.int().min(0), bad: z.int().min(0) })
  .refine(({ n, bad }) => bad <= n, "expected bad to be at most n");
const done = z.array(
  z.tuple([
    z
      .int()
      .min(0)
      .max(BUCKETS - 1),
    z.int().min(0),
  ]),
);
const histogram = z
  .strictObject({ done, carried: z.array(z.unknown()).optional() })
  .transform((written): Histogram => ({ done: written.done, carried: [] }));
const tick = <S extends z.ZodType>(arm: S) => z.strictObject({ at: instant, stable: arm, canary: arm.optional() });
const gate = z.string().max(63).optional();
const schema = z.strictObject({
  name: z.string().max(200).optional(),
  series: z
    .array(
      z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("counts"), gate, ticks: z.array(tick(counts)) }),
        z.strictObject({ kind: z.literal("histogram"), gate, ticks: z.array(tick(histogram)) }),
      ]),
    )
    .min(1),
});

/** Throws DOCUMENT_UNREADABLE, with the place of the first mistake. */
export function readSeries(text: string, file: string): Series {
  if (!text.trimStart().startsWith("{")) return ofTicks(file, { "": { kind: "counts", ticks: csvTicks(text, file) } });
  if (isRecordText(text)) return seriesOfRecord(readRecord(text, file));
  const found = schema.safeParse(parsed(text, file));
  if (found.success) return ofWindows(found.data, file);
  const [{ path, message }] = found.error.issues;
  throw new SerinError("DOCUMENT_UNREADABLE", `${file}: ${path.join(".") || "the whole"}: ${message}`);
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SerinError("DOCUMENT_UNREADABLE", `${file} is not JSON`, { cause });
  }
}

const noCounts: Counts = { n: 0, bad: 0 };
const noTimes: Histogram = { done: [], carried: [] };

function ofWindows({ name, series }: z.output<typeof schema>, file: string): Series {
  const gates = series.map(({ gate: whose, ...ticks }, i): [string, Written] => {
    const key = whose ?? (i === 0 ? "" : `#${i}`);
    if (ticks.kind === "counts")
      return [key, { kind: "counts", ticks: ticks.ticks.map((one) => whole(one, noCounts)) }];
    return [key, { kind: "histogram", ticks: ticks.ticks.map((one) => whole(one, noTimes)) }];
  });
  return ofTicks(name ?? file, Object.fromEntries(gates));
}

const whole = <S>({ at, stable, canary }: { at: number; stable: S; canary?: S | undefined }, none: S): Tick<S> => ({
  at,
  plan: 0,
  stable,
  canary: canary ?? none,
});

function ofTicks(name: string, gates: Readonly<Record<string, Written>>): Series {
  const sorted = Object.entries(gates).map(([key, ticks]) => [key, inOrder(ticks)] as const);
  const both = Object.values(gates).some(hasCanary);
  return { name, gates: Object.fromEntries(sorted), arms: both ? "both" : "one", splits: [], ended: null };
}

type Written = Extract<Ticks, { readonly kind: "counts" | "histogram" }>;

const hasCanary = (written: Written): boolean =>
  written.kind === "counts"
    ? written.ticks.some(({ canary }) => canary.n > 0)
    : written.ticks.some(({ canary }) => canary.done.length > 0);

function inOrder(ticks: Written): Ticks {
  if (ticks.kind === "counts") return { kind: "counts", ticks: ticks.ticks.toSorted((a, b) => a.at - b.at) };
  return { kind: "histogram", ticks: ticks.ticks.toSorted((a, b) => a.at - b.at) };
}
