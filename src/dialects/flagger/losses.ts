/** Fields of a Canary that have no place on one machine, each with its sentence. */
import type { Part } from "../manifest.ts";
import { pathText } from "../place.ts";
import type { Canary } from "./canary.ts";

const noMesh = "there is no mesh to write it into: Serin's gateway passes requests on as they are";
const noService = "no Kubernetes Service is made";

const spec: readonly (readonly [path: string, sentence: string])[] = [
  ["provider", "Serin's own gateway splits the traffic"],
  ["metricsServer", "built-in metrics are counted by Serin's own gateway, and no query of its own asks this server"],
  ["targetRef", "what is released says --canary, and what is served --stable: Serin starts no workload"],
  ["autoscalerRef", "nothing is scaled: both versions run as you started them"],
  ["ingressRef", "Serin's gateway stands where the ingress stood"],
  ["routeRef", "Serin's gateway stands where the route stood"],
  ["upstreamRef", "Serin's gateway needs no upstream of Gloo's"],
  ["progressDeadlineSeconds", "a canary that does not become ready is waited for: `serin run --timeout` ends that"],
  ["revertOnDeletion", "`serin stop` ends the gateway, and nothing else was changed"],
  ["canaryAnalysis", "Flagger's own schema drops it: analysis is what counts"],
  ["service.name", "no Kubernetes Service is made; queries were filled in with it"],
  ["service.portName", noService],
  ["service.targetPort", "--stable and --canary say where each version answers"],
  ["service.appProtocol", noService],
  ["service.trafficDistribution", noService],
  ["service.portDiscovery", noService],
  ["service.headless", noService],
  ["service.backendTimeout", noMesh],
  ["service.gateways", noMesh],
  ["service.gatewayRefs", noMesh],
  ["service.hosts", "the gateway answers for every host"],
  ["service.delegation", noMesh],
  ["service.trafficPolicy", noMesh],
  ["service.match", "the gateway takes every path: put a proxy in front for others"],
  ["service.rewrite", noMesh],
  ["service.retries", "the gateway has a rule of its own for what is tried again, and where"],
  ["service.headers", noMesh],
  ["service.mirror", "copies go to the canary alone"],
  ["service.corsPolicy", noMesh],
  ["service.meshName", noMesh],
  ["service.backends", noMesh],
  ["service.apex", noService],
  ["service.primary", noService],
  ["service.canary", noService],
  ["service.unmanagedMetadata", noService],
  ["analysis.primaryReadyThreshold", "a backend is well or not, by its health check: spec.stable.health"],
  ["analysis.canaryReadyThreshold", "a backend is well or not, by its health check: spec.canary.health"],
  [
    "analysis.stepWeightPromotion",
    "nothing travels back: the canary's own instances become stable when it is promoted",
  ],
];

export function loseWhatHasNoPlace({ spec: root, notes }: Canary): void {
  for (const [path, sentence] of spec) {
    const part = root.get(...path.split("."));
    const asked = path === "metricsServer" && part.unread().length === 0;
    if (!asked) notes.lose(part, sentence);
  }
  suspended(root.get("suspend"), notes);
}

function suspended(part: Part, notes: Canary["notes"]): void {
  if (part.flag() === true) notes.lose(part, "a suspended Canary does nothing: take the line out to release", true);
}

/** What is left has no meaning for Flagger either. */
export function sentenceOf(part: Part): string {
  if (part.within[0] === "metadata") return "Kubernetes' own, and nothing of a release";
  if (part.within[0] === "status") return "what Flagger remembers: a release begins anew here";
  if (part.within[0] === "apiVersion" || part.within[0] === "kind") return "says what the file is";
  const known = part.manifest.kind === "MetricTemplate" && /^spec\.(provider|query)/.test(pathText(part.within));
  return known ? "nothing that is kept asks for it" : "Flagger's schema has no such field, and drops it";
}
