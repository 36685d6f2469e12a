/** Numbers as people read them in a verdict's sentence. */

/** 15444 -> "15,444". */
export function whole(n: number): string {
  const rounded = Math.round(n);
  return Math.abs(rounded) < 1000 ? String(rounded) : String(rounded).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Two or three telling digits: 33.94 -> "34", 3.42 -> "3.4", 0.0314 -> "0.031", 1500 -> "1,500". */
export function rough(x: number): string {
  if (!Number.isFinite(x)) return "very much";
  if (x >= 10) return whole(x);
  return String(Number(x.toPrecision(2)));
}

/** A rate difference in points: 0.0492 -> "4.9 points". */
export function points(difference: number): string {
  const text = rough(Math.abs(difference) * 100);
  return `${difference < 0 ? "-" : ""}${text} ${text === "1" ? "point" : "points"}`;
}

/** "1.25 times", exactly as the gate says it. */
export const times = (ratio: number): string => `${Number(ratio.toPrecision(6))} times`;

/** An amount in three telling digits, with what it is of: 412.4 -> "412 tokens", 0.8137 -> "0.814". */
export function amount(x: number, unit = ""): string {
  const text = Math.abs(x) >= 100 ? (x < 0 ? `-${whole(-x)}` : whole(x)) : String(Number(x.toPrecision(3)));
  return unit === "" ? text : `${text} ${unit}`;
}

/** 412345 microseconds -> "412 ms"; 1.5e6 -> "1.5 s". */
export function latency(us: number): string {
  if (us >= 1e6) return `${rough(us / 1e6)} s`;
  return us >= 1000 ? `${rough(us / 1000)} ms` : `${rough(us)} us`;
}

/** A time in one or two units: 46400 milliseconds -> "46s", 433000 -> "7m13s". */
export function lasting(ms: number): string {
  const s = Math.max(1, Math.round(ms / 1000));
  if (s < 60) return `${s}s`;
  const [m, h] = [Math.floor(s / 60), Math.floor(s / 3600)];
  return m < 60 ? `${m}m${s % 60 === 0 ? "" : `${s % 60}s`}` : `${h}h${m % 60 === 0 ? "" : `${m % 60}m`}`;
}

/** Evidence from its logarithm: 2.48 -> "12", huge -> "over a million". */
export function evidence(log: number): string {
  if (log > Math.log(1e6)) return "over a million";
  const e = Math.exp(log) * (1 + 1e-9); // so that exactly 100 does not read 99
  if (e >= 10) return whole(Math.floor(e));
  return e < 0.1 ? "under 0.1" : String(Math.floor(e * 10) / 10);
}

/** 0.99 -> "p99", 0.999 -> "p99.9", 0.5 -> "median". */
export function quantileName(q: number): string {
  return q === 0.5 ? "median" : `p${Number((q * 100).toPrecision(6))}`;
}

/** A finite e-value for the numbers behind a sentence. */
export const finiteExp = (log: number): number => Math.min(Math.exp(log), Number.MAX_VALUE);

/** Only what is known: no rates of nothing, no open ends. */
export function finiteNumbers(numbers: Readonly<Record<string, number | undefined>>): Record<string, number> {
  const known = Object.entries(numbers).filter((entry): entry is [string, number] => Number.isFinite(entry[1]));
  return Object.fromEntries(known);
}
