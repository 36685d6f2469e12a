/**
 * Argo Rollouts: a Rollout with the AnalysisTemplates and ClusterAnalysisTemplates that it names, as one document. Its
 * metrics become gates with fixed limits, and its steps Serin's.
 */
import { SerinError } from "../../errors.ts";
import { armsOf } from "../arms.ts";
import { translateManifests, type Begun } from "../kubernetes.ts";
import type { Manifest, Written } from "../manifest.ts";
import { namer } from "../names.ts";
import { because, mapping } from "../said.ts";
import type { Options, Translation } from "../translation.ts";
import { loseWhatHasNoPlace, sentenceOf } from "./losses.ts";
import { isArgo, type Release } from "./release.ts";
import { blueGreenWay, canaryWay, type Way } from "./steps.ts";

export const isRollout = (manifest: Manifest): boolean => isArgo(manifest) && manifest.kind === "Rollout";

const argo = {
  holds: isRollout,
  called: "Rollout of Argo's",
  begin: ({ root }: Manifest, begun: Begun): Release => ({
    ...begun,
    root,
    spec: root.get("spec"),
    gates: new Map(),
    names: namer(),
  }),
  specOf,
  loseWhatHasNoPlace,
  sentenceOf,
  head: " Made of a Rollout of Argo's. Each line says where it came from.",
};

export const translateArgo = (files: readonly Written[], options: Options): Translation =>
  translateManifests(argo, files, options);

function specOf(release: Release): Record<string, unknown> {
  const { steps, matches } = wayOf(release);
  return mapping({
    gateway: { listen: because("Serin's own default", "127.0.0.1:8080") },
    ...armsOf(release.options, "Rollout"),
    assignment: { by: because("a mesh draws each request by itself", "request") },
    matches: matches.length === 0 ? undefined : matches,
    strategy: { canary: { steps } },
    // made on the way
    gates: gatesOf(release),
  });
}

function wayOf(release: Release): Way {
  const strategy = release.spec.get("strategy");
  const [canary, blueGreen] = [strategy.get("canary"), strategy.get("blueGreen")];
  if (canary.there === blueGreen.there) {
    strategy.mistake("expected either canary or blueGreen");
    return { steps: [], matches: [] };
  }
  return canary.there ? canaryWay(release, canary) : blueGreenWay(release, blueGreen);
}

function gatesOf({ gates }: Release): readonly unknown[] {
  const made = [...gates.values()];
  if (made.length > 50)
    throw new SerinError("DOCUMENT_INVALID", `there are ${made.length} metrics, and a document has at most 50 gates`);
  if (made.length > 0) return made;
  return [because("nothing is measured: this one only reports", { name: "failures", dryRun: true, failures: {} })];
}
