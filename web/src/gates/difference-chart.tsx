/** The difference over time with its band: what is still possible, closing in on what is; the margin as a line. */
import { useMemo } from "react";
import type { GateSeries } from "../../../src/http/wire-pages.ts";
import { Chart, type Line } from "../ui/chart.tsx";
import { differenceIn, valueIn } from "../words/numbers.ts";

interface Props {
  readonly name: string;
  readonly series: GateSeries;
  readonly at: readonly number[];
}

/** What cannot be drawn to the scale of the rest runs out of the picture. */
function reach({ difference, margin, low, high }: GateSeries): [number, number] {
  const known = [...difference, ...margin].filter((n) => n !== null);
  const band = [...low.slice(-60), ...high.slice(-60)]
    .filter((n) => n !== null)
    .toSorted((a, b) => Math.abs(a) - Math.abs(b));
  const telling = band.slice(0, Math.ceil(band.length * 0.8));
  const most = Math.max(1e-9, ...known.slice(-120).map(Math.abs), ...telling.map(Math.abs)) * 1.15;
  return [-most, most];
}

export function DifferenceChart({ name, series, at }: Props) {
  const { unit } = series;
  const isThreshold = series.difference.every((n) => n === null);
  const lines = useMemo(
    (): readonly Line[] => (isThreshold ? valueLines(series) : differenceLines(series)),
    [series, isThreshold],
  );
  if (at.length < 2) return null;
  const format = isThreshold ? (n: number) => valueIn(unit, n) : (n: number) => differenceIn(unit, n);
  const label = isThreshold
    ? `${name} over time`
    : `${name}: difference between canary and stable over time, with its band and the margin`;
  return (
    <Chart
      label={label}
      at={at}
      lines={lines}
      format={format}
      range={isThreshold ? null : reach(series)}
      height={132}
      sync="gates"
    />
  );
}

/** A gap is where it was measured and an end stays open. Where another gate was measured, this one has no point at all. */
function differenceLines({ difference, low, high, margin, stableN, canaryN }: GateSeries): readonly Line[] {
  const apart = (end: readonly (number | null)[]) =>
    end.map((value, i) => (value === null && stableN[i] + canaryN[i] === 0 ? undefined : value));
  return [
    { name: "excluded above", values: apart(high), look: "bandTop" },
    { name: "excluded below", values: apart(low), look: "bandBottom" },
    { name: "margin", values: margin, look: "limit" },
    { name: "difference", values: difference, look: "main" },
  ];
}

const valueLines = ({ stable, canary, margin }: GateSeries): readonly Line[] => [
  { name: "stable", values: stable, look: "stable" },
  { name: "limit", values: margin, look: "limit" },
  { name: "canary", values: canary, look: "main" },
];
