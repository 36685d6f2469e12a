/** Every decision of the present release, or of an earlier one, newest first. */
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { useOverview, useStory } from "../api/hooks.ts";
import { Button } from "../ui/button.tsx";
import { Section } from "../ui/section.tsx";
import { Empty, Loading, Problem } from "../ui/states.tsx";
import { EventList } from "./events.tsx";

const route = getRouteApi("/rollouts/$name");

export function WhyList() {
  const { name } = route.useParams();
  const { data } = useOverview(name);
  const release = data?.rollout.release ?? 0;
  const story = useStory(name, release);
  const [all, setAll] = useState(false);
  if (release === 0)
    return (
      <Empty title="Nothing has been decided yet">Decisions stand here as soon as the first release begins.</Empty>
    );
  if (story.isPending) return <Loading what="decisions" />;
  if (story.data === undefined) return <Problem error={story.error} retry={() => void story.refetch()} />;
  const events = story.data.events.filter(({ type }) => all || (type !== "planLive" && type !== "stepEntered"));
  return (
    <Section
      title={`Release ${release}: what was decided, and why`}
      aside={<Button onClick={() => setAll(!all)}>{all ? "Decisions only" : "Everything"}</Button>}
    >
      <EventList name={name} events={events.toReversed()} />
      <p className="mt-3 text-sm text-soft">
        Earlier releases stand under{" "}
        <Link to="/rollouts/$name/history" params={{ name }} className="text-accent underline">
          History
        </Link>
        . Each entry has an address of its own, which stays.
      </p>
    </Section>
  );
}
