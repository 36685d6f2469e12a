/** How durations, shares and rates are written in a document, and what they become inside. */
import { z } from "zod";

const DURATION =
  /^(?=\d)(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/;

/** Ten years: what is longer was mistyped. */
const LONGEST_MS = 3650 * 86_400_000;

/** "1h30m", "90s", "250ms" -> milliseconds; null when it is no duration. A bare number has no unit and is refused. */
export function parseDuration(text: string): number | null {
  const found = DURATION.exec(text);
  if (found === null) return null;
  const [d, h, m, s, ms] = found.slice(1).map((part) => Number(part ?? 0));
  return Math.round(d * 86_400_000 + h * 3_600_000 + m * 60_000 + s * 1000 + ms);
}

/** Milliseconds as people write them: 90000 -> "1m30s". The inverse of parseDuration. */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0s";
  const units: readonly [string, number][] = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1000],
    ["ms", 1],
  ];
  let rest = Math.round(ms);
  let text = "";
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

/** Written "5m", inside milliseconds. */
export const durationSchema = z
  .string()
  .transform((text, ctx) => {
    const ms = parseDuration(text);
    if (ms !== null && ms <= LONGEST_MS) return ms;
    const message =
      ms === null ? `expected a duration such as 30s, 5m or 1h30m` : "expected a duration of at most 3650d";
    ctx.addIssue({ code: "custom", message });
    return z.NEVER;
  })
  .meta({
    title: "duration",
    pattern: DURATION.source,
    examples: ["30s", "5m", "1h30m"],
    description: "a duration with its unit",
  });

/** A duration that is not shorter than this, in milliseconds. */
export const durationFrom = (leastMs: number) =>
  durationSchema.refine((ms) => ms >= leastMs, `expected a duration of at least ${formatDuration(leastMs)}`);

const PERCENT = /^(\d+(?:\.\d+)?)\s*%$/;

function percent(text: string | number): number | null {
  if (typeof text === "number") return Number.isFinite(text) ? text : null;
  const found = PERCENT.exec(text);
  return found === null ? null : Number(found[1]);
}

/** What editors are told: JSON Schema knows no transformation. */
const percentOr = (maximum: number) => [
  { type: "number", minimum: 0, maximum },
  { type: "string", pattern: PERCENT.source },
];

/** Share of traffic. Written 5 or "5%" or "0.01%"; inside basis points (hundredths of a percent), a whole number 0..10000. */
export const shareSchema = z
  .union([z.number(), z.string()])
  .transform((written, ctx) => {
    const points = percent(written);
    const basis = points === null ? NaN : Math.round(points * 100);
    if (basis >= 0 && basis <= 10_000 && Math.abs(basis - (points ?? 0) * 100) < 1e-9) return basis;
    ctx.addIssue({
      code: "custom",
      message: "expected a share from 0 to 100 percent in steps of 0.01, such as 5 or 0.5%",
    });
    return z.NEVER;
  })
  .meta({
    title: "share",
    description: "a share of traffic in percent, 0.01 at the finest",
    examples: [5, "0.5%"],
    anyOf: percentOr(100),
  });

/** A share that is more than nothing: a stage without traffic shows nothing. */
export const someShareSchema = shareSchema.refine((basis) => basis > 0, "expected a share of more than 0");

/** A probability or a difference of rates. Written "1%" or 0.01; inside 0..1. */
export const rateSchema = z
  .union([z.number(), z.string()])
  .transform((written, ctx) => {
    const rate = typeof written === "number" ? written : (percent(written) ?? NaN) / 100;
    if (rate >= 0 && rate <= 1) return rate;
    ctx.addIssue({ code: "custom", message: "expected a rate such as 1% or 0.01" });
    return z.NEVER;
  })
  .meta({ title: "rate", description: "a rate, 1% or 0.01", examples: ["1%", 0.01], anyOf: percentOr(1) });

/** A rate strictly between 0 and `below`: certainty, and what is all or nothing, cannot be tested. */
export const innerRateSchema = (below: number) =>
  rateSchema.refine((rate) => rate > 0 && rate < below, `expected a rate above 0 and below ${below}`);
