/**
 * Flagger: a Canary, with the MetricTemplates, AlertProviders and Secrets that it names, as one document. What each field
 * means is what Flagger's code does; docs/import.md says where that differs from its documentation.
 */
import { armsOf } from "../arms.ts";
import { translateManifests, type Begun } from "../kubernetes.ts";
import type { Manifest, Written } from "../manifest.ts";
import { mapping } from "../said.ts";
import type { Options, Translation } from "../translation.ts";
import { notificationsOf } from "./alerts.ts";
import { intervalOf, isFlagger, kindOf, thresholdOf, type Canary } from "./canary.ts";
import { gatesOf } from "./gates.ts";
import { assignmentOf, gatewayOf } from "./gateway.ts";
import { hooksOf } from "./hooks.ts";
import { loseWhatHasNoPlace, sentenceOf } from "./losses.ts";
import { matchesOf } from "./matches.ts";
import { stepsOf } from "./steps.ts";

export const isCanary = (manifest: Manifest): boolean => isFlagger(manifest) && manifest.kind === "Canary";

const flagger = {
  holds: isCanary,
  called: "Canary",
  begin: canaryOf,
  specOf,
  loseWhatHasNoPlace,
  sentenceOf,
  head: " Made of a Canary of Flagger's. Each line says where it came from.",
};

export const translateFlagger = (files: readonly Written[], options: Options): Translation =>
  translateManifests(flagger, files, options);

function canaryOf({ root }: Manifest, begun: Begun): Canary {
  const spec = root.get("spec");
  const target = spec.get("targetRef", "name").text() ?? begun.name;
  const service = asText(spec.get("service", "name").raw) ?? target;
  const words = {
    target,
    service,
    ingress: asText(spec.get("ingressRef", "name").raw) ?? target,
    route: asText(spec.get("routeRef", "name").raw) ?? target,
  };
  const namespace = root.get("metadata", "namespace").text() ?? "default";
  return { ...begun, namespace, spec, analysis: spec.get("analysis"), words };
}

const asText = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** As its schema has it: one way to go on, and no more. */
function oneWayOn({ spec, analysis }: Canary): void {
  if (spec.get("skipAnalysis").raw === true) return;
  const ways = ["iterations", "stepWeight", "stepWeights"].filter((key) => analysis.get(key).there);
  if (ways.length !== 1)
    analysis.mistake(
      `expected exactly one of iterations, stepWeight and stepWeights, found ${ways.join(" and ") || "none"}`,
    );
}

function specOf(canary: Canary): Record<string, unknown> {
  oneWayOn(canary);
  const { options, analysis, notes } = canary;
  const kind = kindOf(canary);
  const pace = { interval: intervalOf(canary), threshold: thresholdOf(canary) };
  const match = analysis.get("match");
  if (kind === "canary")
    notes.lose(match, "match goes with iterations: with shares it means something else on each mesh", true);
  if (kind === "blueGreenUnrouted") notes.lose(match, "Flagger drops it on kubernetes, where nothing is routed");
  if (kind !== "canary")
    ["stepWeight", "stepWeights", "maxWeight"].forEach((key) =>
      notes.lose(analysis.get(key), "there are no shares where iterations are counted"),
    );
  const matches = kind === "abTest" ? matchesOf(canary) : [];
  const some = (list: readonly unknown[]) => (list.length === 0 ? undefined : list);
  return mapping({
    gateway: gatewayOf(canary),
    ...armsOf(options, "Canary"),
    assignment: assignmentOf(canary),
    matches: some(matches),
    strategy: { canary: { steps: stepsOf(canary, pace) } },
    gates: gatesOf(canary, pace),
    hooks: some(hooksOf(canary, pace)),
    notifications: some(notificationsOf(canary)),
  });
}
