/** Links for those who may only look, at one rollout, for a while. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { SessionView, Share } from "../../../src/http/wire-pages.ts";
import { ask } from "../api/client.ts";
import { useFleet } from "../api/hooks.ts";
import { Button } from "../ui/button.tsx";
import { Command } from "../ui/copy.tsx";
import { Select } from "../ui/select.tsx";
import { Card, Section } from "../ui/section.tsx";
import { Problem } from "../ui/states.tsx";

const lasts = [
  ["1", "an hour"],
  ["24", "a day"],
  ["72", "three days"],
  ["720", "a month"],
] as const;

export function Shares({ session }: { session: SessionView }) {
  return (
    <Section title="Links to look at a release">
      <Card>
        <p className="mb-3 text-sm text-soft">
          Whoever has such a link sees one rollout and can never act. It ends by itself, and with the token of whoever
          made it.
        </p>
        {session.access === "local" ? (
          <Nobody />
        ) : session.role === "admin" ? (
          <Form />
        ) : (
          <p>Making one needs the role admin.</p>
        )}
      </Card>
    </Section>
  );
}

function Nobody() {
  return (
    <>
      <p className="mb-2">
        Nobody else can reach this server: it has no tokens, and answers its own machine only. To let others in, give it
        some:
      </p>
      <Command text="serin serve --listen 0.0.0.0:7077 --token-file tokens" />
    </>
  );
}

function Form() {
  const fleet = useFleet().data ?? [];
  const [rollout, setRollout] = useState("");
  const [hours, setHours] = useState("72");
  const chosen = rollout === "" ? (fleet[0]?.name ?? "") : rollout;
  const { mutate, data, error, isPending } = useMutation<Share>({
    mutationFn: () => ask<Share>("/shares", { method: "POST", body: { rollout: chosen, hours: Number(hours) } }),
  });
  return (
    <>
      <div className="flex flex-wrap items-end gap-3">
        <Select
          label="Rollout"
          value={chosen}
          onChange={setRollout}
          options={fleet.map(({ name }) => [name, name] as const)}
        />
        <Select label="For" value={hours} onChange={setHours} options={lasts} />
        <Button kind="main" disabled={chosen === "" || isPending} onClick={() => mutate()}>
          Make a link
        </Button>
      </div>
      {error === null ? null : <Problem error={error} />}
      {data === undefined ? null : (
        <div className="mt-3" role="status">
          <Command text={location.origin + data.path} />
          <p className="mt-1 text-[13px] text-soft">
            For {data.rollout}, until {new Date(data.until).toLocaleString()}. It is not shown again.
          </p>
        </div>
      )}
    </>
  );
}
