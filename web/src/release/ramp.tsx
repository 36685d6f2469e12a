/**
 * The ramp: the share that was planned and the one that was measured, on one line of time, with what was decided and what
 * people did pinned to it. Shares are drawn by their root, so that the first percent can be seen.
 */
import { useState } from "react";
import type { EventView } from "../../../src/http/wire.ts";
import type { Overview, Series } from "../../../src/http/wire-pages.ts";
import { useNow } from "../api/hooks.ts";
import { Card, Section } from "../ui/section.tsx";
import { useWidth } from "../ui/width.ts";
import { share } from "../words/numbers.ts";
import { clockOf, minuteOf } from "../words/time.ts";
import { coming, loudest, past, pins, type Leg } from "./plan.ts";
import { Pins } from "./pins.tsx";

interface Props {
  readonly overview: Overview;
  readonly series: Series | null;
  readonly events: readonly EventView[];
}

const [HEIGHT, TOP, LEFT, RIGHT] = [176, 8, 44, 10];
const levels = [0, 100, 500, 1000, 2500, 5000, 10_000];

export interface Scale {
  readonly x: (at: number) => number;
  readonly y: (weight: number) => number;
  readonly width: number;
  readonly from: number;
  readonly to: number;
}

function scaleOf(width: number, from: number, to: number): Scale {
  const inner = Math.max(1, width - LEFT - RIGHT);
  return {
    x: (at) => LEFT + ((at - from) / Math.max(1, to - from)) * inner,
    y: (weight) => TOP + (HEIGHT - TOP) * (1 - Math.sqrt(Math.max(0, weight) / 10_000)),
    width,
    from,
    to,
  };
}

export function Ramp({ overview, series, events }: Props) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const now = useNow();
  const { rollout } = overview;
  const ended = rollout.endedAt;
  const from = rollout.startedAt ?? now;
  const until = ended === null ? now : ended + (ended - from) * 0.06 + 2000;
  const legs = [...past(events, until), ...coming(rollout, now)];
  const scale = scaleOf(width, from, Math.max(until, legs.at(-1)?.to ?? until));
  return (
    <Section title="Ramp" aside={<Legend underway={ended === null} />}>
      <Card className="px-2 sm:px-4">
        <div ref={ref} className="relative">
          {width === 0 ? (
            <div style={{ height: HEIGHT + 24 }} />
          ) : (
            <Drawing scale={scale} legs={legs} series={series} now={ended === null ? now : null} />
          )}
          {width === 0 ? null : <PinLane name={rollout.name} events={events} scale={scale} />}
        </div>
      </Card>
    </Section>
  );
}

function Legend({ underway }: { underway: boolean }) {
  return (
    <p className="flex flex-wrap gap-x-4 gap-y-1 text-[13px] text-soft">
      <span>
        <svg width="22" height="8" aria-hidden="true" className="inline">
          <path d="M0 4h22" stroke="var(--accent-fill)" strokeWidth="3" />
        </svg>{" "}
        measured
      </span>
      <span>
        <svg width="22" height="8" aria-hidden="true" className="inline">
          <path d="M0 4h22" stroke="var(--soft)" strokeWidth="1.5" />
        </svg>{" "}
        planned
      </span>
      {underway ? (
        <span>
          <svg width="22" height="8" aria-hidden="true" className="inline">
            <path d="M0 4h22" stroke="var(--soft)" strokeWidth="1.5" strokeDasharray="4 3" />
          </svg>{" "}
          to come, at the latest
        </span>
      ) : null}
    </p>
  );
}

interface DrawingProps {
  readonly scale: Scale;
  readonly legs: readonly Leg[];
  readonly series: Series | null;
  readonly now: number | null;
}

function Drawing({ scale, legs, series, now }: DrawingProps) {
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

/** The pins, and one line that says what the one in question was. */
function PinLane({ name, events, scale }: { name: string; events: readonly EventView[]; scale: Scale }) {
  const [read, setRead] = useState<EventView | null>(null);
  const found = pins(events, scale.x, 30);
  const last = found.at(-1);
  const told = read ?? (last === undefined ? null : loudest(last.events));
  return (
    <>
      <Pins name={name} pins={found} read={setRead} />
      <p className="mt-1 min-h-6 truncate pl-2 text-sm text-soft sm:pl-11">
        {told === null ? "Nothing has been decided yet." : `${clockOf(told.at)}  ${told.sentence}`}
      </p>
    </>
  );
}
