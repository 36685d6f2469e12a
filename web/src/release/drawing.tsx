/** The ramp's lines: what was planned, what was measured, what is to come. */
import type { Series } from "../../../src/http/wire-pages.ts";
import { share } from "../words/numbers.ts";
import { clockOf, minuteOf } from "../words/time.ts";
import type { Leg } from "./plan.ts";
import { HEIGHT, LEFT, levels, RIGHT, TOP, type Scale } from "./scale.ts";

interface DrawingProps {
  readonly scale: Scale;
  readonly legs: readonly Leg[];
  readonly series: Series | null;
  readonly now: number | null;
}

export function Drawing({ scale, legs, series, now }: DrawingProps) {
  const { x, y, width } = scale;
  const words = legs.map(({ weight, from }) => `${share(weight)} from ${clockOf(from)}`).join(", ");
  return (
    <svg width={width} height={HEIGHT + 24} role="img" aria-label={`Planned: ${words}`} className="block">
      {levels.map((level) => (
        <g key={level}>
          <line x1={LEFT} x2={width - RIGHT} y1={y(level)} y2={y(level)} stroke="var(--line)" strokeWidth="1" />
          <text x={LEFT - 8} y={y(level) + 4} textAnchor="end" fontSize="11.5" fill="var(--faint)">
            {level / 100} %
          </text>
        </g>
      ))}
      <Times scale={scale} now={now} />
      <path
        d={area(
          legs.filter(({ kind }) => kind === "coming"),
          scale,
        )}
        fill="var(--sunken)"
        opacity="0.8"
      />
      <path
        d={stepped(
          legs.filter(({ kind }) => kind === "past"),
          scale,
        )}
        fill="none"
        stroke="var(--soft)"
        strokeWidth="1.5"
      />
      <path
        d={stepped(
          legs.filter(({ kind }) => kind === "coming"),
          scale,
        )}
        fill="none"
        stroke="var(--soft)"
        strokeWidth="1.5"
        strokeDasharray="4 3"
      />
      {series === null ? null : (
        <path
          d={measuredPath(series, scale)}
          fill="none"
          stroke="var(--accent-fill)"
          strokeWidth="3"
          strokeLinejoin="round"
          strokeLinecap="round"
        />
      )}
      {now === null ? null : (
        <g>
          <line x1={x(now)} x2={x(now)} y1={TOP} y2={HEIGHT} stroke="var(--ink)" strokeWidth="1" />
          <text x={x(now)} y={HEIGHT + 18} textAnchor="middle" fontSize="11.5" fontWeight="600" fill="var(--ink)">
            now
          </text>
        </g>
      )}
    </svg>
  );
}

/** Room around "now". */
const APART = 44;

function Times({ scale: { x, from, to, width }, now }: { scale: Scale; now: number | null }) {
  const count = Math.max(2, Math.min(8, Math.floor(width / 130)));
  const all = Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
  const hides = (at: number) => now !== null && Math.abs(x(at) - x(now)) < APART;
  return all.map((at, i) =>
    hides(at) ? null : (
      <text
        key={at}
        x={x(at)}
        y={HEIGHT + 18}
        textAnchor={i === 0 ? "start" : i === count - 1 ? "end" : "middle"}
        fontSize="11.5"
        fill="var(--faint)"
      >
        {to - from < 600_000 ? clockOf(at) : minuteOf(at)}
      </text>
    ),
  );
}

const stepped = (legs: readonly Leg[], { x, y }: Scale): string =>
  legs.map(({ from, to, weight }, i) => `${i === 0 ? "M" : "L"}${x(from)} ${y(weight)}L${x(to)} ${y(weight)}`).join("");

function area(legs: readonly Leg[], scale: Scale): string {
  if (legs.length === 0) return "";
  const { x, y } = scale;
  return `${stepped(legs, scale)}L${x(legs[legs.length - 1].to)} ${y(0)}L${x(legs[0].from)} ${y(0)}Z`;
}

function measuredPath({ at, measured, stepMs }: Series, { x, y, to }: Scale): string {
  let [path, pen] = ["", "M"];
  for (let i = 0; i < at.length; i++) {
    const weight = measured[i];
    if (weight === null) pen = "M";
    else {
      path += `${pen}${x(Math.min(to, at[i] - stepMs / 2)).toFixed(1)} ${y(weight).toFixed(1)}`;
      pen = "L";
    }
  }
  return path;
}
