/** Before a release: what its ramp would see, how soon, and at what cost; with sliders for everything that is assumed. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import type { Overview } from "../../../src/http/wire-pages.ts";
import type { PlanAnswer } from "../../../src/http/wire-study.ts";
import { ask } from "../api/client.ts";
import { useFleet, useFollow } from "../api/hooks.ts";
import { template } from "../new/text.ts";
import { CopyButton } from "../ui/copy.tsx";
import { Card, Section } from "../ui/section.tsx";
import { Select } from "../ui/select.tsx";
import { Empty, Loading, Problem } from "../ui/states.tsx";
import { Answer } from "./answer.tsx";
import { assumptions, rampOf, start, withRamp, type Wishes } from "./wishes.ts";
import { Sliders } from "./sliders.tsx";

const route = getRouteApi("/plan");

export function PlanPage() {
  useFollow(null);
  const fleet = useFleet();
  const { name } = route.useSearch();
  if (fleet.isPending) return <Loading what="the planner" />;
  if (fleet.data === undefined) return <Problem error={fleet.error} />;
  return (
    <>
      <div className="mb-4 flex flex-wrap items-end justify-between gap-3">
        <h1 className="text-2xl font-bold tracking-tight">Planner</h1>
        <Chooser names={fleet.data.map((row) => row.name)} name={name} />
      </div>
      <Given key={name ?? ""} name={name ?? null} />
    </>
  );
}

function Chooser({ names, name }: { names: readonly string[]; name: string | undefined }) {
  const navigate = useNavigate({ from: "/plan" });
  const options = [["", "an example"] as const, ...names.map((one) => [one, one] as const)];
  return (
    <Select
      label="The ramp of"
      value={name ?? ""}
      options={options}
      onChange={(next) => void navigate({ search: next === "" ? {} : { name: next } })}
    />
  );
}

function Given({ name }: { name: string | null }) {
  const { data, error, isPending } = useQuery({
    queryKey: ["given", name ?? ""],
    queryFn: async () =>
      name === null ? template : String((await ask<Overview>(`/rollouts/${name}/overview`)).rollout.document),
  });
  if (isPending) return <Loading what="the ramp" />;
  if (data === undefined) return <Problem error={error} />;
  return <Desk text={data} />;
}

function Desk({ text }: { text: string }) {
  const [wishes, setWishes] = useState<Wishes>(() => ({ ...start, ...rampOf(text) }));
  const ramp = withRamp(text, wishes);
  const answer = useAnswer(ramp, wishes);
  return (
    <div className="grid grid-cols-1 gap-6 xl:grid-cols-[22rem_minmax(0,1fr)]">
      <Section title="Assume" aside={<CopyButton text={ramp} label="Copy as YAML" />}>
        <Card>
          <Sliders
            wishes={wishes}
            measured={answer.data?.measured ?? {}}
            change={(more) => setWishes({ ...wishes, ...more })}
          />
        </Card>
      </Section>
      <Section title="What it sees">
        {answer.data === undefined ? (
          answer.error === null ? (
            <Loading what="the answer" />
          ) : (
            <Cannot error={answer.error} />
          )
        ) : (
          <Answer answer={answer.data} stale={answer.isFetching} />
        )}
      </Section>
    </div>
  );
}

function Cannot({ error }: { error: unknown }) {
  return <Empty title="This cannot be planned yet">{error instanceof Error ? error.message : String(error)}</Empty>;
}

/** Asked a moment after the last move of a slider: planning is exact, and takes its time. */
function useAnswer(ramp: string, wishes: Wishes) {
  const query = assumptions(wishes)
    .map((one) => `assume=${encodeURIComponent(one)}`)
    .join("&");
  const [asked, setAsked] = useState({ ramp, query });
  useEffect(() => {
    const timer = setTimeout(() => setAsked({ ramp, query }), 350);
    return () => clearTimeout(timer);
  }, [ramp, query]);
  return useQuery({
    queryKey: ["plan", asked],
    queryFn: ({ signal }) =>
      ask<PlanAnswer>(`/plan${asked.query === "" ? "" : `?${asked.query}`}`, {
        method: "POST",
        text: asked.ramp,
        signal,
      }),
    placeholderData: (before) => before,
    gcTime: 60_000,
    retry: false,
  });
}
