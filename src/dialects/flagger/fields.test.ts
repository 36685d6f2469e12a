/**
 * Every field that a Canary, a MetricTemplate and an AlertProvider of Flagger's can have (its CRD and its Go types, 1.44), one
 * at a time: whatever becomes of it, somebody says so.
 */
import { stringify } from "yaml";
import { expect, test } from "vitest";
import { unmentioned } from "../../../test/dialects/golden.ts";
import { manifestsIn, type Manifest } from "../manifest.ts";
import type { Options } from "../translation.ts";
import { translateFlagger } from "./index.ts";

const arms: Options = {
  stable: { backends: ["http://127.0.0.1:9001"], revision: "v1" },
  canary: { backends: ["http://127.0.0.1:9002"], revision: "v2" },
};

type Fields = Readonly<Record<string, unknown>>;

/** Fields with a value each that their schema accepts, by where they stand. */
const canary: Fields = {
  provider: "istio",
  metricsServer: "http://prometheus:9090",
  "autoscalerRef.apiVersion": "keda.sh/v1alpha1",
  "autoscalerRef.kind": "ScaledObject",
  "autoscalerRef.name": "podinfo",
  "autoscalerRef.primaryScalerQueries": { cpu: "sum(cpu)" },
  "autoscalerRef.primaryScalerReplicas": { minReplicas: 2, maxReplicas: 5 },
  ingressRef: { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "podinfo" },
  routeRef: { apiVersion: "apisix.apache.org/v2", kind: "ApisixRoute", name: "podinfo" },
  upstreamRef: { apiVersion: "gloo.solo.io/v1", kind: "Upstream", name: "podinfo", namespace: "gloo" },
  canaryAnalysis: { interval: "1m" },
  progressDeadlineSeconds: 60,
  revertOnDeletion: true,
  suspend: true,
};

const service: Fields = {
  name: "podinfo",
  portName: "http",
  targetPort: 9898,
  appProtocol: "http",
  trafficDistribution: "PreferClose",
  portDiscovery: true,
  headless: true,
  timeout: "15s",
  backendTimeout: "10s",
  gateways: ["istio-system/gateway"],
  gatewayRefs: [
    { group: "gateway.networking.k8s.io", kind: "Gateway", name: "gw", namespace: "gw", sectionName: "web", port: 80 },
  ],
  hosts: ["podinfo.example"],
  delegation: true,
  trafficPolicy: { tls: { mode: "ISTIO_MUTUAL" }, loadBalancer: { simple: "LEAST_REQUEST" } },
  match: [
    {
      uri: { prefix: "/" },
      method: { exact: "GET" },
      headers: { a: { exact: "b" } },
      queryParams: { q: { exact: "1" } },
    },
  ],
  rewrite: { uri: "/", authority: "podinfo.example", type: "ReplacePrefixMatch" },
  retries: { attempts: 3, perTryTimeout: "1s", retryOn: "5xx" },
  headers: {
    request: { add: { "x-a": "b" }, set: { "x-c": "d" }, remove: ["x-e"] },
    response: { add: { "x-f": "g" } },
  },
  mirror: [{ backendRef: { name: "copy", port: 80 } }],
  corsPolicy: { allowOrigin: ["*"], allowMethods: ["GET"], maxAge: "24h" },
  meshName: "global",
  backends: ["backend.test"],
  apex: { labels: { a: "b" }, annotations: { c: "d" } },
  primary: { labels: { a: "b" } },
  canary: { annotations: { c: "d" } },
  unmanagedMetadata: { annotations: ["external-dns"], labels: ["team"] },
};

const analysis: Fields = {
  maxWeight: 40,
  stepWeightPromotion: 50,
  primaryReadyThreshold: 90,
  canaryReadyThreshold: 80,
  match: [
    { headers: { "x-canary": { exact: "yes" } }, queryParams: { q: { exact: "1" } }, sourceLabels: { app: "web" } },
  ],
  mirror: true,
  mirrorWeight: 50,
  "sessionAffinity.primaryCookieName": "primary",
  "sessionAffinity.domain": "podinfo.example",
  "sessionAffinity.httpOnly": true,
  "sessionAffinity.maxAge": 3600,
  "sessionAffinity.partitioned": true,
  "sessionAffinity.path": "/shop",
  "sessionAffinity.sameSite": "Strict",
  "sessionAffinity.secure": true,
};

const metric: Fields = {
  interval: "30s",
  "thresholdRange.min": 99,
  "thresholdRange.max": 100,
  threshold: 99,
  query: "sum(rate(x[1m]))",
  templateVariables: { direction: "inbound" },
};

const webhook: Fields = {
  type: "pre-rollout",
  timeout: "20s",
  retries: 3,
  muteAlert: true,
  disableTLS: true,
  metadata: { cmd: "true" },
};

