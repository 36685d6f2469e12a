/**
 * Argo Rollouts: a Rollout with the AnalysisTemplates and ClusterAnalysisTemplates that it names, as one document. Its
 * metrics become gates with fixed limits, and its steps Serin's.
 */
import { SerinError } from "../../errors.ts";
import { armsOf } from "../arms.ts";
import { manifestsIn, type Manifest, type Written } from "../manifest.ts";
import { labelOf, namer } from "../names.ts";
import { because, mapping } from "../said.ts";
import {
  finished,
  Notes,
  refuseMistakes,
  tellOfTheRest,
  theOneNamed,
  type Options,
  type Translation,
} from "../translation.ts";
import { loseWhatHasNoPlace, sentenceOf } from "./losses.ts";
import { isArgo, type Release } from "./release.ts";
import { blueGreenWay, canaryWay, type Way } from "./steps.ts";

export const isRollout = (manifest: Manifest): boolean => isArgo(manifest) && manifest.kind === "Rollout";

export function translateArgo(files: readonly Written[], options: Options): Translation {
  const manifests = manifestsIn(files);
  const chosen = theOneNamed(manifests.filter(isRollout), "Rollout of Argo's", options.name);
  const release = releaseOf(chosen, manifests, options);
  const { steps, matches } = wayOf(release);
  loseWhatHasNoPlace(release);
  refuseMistakes(manifests);
  tellOfTheRest({ ...release, chosen, manifests, sentenceOf });
  const spec = mapping({
    gateway: { listen: because("Serin's own default", "127.0.0.1:8080") },
    ...armsOf(options, "Rollout"),
    assignment: { by: because("a mesh draws each request by itself", "request") },
    matches: matches.length === 0 ? undefined : matches,
    strategy: { canary: { steps } },
    gates: gatesOf(release),
  });
  return finished(
    release.name,
    spec,
    release.notes,
    " Made of a Rollout of Argo's. Each line says where it came from.",
  );
}

function releaseOf(manifest: Manifest, manifests: readonly Manifest[], options: Options): Release {
  const { root } = manifest;
  const written = root.get("metadata", "name");
  const name = labelOf(written.text() ?? "");
  const notes = new Notes();
  if (name !== written.raw) notes.change(written, `is called ${name}: lower-case letters, digits and dashes`);
  const others = manifests.filter((other) => other !== manifest);
  return { name, root, spec: root.get("spec"), notes, options, others, gates: new Map(), names: namer() };
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
