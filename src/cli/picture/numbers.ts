/** Numbers of the API as people read them. */
import { rough, whole } from "../../analysis/words.ts";

/** Basis points that were measured: 497.5 -> "5 %". Those that are wanted are told exactly, by `share`. */
export const percent = (basisPoints: number): string => `${rough(basisPoints / 100)} %`;

/** A part and its share of the whole: "12 (0.13 %)". */
export function counted(part: number, all: number): string {
  return all === 0 || part === 0 ? whole(part) : `${whole(part)} (${rough((part / all) * 100)} %)`;
}

/** Milliseconds in one or two units, as the eye takes them in: "42s", "2m30s", "3h20m". */
export function span(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s}s`;
  const [m, h] = [Math.floor(s / 60), Math.floor(s / 3600)];
  if (m < 60) return s % 60 === 0 ? `${m}m` : `${m}m${s % 60}s`;
  if (h < 48) return m % 60 === 0 ? `${h}h` : `${h}h${m % 60}m`;
  return h % 24 === 0 ? `${Math.floor(h / 24)}d` : `${Math.floor(h / 24)}d${h % 24}h`;
}

/** The time of day of an instant, UTC: "14:03:22Z". */
export const clockOf = (ms: number): string => `${new Date(ms).toISOString().slice(11, 19)}Z`;

/** A number behind a verdict, as exactly as anybody needs it. */
export const figure = (n: number): string => String(Number(n.toPrecision(6)));
