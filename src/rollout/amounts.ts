/** How durations, shares and rates are written in a document, and what they become inside. */
import { z } from "zod";

const DURATION = /^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/;

/** "1h30m", "90s", "250ms" -> milliseconds; null when it is no duration. A bare number has no unit and is refused. */
export function parseDuration(text: string): number | null {
  const found = text === "" ? null : DURATION.exec(text);
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
    if (ms !== null) return ms;
    ctx.addIssue({ code: "custom", message: `expected a duration such as "30s", "5m" or "1h30m"` });
    return z.NEVER;
  })
  .meta({ pattern: DURATION.source, examples: ["30s", "5m", "1h30m"], description: "a duration with its unit" });

function percent(text: string | number): number | null {
  if (typeof text === "number") return Number.isFinite(text) ? text : null;
  const found = /^(\d+(?:\.\d+)?)\s*%$/.exec(text);
  return found === null ? null : Number(found[1]);
}

/** Share of traffic. Written 5 or "5%" or "0.01%"; inside basis points (hundredths of a percent), a whole number 0..10000. */
export const shareSchema = z
  .union([z.number(), z.string()])
  .transform((written, ctx) => {
    const points = percent(written);
    const basis = points === null ? NaN : Math.round(points * 100);
    if (basis >= 0 && basis <= 10_000 && Math.abs(basis - (points ?? 0) * 100) < 1e-9) return basis;
    ctx.addIssue({
      code: "custom",
      message: `expected a share from 0 to 100 percent in steps of 0.01, such as 5 or "0.5%"`,
    });
    return z.NEVER;
  })
  .meta({ description: "a share of traffic in percent, 0.01 at the finest", examples: [5, "0.5%"] });

/** A probability or a difference of rates. Written "1%" or 0.01; inside 0..1. */
export const rateSchema = z
  .union([z.number(), z.string()])
  .transform((written, ctx) => {
    const rate = typeof written === "number" ? written : (percent(written) ?? NaN) / 100;
    if (rate >= 0 && rate <= 1) return rate;
    ctx.addIssue({ code: "custom", message: `expected a rate such as "1%" or 0.01` });
    return z.NEVER;
  })
  .meta({ description: `a rate, "1%" or 0.01`, examples: ["1%", 0.01] });
