/** A service in one row. */
import { Link } from "@tanstack/react-router";
import type { FleetRow } from "../../../src/http/wire-pages.ts";
import { ShareBar } from "../ui/bars.tsx";
import { MarkWord } from "../ui/mark.tsx";
import { Spark } from "../ui/spark.tsx";
import { markOf } from "../words/lights.ts";
import { measured, share, whole } from "../words/numbers.ts";
import { span } from "../words/time.ts";

/** Columns of a wide screen; on a narrow one a row is a small card of three lines. */
export const columns =
  "lg:grid-cols-[minmax(11rem,1.4fr)_8.5rem_minmax(9rem,1fr)_9.5rem_8rem_5rem_5rem_minmax(11rem,1.5fr)]";

interface Props {
  readonly row: FleetRow;
  readonly now: number;
  readonly index: number;
  readonly current: boolean;
}

export function Row({ row, now, index, current }: Props) {
  const { name, light, outcome, stepLabel, steps, step, people, enteredAt, next } = row;
  const moving = row.phase === "progressing" || row.phase === "paused";
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      data-current={current || undefined}
      className={`relative grid h-full grid-cols-[1fr_auto] content-center items-center gap-x-4 gap-y-1 border-b border-line px-3 data-current:bg-accent-wash hover:bg-sunken ${columns}`}
    >
      <div role="cell" className="min-w-0">
        <Link
          to="/rollouts/$name"
          params={{ name }}
          className="block truncate font-semibold after:absolute after:inset-0"
        >
          {name}
        </Link>
        <Revisions row={row} />
      </div>
      <div role="cell">
        <MarkWord mark={markOf(light, outcome)} className="text-sm" />
      </div>
      <div role="cell" className="hidden min-w-0 text-sm lg:block">
        <span className="block truncate">{moving ? (stepLabel ?? "all steps done") : "—"}</span>
        <span className="text-[13px] text-faint">{moving ? `step ${Math.min(step + 1, steps)} of ${steps}` : ""}</span>
      </div>
      <div role="cell" className="hidden text-sm lg:block">
        {moving ? <Share row={row} /> : <span className="text-faint">—</span>}
      </div>
      <div role="cell" className="hidden lg:block">
        <Spark traffic={row.traffic} />
      </div>
      <div role="cell" className="hidden text-right text-sm lg:block">
        {people === null ? "—" : whole(people)}
      </div>
      <div role="cell" className="hidden text-right text-sm text-soft lg:block">
        {span(now - enteredAt)}
      </div>
      <div role="cell" className="col-span-2 min-w-0 text-sm text-soft lg:col-span-1">
        <span className="line-clamp-2">{next?.sentence ?? restWords(row, now)}</span>
      </div>
    </div>
  );
}

function Revisions({ row: { stable, canary, phase, outcome } }: Pick<Props, "row">) {
  const over = canary !== null && (phase === "progressing" || phase === "paused" || outcome !== "promoted");
  return (
    <span className="block truncate text-[13px] text-faint">
      {over && canary !== stable ? (
        <>
          <span className="text-accent">{canary}</span> over {stable}
        </>
      ) : (
        stable
      )}
    </span>
  );
}

function Share({ row: { weight, liveWeight, mirror } }: Pick<Props, "row">) {
  if (weight === 0 && mirror > 0) return <span className="text-soft">copies of {share(mirror)}</span>;
  return (
    <>
      <ShareBar wanted={weight} live={liveWeight} />
      <span className="mt-1 block text-[12.5px] whitespace-nowrap text-faint">
        <b className="font-medium text-ink">{share(weight)}</b>, {measured(liveWeight)}
      </span>
    </>
  );
}

function restWords({ endedAt, reason, phase }: FleetRow, now: number): string {
  if (phase === "idle") return "Nothing is being released.";
  const when = endedAt === null ? "" : `${span(now - endedAt)} ago`;
  return reason === "" ? when : `${when}: ${reason}`;
}
