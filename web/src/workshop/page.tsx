/** The gate workshop: change a gate and see what it would have done with what was recorded, before it may decide anything. */
import { useMutation } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import type { BacktestAnswer } from "../../../src/http/wire-pages.ts";
import { ask } from "../api/client.ts";
import { useOverview } from "../api/hooks.ts";
import { Editor } from "../new/editor.tsx";
import { useLint } from "../new/lint.ts";
import { Button, buttonClass } from "../ui/button.tsx";
import { CopyButton } from "../ui/copy.tsx";
import { Section } from "../ui/section.tsx";
import { Empty, Loading, Problem } from "../ui/states.tsx";
import { Found } from "./found.tsx";

const route = getRouteApi("/rollouts/$name");

export function WorkshopPage() {
  const { name } = route.useParams();
  const { data } = useOverview(name);
  if (data === undefined || data === null) return <Loading what="the workshop" />;
  if (data.rollout.release === 0)
    return (
      <Empty
        title="Nothing is recorded yet"
        commands={[`serin start ${name} --canary http://127.0.0.1:9002 --revision v2`]}
      >
        Gates are tried on what releases recorded. The first record begins with the first release:
      </Empty>
    );
  const { document } = data.rollout;
  return (
    <Bench key={name} name={name} given={typeof document === "string" ? document : JSON.stringify(document, null, 2)} />
  );
}

function Bench({ name, given }: { name: string; given: string }) {
  const [text, setText] = useState(given);
  const { lint, fresh } = useLint(text);
  const { mutate, data, error, isPending } = useMutation<BacktestAnswer>({
    mutationFn: () => ask<BacktestAnswer>(`/rollouts/${name}/backtest`, { method: "POST", text }),
  });
  const ready = fresh && lint !== null && lint.problems.length === 0;
  return (
    <div className="grid grid-cols-1 gap-6 xl:grid-cols-2">
      <Section title="The gates, to be changed" aside={<CopyButton text={text} label="Copy the YAML" />}>
        <Editor text={text} change={setText} problems={lint?.problems ?? []} warnings={lint?.warnings ?? []} />
        <div className="mt-3 flex flex-wrap gap-2">
          <Button kind="main" disabled={!ready || isPending} onClick={() => mutate()}>
            {isPending ? "Trying it …" : "Try it on the record"}
          </Button>
          <Button disabled={text === given} onClick={() => setText(given)}>
            As it is in force
          </Button>
          <Link to="/new" search={{ from: name }} className={buttonClass("quiet")}>
            Put it in force
          </Link>
        </div>
      </Section>
      <Section title="What it would have done">
        {error === null ? null : <Problem error={error} retry={() => mutate()} />}
        {data === undefined ? <Before /> : <Found found={data} stale={isPending} />}
      </Section>
    </div>
  );
}

function Before() {
  return (
    <p className="max-w-[60ch] text-soft">
      The recorded releases are played again with the splits that they had, under the gates beside this. Their stable
      arms are split into two that are alike, again and again: whatever is taken back there is taken back falsely.
      Nothing here decides anything.
    </p>
  );
}
