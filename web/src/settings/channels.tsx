/** Who is told of a rollout, and a button that tries it: one message, marked as a test. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { TestResult } from "../../../src/http/wire-messages.ts";
import type { Told } from "../../../src/http/wire-pages.ts";
import { ask } from "../api/client.ts";
import { useFleet } from "../api/hooks.ts";
import { Button } from "../ui/button.tsx";
import { Glyph } from "../ui/mark.tsx";
import { Card, Section } from "../ui/section.tsx";
import { Select } from "../ui/select.tsx";
import { Problem } from "../ui/states.tsx";

export function Channels({ mayTest }: { mayTest: boolean }) {
  const fleet = useFleet().data ?? [];
  const [chosen, choose] = useState("");
  const name = chosen === "" ? (fleet[0]?.name ?? "") : chosen;
  return (
    <Section title="Who is told">
      <Card>
        {fleet.length === 0 ? (
          <p className="text-soft">There is no rollout yet, and so nothing to tell of.</p>
        ) : (
          <>
            <Select
              label="Of rollout"
              value={name}
              onChange={choose}
              options={fleet.map((row) => [row.name, row.name])}
            />
            <Channel key={name} name={name} mayTest={mayTest} />
          </>
        )}
      </Card>
    </Section>
  );
}

function Channel({ name, mayTest }: { name: string; mayTest: boolean }) {
  const { data, error } = useQuery({
    queryKey: ["told", name],
    queryFn: () => ask<Told>(`/rollouts/${name}/notifications`),
  });
  const test = useMutation<TestResult, Error, string>({
    mutationFn: (only) => ask<TestResult>(`/rollouts/${name}/notifications/test`, { method: "POST", body: { only } }),
  });
  if (error !== null) return <Problem error={error} />;
  const names = data?.notifications ?? [];
  if (data !== undefined && names.length === 0)
    return <p className="mt-3 text-sm text-soft">Its document names nobody under notifications: nobody is told.</p>;
  return (
    <ul className="mt-3 grid grid-cols-1 gap-2">
      {names.map((one) => (
        <li key={one} className="flex flex-wrap items-center justify-between gap-3 border-t border-line pt-2">
          <span className="font-medium">{one}</span>
          <Tried result={test.data ?? null} notification={one} />
          <Button disabled={!mayTest || test.isPending} onClick={() => test.mutate(one)}>
            Send a test to {one}
          </Button>
        </li>
      ))}
      {test.error === null ? null : <Problem error={test.error} />}
    </ul>
  );
}

function Tried({ result, notification }: { result: TestResult | null; notification: string }) {
  const tried = result?.tried.find((one) => one.notification === notification);
  if (tried === undefined) return null;
  return (
    <span role="status" className="flex min-w-0 flex-1 items-center gap-2 text-sm">
      <Glyph shape={tried.arrived ? "check" : "cross"} tone={tried.arrived ? "good" : "bad"} />
      {tried.arrived ? "It arrived." : tried.message}
    </span>
  );
}
