/** Entering: with a token, or by a link that somebody shared. Neither ever stands in an address that is sent. */
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ask } from "../api/client.ts";
import { queryClient } from "../api/hooks.ts";
import { keys } from "../api/keys.ts";
import type { SessionView } from "../../../src/http/wire-pages.ts";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/section.tsx";
import { Field } from "../ui/field.tsx";
import { Loading, Problem } from "../ui/states.tsx";

/** Asks for a token in place of a page that may not be seen without one. */
export function EnterForm() {
  const [token, setToken] = useState("");
  const [error, setError] = useState<unknown>(null);
  const enter = async () => {
    try {
      welcome(await ask<SessionView>("/session", { method: "POST", body: { token: token.trim() } }));
    } catch (thrown) {
      setError(thrown);
    }
  };
  return (
    <Card className="mx-auto mt-10 max-w-md p-6">
      <h1 className="text-xl font-semibold">Who is there?</h1>
      <p className="mt-1 mb-4 text-soft">
        This Serin lets in whoever has a token. It is exchanged for a cookie that no script can read, and not kept.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void enter();
        }}
      >
        <Field
          label="Token"
          type="password"
          autoComplete="current-password"
          value={token}
          onChange={setToken}
          autoFocus
        />
        {error === null ? null : <Problem error={error} />}
        <Button type="submit" kind="main" className="mt-4 w-full" disabled={token.trim() === ""}>
          Enter
        </Button>
      </form>
    </Card>
  );
}

function welcome(session: SessionView): void {
  queryClient.setQueryData(keys.session, session);
  // What was refused before is asked again.
  void queryClient.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== keys.session[0] });
}

/** /share#CODE: what stands behind the # is never sent with the address, and the page that it opens takes its place. */
export function SharePage() {
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    const share = location.hash.slice(1);
    ask<SessionView>("/session", { method: "POST", body: { share } }).then((session) => {
      welcome(session);
      void navigate({ to: "/rollouts/$name", params: { name: session.only ?? "" }, replace: true });
    }, setError);
  }, [navigate]);
  return error === null ? <Loading what="what was shared" /> : <Problem error={error} />;
}
