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
import { clockOf } from "../words/time.ts";
import { Drawing } from "./drawing.tsx";
import { coming, loudest, past, pins } from "./plan.ts";
import { HEIGHT, scaleOf, type Scale } from "./scale.ts";
import { Pins } from "./pins.tsx";

interface Props {
  readonly overview: Overview;
  readonly series: Series | null;
  readonly events: readonly EventView[];
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
