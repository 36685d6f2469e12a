/** A release at one look: the sentence, what can be done, the ramp, the gates, what happened lately. */
import { getRouteApi } from "@tanstack/react-router";
import type { EventView } from "../../../src/http/wire.ts";
import type { Overview } from "../../../src/http/wire-pages.ts";
import { useOverview, useSeries, useStory } from "../api/hooks.ts";
import { Gates } from "../gates/gates.tsx";
import { LostGround } from "../gates/lost.tsx";
import { Section } from "../ui/section.tsx";
import { Empty } from "../ui/states.tsx";
import { EventList } from "../why/events.tsx";
import { Facts } from "./facts.tsx";
import { Ramp } from "./ramp.tsx";
import { Strip } from "./strip.tsx";
import { Watch } from "./watch.tsx";

const route = getRouteApi("/rollouts/$name");

export function ReleasePage() {
  const { name } = route.useParams();
  const { data } = useOverview(name);
  if (data === undefined || data === null) return null;
  return (
    <div className="grid grid-cols-1 gap-5">
      <Strip overview={data} />
      {data.rollout.release === 0 ? <NeverReleased name={name} /> : <Release overview={data} />}
    </div>
  );
}

/** Progress that the ramp shows by itself. */
const isNews = ({ event }: EventView) =>
  event.type !== "planLive" && !(event.type === "stepDone" && event.name === "setWeight");

/** Events of the page; the rest stands under Why. */
const LATELY = 8;

function Release({ overview }: { overview: Overview }) {
  const { name, release } = overview.rollout;
  const series = useSeries(name, release);
  const story = useStory(name, release);
  const events = story.data?.events ?? [];
  return (
    <>
      <LostGround strips={overview.rollout.strips} />
      <Watch overview={overview} />
      <Facts overview={overview} />
      <Ramp overview={overview} series={series.data ?? null} events={events} />
      <Gates overview={overview} series={series.data ?? null} />
      <Section title="Lately" aside={null}>
        <EventList name={name} events={events.filter(isNews).slice(-LATELY).toReversed()} />
      </Section>
    </>
  );
}

function NeverReleased({ name }: { name: string }) {
  return (
    <Empty
      title="Nothing has been released yet"
      commands={[`serin start ${name} --canary http://127.0.0.1:9002 --revision v2`]}
    >
      Everybody is served by stable. The first release begins with one command, or with the button above where the
      document names a canary:
    </Empty>
  );
}
