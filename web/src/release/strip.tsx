/** The sentence, and buttons that say what they will do and to how many. */
import { useEffect, useState } from "react";
import type { Act, Overview } from "../../../src/http/wire-pages.ts";
import { useSession } from "../api/session.ts";
import { Glyph, toneWash } from "../ui/mark.tsx";
import { isTyping } from "../ui/typing.ts";
import { markOf } from "../words/lights.ts";
import { ActDialog } from "./act-dialog.tsx";

export function Strip({ overview }: { overview: Overview }) {
  const { headline, acts, light, rollout } = overview;
  const [asked, setAsked] = useState<Act | null>(null);
  const mark = markOf(light, rollout.outcome);
  const mayAct = useSession().data?.role !== "view";
  useNumberKeys(mayAct ? acts : [], setAsked);
  return (
    <section
      aria-label="Where it stands"
      className={`rounded-2xl border border-line p-4 sm:p-5 ${toneWash(mark.tone)}`}
    >
      <div className="flex gap-3">
        <span className="pt-1">
          <Glyph shape={mark.shape} tone={mark.tone} size={22} />
        </span>
        <p className="max-w-[75ch] text-lg leading-snug font-medium sm:text-xl" data-headline>
          {headline}
        </p>
      </div>
      {mayAct ? (
        <Acts acts={acts} choose={setAsked} />
      ) : (
        <p className="mt-3 text-sm text-soft">You may look here, and not act.</p>
      )}
      {rollout.signals.length === 0 ? null : (
        <p role="status" className="mt-3 text-sm">
          Asked and not yet taken: {rollout.signals.map(({ verb, by }) => `${verb} by ${by}`).join(", ")}.
        </p>
      )}
      <ActDialog name={rollout.name} act={asked} onClose={() => setAsked(null)} />
    </section>
  );
}

const taking: readonly Act["verb"][] = ["abort", "undo"];

function Acts({ acts, choose }: { acts: readonly Act[]; choose: (act: Act) => void }) {
  if (acts.length === 0) return null;
  return (
    <div role="group" aria-label="Acts" className="mt-4 grid gap-2 sm:grid-cols-2 xl:grid-cols-4">
      {acts.map((act, i) => (
        <button
          key={act.verb}
          type="button"
          data-verb={act.verb}
          onClick={() => choose(act)}
          className={`flex flex-col rounded-xl border bg-surface px-3.5 py-2.5 text-left transition-colors hover:bg-sunken ${taking.includes(act.verb) ? "border-bad" : i === 0 ? "border-ink" : "border-line"}`}
        >
          <span className={`block font-semibold ${taking.includes(act.verb) ? "text-bad" : ""}`}>{act.label}</span>
          <span className="mt-0.5 block text-[13px] leading-snug text-soft">{act.consequence}</span>
        </button>
      ))}
    </div>
  );
}

/** 1 asks for the first act, and so on; the dialog still asks. */
function useNumberKeys(acts: readonly Act[], choose: (act: Act) => void): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const act = /^[1-9]$/.test(event.key) && !isTyping(event) ? acts[Number(event.key) - 1] : undefined;
      if (act === undefined) return;
      // else the key would be typed into the dialog that it opens
      event.preventDefault();
      choose(act);
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [acts, choose]);
}
