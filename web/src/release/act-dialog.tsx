/** Before an act: what follows from it, for whom, who does it and why. Afterwards: what came of it, as the journal says it. */
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { SignalResult } from "../../../src/http/wire.ts";
import type { Act } from "../../../src/http/wire-pages.ts";
import { ask } from "../api/client.ts";
import { queryClient } from "../api/hooks.ts";
import { keys } from "../api/keys.ts";
import { useSession } from "../api/session.ts";
import { nameUser, userName } from "../api/user.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";

interface Props {
  readonly name: string;
  readonly act: Act | null;
  readonly onClose: () => void;
}

export function ActDialog({ name, act, onClose }: Props) {
  return (
    <Dialog title={act?.label ?? ""} open={act !== null} onClose={onClose}>
      {act === null ? null : <Form key={act.verb} name={name} act={act} onClose={onClose} />}
    </Dialog>
  );
}

function Form({ name, act, onClose }: Props & { readonly act: Act }) {
  const [why, setWhy] = useState("");
  const { send, sent, error, waiting } = useSignal(name, act);
  if (sent !== null) return <Done result={sent} onClose={onClose} />;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send(why);
      }}
    >
      <p className="mt-1 text-soft">{act.consequence}</p>
      <div className="mt-4 grid gap-3">
        <Field
          label="Why (kept in the journal)"
          value={why}
          onChange={setWhy}
          placeholder="for those who read it later"
        />
        <WhoActs />
      </div>
      {error === null ? null : (
        <p role="alert" className="mt-3 rounded-lg bg-bad-wash p-3 text-sm">
          {error.message}
        </p>
      )}
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>Leave it</Button>
        <Button type="submit" kind={act.verb === "abort" || act.verb === "undo" ? "danger" : "main"} disabled={waiting}>
          {waiting ? "Asking …" : act.label}
        </Button>
      </div>
    </form>
  );
}

/** A signal is sent and waited for: the answer is what the engine made of it. */
function useSignal(name: string, { verb }: Act) {
  const { mutate, data, error, isPending } = useMutation<SignalResult, Error, string>({
    mutationFn: (why) => {
      const body = why.trim() === "" ? { verb } : { verb, why: why.trim() };
      return ask<SignalResult>(`/rollouts/${name}/signals?wait=true`, { method: "POST", body });
    },
    onSettled: () => void queryClient.invalidateQueries({ queryKey: keys.overview(name) }),
  });
  return { send: mutate, sent: data ?? null, error, waiting: isPending };
}

function Done({ result, onClose }: { result: SignalResult; onClose: () => void }) {
  const pending = result.outcome === "pending";
  return (
    <div role="status">
      <p className="mt-2">
        {pending
          ? "It was asked and is not taken yet; the page shows when it is."
          : (result.event?.sentence ?? "Done.")}
      </p>
      <div className="mt-5 flex justify-end">
        <Button kind="main" onClick={onClose} autoFocus>
          Close
        </Button>
      </div>
    </div>
  );
}

/** With tokens the token says who acts; without, whoever sits here does. */
function WhoActs() {
  const session = useSession().data;
  const [name, setName] = useState(userName() ?? "");
  useEffect(() => nameUser(name), [name]);
  if (session?.access === "token")
    return <p className="text-sm text-soft">The journal will say that {session.name} did it.</p>;
  return <Field label="Who acts" value={name} onChange={setName} placeholder="local" autoComplete="name" />;
}
