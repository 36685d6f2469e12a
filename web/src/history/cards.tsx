/** Releases on a telephone: a card each, for a table of nine columns would hide how they ended. */
import { Link } from "@tanstack/react-router";
import type { Release } from "../../../src/http/wire-pages.ts";
import { useNow } from "../api/hooks.ts";
import { MarkWord } from "../ui/mark.tsx";
import { outcomeMark } from "../words/lights.ts";
import { share } from "../words/numbers.ts";
import { momentOf, span } from "../words/time.ts";

export function Cards({ releases }: { releases: readonly Release[] }) {
  return (
    <ul className="overflow-hidden rounded-xl border border-line bg-surface sm:hidden">
      {releases.map((release) => (
        <Card key={`${release.rollout} ${release.release}`} release={release} />
      ))}
    </ul>
  );
}

function Card({ release: one }: { release: Release }) {
  const now = useNow();
  const { rollout, release, stable, canary, startedAt, endedAt, outcome, weight, machineMs, humanMs, undone } = one;
  const why = undone?.why || one.reason;
  return (
    <li className="relative border-b border-line px-3 py-3 last:border-0">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <Link
          to="/rollouts/$name/releases/$release"
          params={{ name: rollout, release: String(release) }}
          className="font-semibold after:absolute after:inset-0"
        >
          {rollout} {release}
        </Link>
        {endedAt === null ? (
          <span className="text-sm text-soft">under way</span>
        ) : (
          <MarkWord mark={outcomeMark(outcome)} className="text-sm" />
        )}
      </div>
      <p className="text-[13px]">
        {canary} <span className="text-faint">over {stable}</span>
      </p>
      <p className="text-[13px] text-soft">
        {momentOf(startedAt, now)}, reached {outcome === "promoted" ? "everybody" : share(weight)}, took{" "}
        {span(machineMs)}
        {humanMs === 0 ? "" : ` and ${span(humanMs)} of waiting for people`}
        {undone === null ? "" : `; undone by ${undone.by}`}
      </p>
      {why === "" ? null : <p className="mt-1 line-clamp-3 text-[13px] text-faint">{why}</p>}
    </li>
  );
}
