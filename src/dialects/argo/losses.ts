/** Fields of a Rollout that have no place on one machine, each with its sentence. */
import type { Part } from "../manifest.ts";
import type { Release } from "./release.ts";

const started = "both versions run as you started them: --stable and --canary say where";
const noService = "no Kubernetes Service is switched: --stable and --canary say where each version answers";
const noScale = "nothing is scaled: both versions run as you started them";
const noPods = "there are no pods to label";

const fields: readonly (readonly [path: string, sentence: string])[] = [
  ["replicas", started],
  ["selector", started],
  ["template", started],
  ["workloadRef", started],
  ["minReadySeconds", "a backend is well when its health check says so: healthyAfter"],
  ["revisionHistoryLimit", "what was stable before is kept for `serin undo`"],
  ["progressDeadlineSeconds", "a canary that does not become ready is waited for: `serin run --timeout` ends that"],
  ["progressDeadlineAbort", "a canary that does not become ready is waited for: `serin run --timeout` ends that"],
  ["restartAt", "nothing is restarted"],
  ["rollbackWindow", "`serin undo` goes back at once, without steps"],
  ["analysis", "the record of a release is kept whole"],
  ["strategy.canary.canaryService", noService],
  ["strategy.canary.stableService", noService],
  ["strategy.canary.pingPong", noService],
  ["strategy.canary.canaryMetadata", noPods],
  ["strategy.canary.stableMetadata", noPods],
  ["strategy.canary.maxSurge", noScale],
  ["strategy.canary.maxUnavailable", noScale],
  ["strategy.canary.scaleDownDelaySeconds", noScale],
  ["strategy.canary.scaleDownDelayRevisionLimit", noScale],
  ["strategy.canary.abortScaleDownDelaySeconds", noScale],
  ["strategy.canary.minPodsPerReplicaSet", noScale],
  ["strategy.canary.dynamicStableScale", noScale],
  ["strategy.canary.antiAffinity", "there is one machine"],
  ["strategy.canary.trafficRouting", "Serin's own gateway splits the traffic"],
  ["strategy.blueGreen.activeService", noService],
  ["strategy.blueGreen.previewService", noService],
  ["strategy.blueGreen.previewReplicaCount", noScale],
  [
    "strategy.blueGreen.scaleDownDelaySeconds",
    "what was stable is yours to stop; until then `serin undo` goes back at once",
  ],
  ["strategy.blueGreen.scaleDownDelayRevisionLimit", noScale],
  ["strategy.blueGreen.abortScaleDownDelaySeconds", noScale],
  ["strategy.blueGreen.antiAffinity", "there is one machine"],
  ["strategy.blueGreen.activeMetadata", noPods],
  ["strategy.blueGreen.previewMetadata", noPods],
];

export function loseWhatHasNoPlace({ spec, notes }: Release): void {
  for (const [path, sentence] of fields) notes.lose(spec.get(...path.split(".")), sentence);
  const paused = spec.get("paused");
  if (paused.flag() === true) notes.lose(paused, "a paused Rollout does nothing: take the line out to release", true);
}

/** What is left over. */
export function sentenceOf(part: Part): string {
  if (part.within[0] === "metadata") return "Kubernetes' own, and nothing of a release";
  if (part.within[0] === "status") return "what Argo remembers: a release begins anew here";
  if (part.within.includes("measurementRetention")) return "every measurement of a release is kept";
  return part.manifest.kind === "Rollout" ? "Argo's schema has no such field" : "nothing that is kept asks for it";
}
