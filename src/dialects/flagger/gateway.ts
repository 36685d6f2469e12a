/** What a Service and a mesh said, where Serin's gateway stands; and who is one and the same visitor. */
import { formatDuration } from "../../rollout/amounts.ts";
import { goDuration } from "../durations.ts";
import { because, from, mapping } from "../said.ts";
import type { Canary } from "./canary.ts";

export function gatewayOf({ spec, notes }: Canary): Record<string, unknown> {
  const port = spec.get("service", "port");
  const number = port.number();
  const timeout = spec.get("service", "timeout");
  const ms = goDuration(timeout.text() ?? "");
  if (timeout.there) notes.change(timeout, "Serin counts a backend's silence where a mesh counts the whole answer");
  const listen =
    number === undefined ? because("Serin's own default", "127.0.0.1:8080") : from(port, `127.0.0.1:${number}`);
  const timeouts = ms === null || ms === 0 ? undefined : { response: from(timeout, formatDuration(ms)) };
  return mapping({ listen, timeouts });
}

/** RFC 6265bis, 5.5: browsers keep no cookie longer. */
const LONGEST_S = 400 * 86_400;
const USUAL_S = 86_400;

/** Without affinity a mesh draws lots for each request. */
export function assignmentOf({ analysis, notes }: Canary): Record<string, unknown> {
  const affinity = analysis.get("sessionAffinity");
  if (!affinity.there) return { by: because("without sessionAffinity each request is drawn by itself", "request") };
  const cookie = affinity.get("cookieName");
  notes.change(
    affinity,
    "a visitor keeps the arm he has, canary or stable, while the share grows; in Flagger the canary's visitors alone do",
  );
  notes.lose(affinity.get("primaryCookieName"), "one cookie says who somebody is, and that gives the arm");
  const name = cookie.text() ?? "flagger-cookie";
  if (name === affinity.get("primaryCookieName").raw) cookie.mistake("expected another name than primaryCookieName");
  for (const [key, why] of attributes) notes.lose(affinity.get(key), why);
  return {
    by: "visitor",
    cookie: mapping({
      name: from(cookie, name),
      maxAge: maxAgeOf(affinity.get("maxAge"), notes),
      secure: secureOf(affinity.get("secure")),
    }),
  };
}

const attributes = [
  ["domain", "the cookie is of the host alone that a visitor asked"],
  ["path", "the cookie is of every path"],
  ["httpOnly", "the cookie is always out of reach for scripts"],
  ["sameSite", "the cookie is always SameSite=Lax"],
  ["partitioned", "the cookie is not partitioned"],
] as const;

function maxAgeOf(part: ReturnType<Canary["analysis"]["get"]>, notes: Canary["notes"]): unknown {
  const seconds = part.number() ?? USUAL_S;
  if (!part.there) return because("Flagger's own default", formatDuration(USUAL_S * 1000));
  if (seconds >= 60 && seconds <= LONGEST_S) return from(part, formatDuration(seconds * 1000));
  notes.change(part, "between a minute and 400 days");
  return from(part, formatDuration(Math.min(LONGEST_S, Math.max(60, seconds)) * 1000));
}

const secureOf = (part: ReturnType<Canary["analysis"]["get"]>): unknown =>
  part.there ? from(part, part.flag() ?? false) : undefined;
