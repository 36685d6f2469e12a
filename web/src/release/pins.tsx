/** What happened, pinned to the line of time: a shape for what it was, a person's head for what people did. */
import { Link } from "@tanstack/react-router";
import type { EventView } from "../../../src/http/wire.ts";
import { Glyph } from "../ui/mark.tsx";
import { severityMark } from "../why/events.tsx";
import { clockOf } from "../words/time.ts";
import { loudest, type Pin } from "./plan.ts";

const machines = ["Serin", "the document", "the strategy"];

/** Whether somebody did it, in contrast to what Serin decided by itself. */
const byPerson = ({ event }: EventView) => "by" in event && !machines.includes(event.by);

interface Props {
  readonly name: string;
  readonly pins: readonly Pin[];
  readonly read: (event: EventView | null) => void;
}

export function Pins({ name, pins, read }: Props) {
  return (
    <div className="relative h-7">
      {pins.map(({ x, events }) => {
        const event = loudest(events);
        const more = events.length > 1 ? `, and ${events.length - 1} more` : "";
        return (
          <Link
            key={event.seq}
            to="/rollouts/$name/why/$seq"
            params={{ name, seq: String(event.seq) }}
            aria-label={`${clockOf(event.at)}: ${event.sentence}${more}`}
            onMouseEnter={() => read(event)}
            onFocus={() => read(event)}
            onMouseLeave={() => read(null)}
            onBlur={() => read(null)}
            className="absolute top-0 flex size-7 -translate-x-1/2 items-center justify-center rounded-full hover:bg-sunken"
            style={{ left: x }}
          >
            {byPerson(event) ? (
              <Person />
            ) : (
              <Glyph {...severityMark(event.severity)} size={events.length > 1 ? 18 : 14} />
            )}
          </Link>
        );
      })}
    </div>
  );
}

function Person() {
  return (
    <svg viewBox="0 0 16 16" width="17" height="17" aria-hidden="true" className="text-wait">
      <circle cx="8" cy="4.6" r="3.4" fill="currentColor" />
      <path d="M1.6 15a6.4 6.4 0 0 1 12.8 0Z" fill="currentColor" />
    </svg>
  );
}