const provider: Fields = {
  address: "http://prometheus:9090",
  headers: { "X-Scope-OrgID": ["shop"] },
  secretRef: { name: "prom" },
  region: "eu-central-1",
  insecureSkipVerify: true,
};

const alert: Fields = {
  type: "slack",
  channel: "releases",
  username: "flagger",
  address: "https://hooks.slack.com/services/a/b/c",
  proxy: "http://proxy:3128",
  "secretRef.name": "slack",
};

interface Place {
  readonly of: string;
  readonly fields: Fields;
  /** The manifests with one field more. */
  readonly with: (field: Record<string, unknown>) => readonly object[];
}

const head = (kind: string, name: string, spec: object) => ({
  apiVersion: "flagger.app/v1beta1",
  kind,
  metadata: { name, namespace: "test" },
  spec,
});
const target = { targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "podinfo" } };
const pace = { interval: "1m", threshold: 5 };

const canaryWith = (more: { spec?: object; service?: object; analysis?: object }, ways: object = { stepWeight: 10 }) =>
  head("Canary", "podinfo", {
    ...target,
    service: { port: 8080, ...more.service },
    analysis: { ...pace, ...ways, ...more.analysis },
    ...more.spec,
  });

const named = (metrics: object) => ({ analysis: { metrics: [metrics] } });
const fromTemplate = canaryWith(
  named({ name: "queue", templateRef: { name: "queue", namespace: "test" }, interval: "1m" }),
);
const told = canaryWith({
  analysis: { alerts: [{ name: "chat", severity: "info", providerRef: { name: "chat", namespace: "test" } }] },
});

const places: readonly Place[] = [
  { of: "spec", fields: canary, with: (spec) => [canaryWith({ spec })] },
  { of: "spec.service", fields: service, with: (service) => [canaryWith({ service })] },
  {
    of: "spec.analysis",
    fields: analysis,
    with: ({ sessionAffinity, ...rest }) => [
      canaryWith({
        analysis:
          sessionAffinity === undefined
            ? rest
            : { sessionAffinity: { cookieName: "flagger", ...(sessionAffinity as object) } },
      }),
    ],
  },
  {
    of: "spec.analysis with iterations",
    fields: { match: analysis["match"], mirror: true, mirrorWeight: 50 },
    with: (analysis) => [canaryWith({ analysis }, { iterations: 10 })],
  },
  {
    of: "spec.analysis with stepWeights",
    fields: { maxWeight: 40 },
    with: (analysis) => [canaryWith({ analysis }, { stepWeights: [1, 5] })],
  },
  ...["request-success-rate", "request-duration", "own"].map((name) => ({
    of: `spec.analysis.metrics[] ${name}`,
    fields: metric,
    with: (more: object) => [canaryWith(named({ name, ...more }))],
  })),
  {
    of: "spec.analysis.webhooks[]",
    fields: webhook,
    with: (more) => [
      canaryWith({ analysis: { webhooks: [{ name: "load", url: "http://loadtester.test/", ...more }] } }),
    ],
  },
  ...[
    "prometheus",
    "datadog",
    "newrelic",
    "cloudwatch",
    "stackdriver",
    "influxdb",
    "graphite",
    "dynatrace",
    "splunk",
    "keptn",
    "externalmetrics",
  ].map((type) => ({
    of: `MetricTemplate ${type}`,
    fields: provider,
    with: (more: object) => [
      fromTemplate,
      head("MetricTemplate", "queue", { query: "target=queue", provider: { type, ...more } }),
    ],
  })),
  ...["slack", "msteams", "discord", "rocket", "gchat"].map((type) => ({
    of: `AlertProvider ${type}`,
    fields: alert,
    with: (more: object) => [
      told,
      head("AlertProvider", "chat", { type, address: "https://chat.example/a/b/c", ...more }),
    ],
  })),
];

/** { "a.b": 1 } as { a: { b: 1 } }. */
function nested(path: string, value: unknown): Record<string, unknown> {
  const [first, ...rest] = path.split(".");
  return { [first]: rest.length === 0 ? value : nested(rest.join("."), value) };
}

const cases = places.flatMap(({ of, fields, with: made }) =>
  Object.entries(fields).map(([path, value]) => ({ of, path, manifests: made(nested(path, value)) })),
);

test.each(cases)("$of: $path", ({ manifests }) => {
  const written = { file: "f.yaml", text: manifests.map((each) => stringify(each)).join("---\n") };
  expect(unmentioned(written, translateFlagger([written], arms))).toEqual([]);
});

test("there is a case for each field, and each is in its manifest", () => {
  expect(cases.length).toBeGreaterThan(150);
  for (const { manifests, path } of cases) {
    const text = manifests.map((each) => stringify(each)).join("---\n");
    const found: readonly Manifest[] = manifestsIn([{ file: "f.yaml", text }]);
    expect(found.length).toBe(manifests.length);
    expect(text).toContain(`${path.split(".").at(-1)}:`);
  }
});
