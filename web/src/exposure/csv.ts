/** What a series counted, as a table for other programs. */
import type { Series } from "../../../src/http/wire-pages.ts";
import { isoOf } from "../words/time.ts";

export function seriesCsv({ at, stepMs, wanted, measured, gates }: Series): string {
  const head = [
    "from",
    "to",
    "wanted",
    "measured",
    ...gates.flatMap(({ gate }) => [`${gate} stable`, `${gate} canary`]),
  ];
  const rows = at.map((end, i) => [
    isoOf(end - stepMs),
    isoOf(end),
    ratio(wanted[i]),
    ratio(measured[i]),
    ...gates.flatMap(({ stableN, canaryN }) => [stableN[i], canaryN[i]]),
  ]);
  return `${[head, ...rows].map((row) => row.join(",")).join("\n")}\n`;
}

const ratio = (basisPoints: number | null) => (basisPoints === null ? "" : basisPoints / 10_000);
