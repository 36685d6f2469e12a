/** Lines over time. The one place that knows uPlot. */
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { clockOf, minuteOf, shortDayOf } from "../words/time.ts";
import { inks, useInks, type Inks } from "./inks.ts";
import { reading, type Line, type Look, type Told } from "./reading.ts";
import { useWidth } from "./width.ts";

export type { Line };

interface Props extends Told {
  readonly label: string;
  /** The values that are in the picture; by what there is unless said. */
  readonly range?: readonly [number, number] | null;
  readonly height: number;
  /** Charts of one name show the same moment under the pointer. */
  readonly sync?: string;
}

export function Chart(props: Props) {
  const [box, width] = useWidth<HTMLDivElement>();
  const plot = useRef<uPlot | null>(null);
  const theme = useInks();
  const { at, lines, height, label } = props;
  const shape = lines.map(({ name, look }) => `${name} ${look}`).join();
  const latest = useRef(props);
  latest.current = props;

  const size = useRef({ width, height });
  size.current = { width, height };
  const drawable = width > 0;

  useEffect(() => {
    if (box.current === null || !drawable) return;
    const made = new uPlot(options(latest, inks(), size.current.width), data(latest.current), box.current);
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [box, drawable, shape, theme]);

  useEffect(() => plot.current?.setSize({ width, height }), [width, height]);

  useEffect(() => {
    const drawn = plot.current;
    // what somebody has chosen to look at stays in sight while news arrive; a double click shows all of it again
    if (drawn !== null) show(drawn, data({ at, lines }));
  }, [at, lines]);

  return <div ref={box} role="img" aria-label={label} style={{ height }} className="min-w-0" />;
}

const data = ({ at, lines }: Pick<Props, "at" | "lines">): uPlot.AlignedData =>
  [
    at.map((ms) => ms / 1000),
    ...lines.map(({ values }) => values as (number | null | undefined)[]),
  ] as uPlot.AlignedData;

function show(plot: uPlot, next: uPlot.AlignedData): void {
  const [before] = plot.data;
  const { min = null, max = null } = plot.scales["x"];
  const chosen = min !== null && max !== null && (min > before[0] || max < before[before.length - 1]);
  plot.batch(() => {
    plot.setData(next, !chosen);
    if (chosen) plot.setScale("x", { min, max });
  });
}

function options(latest: { readonly current: Props }, ink: Inks, width: number): uPlot.Options {
  const { lines, height, sync } = latest.current;
  const top = lines.findIndex(({ look }) => look === "bandTop") + 1;
  const bottom = lines.findIndex(({ look }) => look === "bandBottom") + 1;
  return {
    width,
    height,
    legend: { show: false },
    padding: [6, 18, 0, 0],
    cursor: { y: false, points: { size: 6 }, ...(sync === undefined ? {} : { sync: { key: sync } }) },
    scales: {
      x: { time: true },
      y: { range: (_plot, min, max) => [...(latest.current.range ?? padded(min, max))] as [number, number] },
    },
    axes: [
      axis(ink, 22),
      {
        ...axis(ink, 74),
        ...(height < 150 ? { space: 24 } : {}),
        values: (_plot, ticks) => ticks.map((tick) => latest.current.format(tick)),
      },
    ],
    series: [{}, ...lines.map(({ name, look }) => ({ label: name, ...stroke(look, ink) }))],
    bands: top > 0 && bottom > 0 ? [{ series: [top, bottom], fill: ink.band }] : [],
    plugins: [reading(latest)],
  };
}

function padded(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [0, 1];
  const room = (max - min || Math.abs(max) || 1) * 0.12;
  return [min - room, max + room];
}

const axis = (ink: Inks, size: number): uPlot.Axis => ({
  stroke: ink.faint,
  size,
  ...(size > 30 ? { space: 30 } : {}),
  font: "11px ui-sans-serif, system-ui, sans-serif",
  grid: { stroke: ink.line, width: 1 },
  ticks: { show: false },
  ...(size < 30 ? { space: 54, values: (_plot: uPlot, ticks: number[]) => times(ticks) } : {}),
});

/** As fine as it takes to tell neighbours apart: seconds, minutes or days. */
function times(ticks: readonly number[]): string[] {
  const apart = (ticks[1] ?? ticks[0] + 60) - ticks[0];
  const word = apart < 60 ? clockOf : apart < 86_400 ? minuteOf : shortDayOf;
  return ticks.map((tick) => word(tick * 1000));
}

function stroke(look: Look, ink: Inks): Partial<uPlot.Series> {
  const points = { show: false };
  switch (look) {
    case "main":
      return { stroke: ink.canary, width: 2, points, spanGaps: true };
    case "stable":
      return { stroke: ink.stable, width: 1.5, points, spanGaps: true };
    case "limit":
      return { stroke: ink.bad, width: 1.5, dash: [6, 4], points, spanGaps: true };
    case "harm":
      return { stroke: ink.bad, width: 2, points };
    case "safe":
      return { stroke: ink.good, width: 2, points };
    default:
      return { stroke: ink.bandEdge, width: 1, points };
  }
}
