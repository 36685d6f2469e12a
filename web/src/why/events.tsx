/** Events as they are told, each with a link to why. */
import { Link } from "@tanstack/react-router";
import type { EventView } from "../../../src/http/wire.ts";
import { useNow } from "../api/hooks.ts";
import { Glyph } from "../ui/mark.tsx";
import type { Mark } from "../words/lights.ts";
import { isoOf, momentOf } from "../words/time.ts";

const marks: Readonly<Record<EventView["severity"], Pick<Mark, "shape" | "tone">>> = {
  info: { shape: "ring", tone: "quiet" },
  attention: { shape: "warn", tone: "wait" },
  good: { shape: "check", tone: "good" },
  bad: { shape: "cross", tone: "bad" },
};
export const severityMark = (severity: EventView["severity"]) => marks[severity];

export function EventList({ name, events }: { name: string; events: readonly EventView[] }) {
  const now = useNow();
  return (
    <ol className="overflow-hidden rounded-xl border border-line bg-surface">
      {events.map((event) => (
        <li key={event.seq} className="border-b border-line last:border-0">
          <Link
            to="/rollouts/$name/why/$seq"
            params={{ name, seq: String(event.seq) }}
            className="flex items-start gap-3 px-4 py-2.5 hover:bg-sunken"
          >
            <time dateTime={isoOf(event.at)} className="w-[4.6rem] shrink-0 pt-px text-[13px] text-faint">
              {momentOf(event.at, now)}
            </time>
            <span className="pt-0.5">
              <Glyph {...marks[event.severity]} />
            </span>
            <span className="min-w-0">{event.sentence}</span>
          </Link>
        </li>
      ))}
    </ol>
  );
}
