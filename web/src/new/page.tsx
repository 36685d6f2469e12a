/** A document by form and by hand, at the same time: both show the same text, and what would follow if it were sent. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { PutResult } from "../../../src/http/wire.ts";
import type { Lint, Overview } from "../../../src/http/wire-pages.ts";
import { ApiError, ask } from "../api/client.ts";
import { useFollow } from "../api/hooks.ts";
import { useSession } from "../api/session.ts";
import { Button } from "../ui/button.tsx";
import { CopyButton } from "../ui/copy.tsx";
import { Card, Section } from "../ui/section.tsx";
import { Loading, Problem } from "../ui/states.tsx";
import { Editor } from "./editor.tsx";
import { Field, type Editing } from "./form.tsx";
import { useLint, type Said } from "./lint.ts";
import type { JsonSchema } from "./schema.ts";
import { template, valueOf, without, withValue } from "./text.ts";

const route = getRouteApi("/new");

export function NewPage() {
  useFollow(null);
  const { from } = route.useSearch();
  const schema = useQuery({ queryKey: ["schema"], queryFn: () => ask<JsonSchema>("/schema") });
  const given = useQuery({
    queryKey: ["given", from ?? ""],
    queryFn: async () =>
      from === undefined ? template : textOf((await ask<Overview>(`/rollouts/${from}/overview`)).rollout.document),
  });
  if (schema.isPending || given.isPending) return <Loading what="the form" />;
  if (schema.data === undefined || given.data === undefined) return <Problem error={schema.error ?? given.error} />;
  return <Desk key={from ?? ""} schema={schema.data} given={given.data} />;
}

const textOf = (document: unknown) => (typeof document === "string" ? document : JSON.stringify(document, null, 2));

function Desk({ schema, given }: { schema: JsonSchema; given: string }) {
  const [text, setText] = useState(given);
  const said = useLint(text);
  const { lint } = said;
  const value = useMemo(() => valueOf(text), [text]);
  const editing: Editing = {
    set: (path, next) => setText((now) => withValue(now, path, next)),
    remove: (path) => setText((now) => without(now, path)),
  };
  return (
    <>
      <div className="mb-4 flex flex-wrap items-baseline justify-between gap-3">
        <h1 className="text-2xl font-bold tracking-tight">New release</h1>
        <CopyButton text={text} label="Copy the YAML" />
      </div>
      <Follows said={said} text={text} />
      <div className="mt-5 grid grid-cols-1 gap-6 xl:grid-cols-2">
        <Section title="By form">
          <Card>
            {value === null ? (
              <p className="text-soft">The text is no YAML just now; the form comes back when it is.</p>
            ) : (
              <Form schema={schema} value={value} editing={editing} />
            )}
          </Card>
        </Section>
        <Section title="By hand" sticky>
          <Editor text={text} change={setText} problems={lint?.problems ?? []} warnings={lint?.warnings ?? []} />
        </Section>
      </div>
    </>
  );
}

function Form({ schema, value, editing }: { schema: JsonSchema; value: unknown; editing: Editing }) {
  const whole = value as { metadata?: unknown; spec?: unknown } | null;
  const { metadata, spec } = schema.properties ?? {};
  return (
    <div className="grid grid-cols-1 gap-5">
      {metadata === undefined ? null : (
        <Field
          schema={metadata}
          value={whole?.metadata}
          path={["metadata"]}
          name="metadata"
          required
          editing={editing}
        />
      )}
      {spec === undefined ? null : (
        <Field schema={spec} value={whole?.spec} path={["spec"]} name="spec" required editing={editing} />
      )}
    </div>
  );
}

function Follows({ said: { lint, fresh }, text }: { said: Said; text: string }) {
  const navigate = useNavigate();
  const mayAct = useSession().data?.role !== "view";
  const { mutate, error, isPending } = useMutation<PutResult>({
    mutationFn: () => ask<PutResult>(`/rollouts/${lint?.name ?? ""}`, { method: "PUT", text }),
    onSuccess: ({ name }) => void navigate({ to: "/rollouts/$name", params: { name } }),
  });
  return (
    <Card className="flex flex-wrap items-center justify-between gap-4">
      <div className="min-w-0 flex-1" role="status">
        <Sentence lint={lint} />
        {error === null ? null : (
          <p className="mt-1 text-sm text-bad">{error instanceof ApiError ? error.message : String(error)}</p>
        )}
      </div>
      <Button
        kind="main"
        disabled={!mayAct || !fresh || lint === null || lint.problems.length > 0 || isPending}
        onClick={() => mutate()}
      >
        {lint?.exists ? "Replace the document" : "Send it"}
      </Button>
    </Card>
  );
}

function Sentence({ lint }: { lint: Lint | null }) {
  if (lint === null) return <p className="text-soft">Asking what would follow …</p>;
  const { problems, follows, exists, name } = lint;
  if (problems.length > 0)
    return (
      <p>
        {problems.length === 1 ? "One mistake is" : `${problems.length} mistakes are`} in the way; they stand below the
        text.
      </p>
    );
  const first = exists ? `${name} is there already and gets this document.` : `${name} is new.`;
  return (
    <p>
      {first} {follows.length === 0 ? "Nothing else follows." : follows.join(" ")}
    </p>
  );
}
