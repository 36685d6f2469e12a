/** Whether what is seen is what is: a small light while it is, a plain sentence when it is not. */
import { useLiveness, useNow } from "../api/hooks.ts";
import { Glyph } from "../ui/mark.tsx";
import { clockOf, span } from "../words/time.ts";

export function LiveDot() {
  const { link } = useLiveness();
  const live = link === "live";
  return (
    <span className="inline-flex items-center gap-1.5 text-[13px] text-soft" role="status">
      <Glyph shape={live ? "dot" : "ring"} tone={live ? "good" : "wait"} size={10} />
      {live ? "live" : link === "connecting" ? "connecting" : "not live"}
    </span>
  );
}

export function StaleBanner() {
  const { link, heardAt } = useLiveness();
  useNow();
  if (link !== "stale") return null;
  return (
    <div role="alert" className="border-b border-wait bg-wait-wash px-4 py-2 text-center text-sm">
      <Glyph shape="question" tone="wait" /> Not live: nothing heard from the server since {clockOf(heardAt)} (
      {span(Date.now() - heardAt)}). What you see is how it stood then. Trying again …
    </div>
  );
}
