/** Settings: who you are, links for those who may only look, channels that are told, how it looks. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { SessionView } from "../../../src/http/wire-pages.ts";
import { ask } from "../api/client.ts";
import { useFollow } from "../api/hooks.ts";
import { useSession } from "../api/session.ts";
import { nameUser, userName } from "../api/user.ts";
import { chooseTheme, useTheme, type Theme } from "../ui/theme.ts";
import { Button } from "../ui/button.tsx";
import { Field } from "../ui/field.tsx";
import { Card, Section } from "../ui/section.tsx";
import { Loading } from "../ui/states.tsx";
import { Channels } from "./channels.tsx";
import { Shares } from "./shares.tsx";

export function SettingsPage() {
  useFollow(null);
  const session = useSession();
  if (session.data === undefined) return <Loading what="settings" />;
  return (
    <div className="grid max-w-3xl grid-cols-1 gap-6">
      <h1 className="text-2xl font-bold tracking-tight">Settings</h1>
      <Who session={session.data} />
      <Shares session={session.data} />
      <Channels mayTest={session.data.role !== "view"} />
      <Looks />
    </div>
  );
}

const may = {
  report: "You may report what applications measured.",
  view: "You may look.",
  act: "You may look and act.",
  admin: "You may look, act, and let others in.",
} as const;

function Who({ session }: { session: SessionView }) {
  const client = useQueryClient();
  const leave = () => void ask("/session", { method: "DELETE" }).then(() => client.resetQueries());
  return (
    <Section title="Who you are">
      <Card>
        {session.access === "local" ? (
          <LocalName />
        ) : (
          <div className="flex flex-wrap items-center justify-between gap-3">
            <p>
              <span className="font-semibold">{session.name}</span>. {session.role === null ? "" : may[session.role]}
            </p>
            <Button onClick={leave}>Leave</Button>
          </div>
        )}
        <Roles />
      </Card>
    </Section>
  );
}

function LocalName() {
  const [name, setName] = useState(userName() ?? "");
  const change = (next: string) => {
    setName(next);
    nameUser(next);
  };
  return (
    <Field
      label="Your name"
      value={name}
      onChange={change}
      placeholder="local"
      autoComplete="name"
      hint="This server has no tokens and answers its own machine only. The journal says who acted by the name that you write here."
    />
  );
}

function Roles() {
  return (
    <details className="mt-4">
      <summary className="min-h-9 cursor-pointer py-1.5 text-sm text-soft">Tokens and roles</summary>
      <p className="text-sm text-soft">
        Tokens stand in a file, one a line: a name, a role and the token, or the SHA-256 of it. The file is read again
        when it changes. Serin is started with
      </p>
      <pre className="my-2 overflow-x-auto rounded-lg bg-sunken p-3 font-mono text-[13px]" tabIndex={0}>
        {
          "serin serve --token-file tokens\n\nvera view  a-long-random-text\nben  act   sha256:5e88…\nada  admin another-long-random-text\nshop report the-token-of-a-service"
        }
      </pre>
      <p className="text-sm text-soft">
        view looks, act also acts, admin also lets others in. report may report events and metrics of applications, and
        nothing else.
      </p>
    </details>
  );
}

const themes: readonly Theme[] = ["system", "light", "dark"];

function Looks() {
  const theme = useTheme();
  return (
    <Section title="Colours">
      <div role="group" aria-label="Colours" className="flex gap-2">
        {themes.map((one) => (
          <Button
            key={one}
            aria-pressed={theme === one}
            onClick={() => chooseTheme(one)}
            className="capitalize aria-pressed:border-ink aria-pressed:bg-ink aria-pressed:text-ground"
          >
            {one}
          </Button>
        ))}
      </div>
    </Section>
  );
}
