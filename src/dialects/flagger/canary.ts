/** A Canary as the translator holds it, and the defaults that Flagger itself fills in. */
import { formatDuration } from "../../rollout/amounts.ts";
import { goDuration } from "../durations.ts";
import type { Begun } from "../kubernetes.ts";
import type { Manifest, Part } from "../manifest.ts";
import { because, from, type Said } from "../said.ts";

export interface Canary extends Begun {
  readonly namespace: string;
  readonly spec: Part;
  readonly analysis: Part;
  /** Target, service, ingress, route: what queries call them. */
  readonly words: Readonly<Record<"target" | "service" | "ingress" | "route", string>>;
}

export const isFlagger = ({ group }: Manifest): boolean => group === "flagger.app";

/** Flagger asks no more often. */
const SHORTEST_MS = 10_000;
const USUAL_MS = 60_000;

/** The tick, which everything else is counted in. */
export function intervalOf({ analysis, notes }: Canary): Said {
  const part = analysis.get("interval");
  const text = part.text();
  if (text === undefined) return because("Flagger's own default", formatDuration(USUAL_MS));
  const ms = goDuration(text);
  if (ms === null || ms === 0) {
    notes.change(part, `${JSON.stringify(text)} is no duration: Flagger asks every minute then`);
    return from(part, formatDuration(USUAL_MS), "no duration, so a minute");
  }
  if (ms >= SHORTEST_MS) return from(part, formatDuration(ms));
  notes.change(part, `less than 10s means 10s, as in Flagger; Serin itself goes down to 1s`);
  return from(part, "10s", "less than 10s means 10s");
}

/** How many failed rounds are too many. */
export function thresholdOf({ analysis, notes }: Canary): Said {
  const part = analysis.get("threshold");
  const count = part.number();
  if (count !== undefined && count > 0) return from(part, Math.trunc(count));
  if (count !== undefined) notes.change(part, "0 and less mean 1, as in Flagger");
  return count === undefined ? because("Flagger's own default", 1) : from(part, 1, "0 and less mean 1");
}

/** Strategy, first hit wins. On `kubernetes` nothing can be routed, so that everything is blue/green. */
export type Kind = "skip" | "abTest" | "blueGreen" | "blueGreenUnrouted" | "canary";

export function kindOf({ spec, analysis }: Canary): Kind {
  if (spec.get("skipAnalysis").flag() === true) return "skip";
  const iterations = analysis.get("iterations").number() ?? 0;
  if (spec.get("provider").text() === "kubernetes") return "blueGreenUnrouted";
  if (iterations <= 0) return "canary";
  return analysis.get("match").items().length > 0 ? "abTest" : "blueGreen";
}
