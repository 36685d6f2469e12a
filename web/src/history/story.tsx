/** One release of the past: how it went, what was decided, what its gates saw. */
import { getRouteApi } from "@tanstack/react-router";
import type { ReleaseStory, Series } from "../../../src/http/wire-pages.ts";
import { useSeries, useStory } from "../api/hooks.ts";
import { DifferenceChart } from "../gates/difference-chart.tsx";
import { MarkWord } from "../ui/mark.tsx";
import { Card, Section } from "../ui/section.tsx";
import { Loading, Problem } from "../ui/states.tsx";
import { EventList } from "../why/events.tsx";
import { outcomeMark } from "../words/lights.ts";
import { share } from "../words/numbers.ts";
import { clockOf, span } from "../words/time.ts";

const route = getRouteApi("/rollouts/$name/releases/$release");

export function StoryPage() {
  const { name, release } = route.useParams();
  const story = useStory(name, Number(release));
  const series = useSeries(name, Number(release));
  if (story.isPending) return <Loading what={`release ${release}`} />;
  if (story.data === undefined) return <Problem error={story.error} retry={() => void story.refetch()} />;
  return (
    <div className="grid grid-cols-1 gap-5">
      <Summary story={story.data} />
      {series.data === undefined ? null : <Seen series={series.data} />}
      <Section title="What happened">
        <EventList name={name} events={story.data.events.toReversed()} />
      </Section>
    </div>
  );
}

function Summary({ story: { release: one } }: { story: ReleaseStory }) {
  const took = one.machineMs + one.humanMs;
  return (
    <Card>
      <div className="flex flex-wrap items-baseline justify-between gap-3">
        <h2 className="text-xl font-semibold">
          Release {one.release}: {one.canary} over {one.stable}
        </h2>
        {one.endedAt === null ? (
          <span className="text-soft">under way</span>
        ) : (
          <MarkWord mark={outcomeMark(one.outcome)} />
        )}
      </div>
      <p className="mt-2 max-w-[80ch]">
        Started by {one.startedBy}, reached {one.outcome === "promoted" ? "everybody" : share(one.weight)} and took{" "}
        {span(took)}: {span(one.machineMs)} of the machine and {span(one.humanMs)} of waiting for people.{" "}
        {one.reason === "" ? "" : `It ended because ${one.reason}.`}
      </p>
      {one.deeds.length === 0 && one.undone === null ? null : (
        <ul className="mt-3 list-disc pl-5 text-sm text-soft">
          {[...one.deeds, ...(one.undone === null ? [] : [one.undone])].map(({ at, by, what, why }) => (
            <li key={`${at} ${what}`}>
              {clockOf(at)} {by} {what}
              {why === "" ? "" : `: ${why}`}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Seen({ series }: { series: Series }) {
  return (
    <Section title="What its gates saw">
      <div className="grid grid-cols-1 gap-3 xl:grid-cols-2">
        {series.gates.map((gate) => (
          <Card key={gate.gate}>
            <h3 className="mb-2 font-semibold">{gate.gate}</h3>
            <DifferenceChart name={gate.gate} series={gate} at={series.at} />
          </Card>
        ))}
      </div>
    </Section>
  );
}
