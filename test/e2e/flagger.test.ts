/**
 * A Canary of Flagger's on one machine, as a user runs it: the manifests unchanged, two real services, a Prometheus that
 * answers its MetricTemplate, a receiver of its hooks and alerts, and its load tester's gates at Serin's own API.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { startLoad, type Load } from "../../examples/demo/load.ts";
import { answers, finished, freePort, Stage, until } from "./stage.ts";

const stages: Stage[] = [];
const loads: Load[] = [];
const closers: (() => void)[] = [];
afterEach(async () => {
  for (const load of loads.splice(0)) await load.stop();
  for (const stage of stages.splice(0)) await stage.close();
  for (const close of closers.splice(0)) close();
});

interface Heard {
  readonly path: string;
  readonly body: string;
}

/** Prometheus, hooks and the channel in one: whatever is asked of a query is 0.5, whatever else is posted is kept. */
async function outside(): Promise<{ readonly url: string; readonly heard: Heard[] }> {
  const heard: Heard[] = [];
  const result = { status: "success", data: { resultType: "vector", result: [{ metric: {}, value: [0, "0.5"] }] } };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = (await request.toArray()).map(String).join("");
    heard.push({ path: request.url ?? "", body });
    response.setHeader("content-type", "application/json");
    response.end(request.url === "/api/v1/query" ? JSON.stringify(result) : "ok");
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard };
}

const manifests = (outside: string, port: number) => `apiVersion: flagger.app/v1beta1
kind: Canary
metadata: { name: podinfo, namespace: test }
spec:
  provider: nginx
  targetRef: { apiVersion: apps/v1, kind: Deployment, name: podinfo }
  ingressRef: { apiVersion: networking.k8s.io/v1, kind: Ingress, name: podinfo }
  service: { port: ${port}, targetPort: http }
  analysis:
    interval: 10s
    threshold: 1
    maxWeight: 50
    stepWeight: 50
    metrics:
      - name: request-success-rate
        thresholdRange: { min: 90 }
        interval: 10s
      - name: queue
        templateRef: { name: queue }
        thresholdRange: { max: 1 }
        interval: 30s
    webhooks:
      - { name: load-test, url: "${outside}/load", metadata: { cmd: "hey http://podinfo.test" } }
      - { name: sign-off, type: confirm-promotion, url: "http://flagger-loadtester.test/gate/check" }
    alerts:
      - { name: on-call, severity: info, providerRef: { name: on-call } }
---
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: { name: queue, namespace: test }
spec:
  provider: { type: prometheus, address: "${outside}" }
  query: max(queue{app="{{ target }}", namespace="{{ namespace }}"}[{{ interval }}])
---
apiVersion: flagger.app/v1beta1
kind: AlertProvider
metadata: { name: on-call, namespace: test }
spec: { type: slack, address: "${outside}/services/T/B/secret" }
`;

async function released(failures: number) {
  const stage = new Stage();
  stages.push(stage);
  const { url: out, heard } = await outside();
  const [v1, v2] = [await stage.shop("v1", 0.002, 3), await stage.shop("v2", failures, 3)];
  const [port, api] = [await freePort(), await freePort()];
  const file = stage.write("canary.yaml", manifests(out, port));
  const serin = `http://127.0.0.1:${api}`;
  const where = ["--stable", v1, "--canary", v2, "--stable-revision", "6.0.0", "--revision", "6.1.0"];
  const running = finished(stage.start("run", file, ...where, "--listen", `127.0.0.1:${api}`, "--gates", serin));
  const gateway = `http://127.0.0.1:${port}`;
  await until("the gateway", () => answers(gateway));
  loads.push(startLoad(gateway, 100));
  const at = (path: string) => heard.filter((one) => one.path === path).map(({ body }) => body);
  return { stage, running, gateway, serin, at };
}

test("goes through its share and its gate, and is promoted", { timeout: 120_000 }, async () => {
  const { stage, running, gateway, serin, at } = await released(0.002);
  const events = async () => (await stage.run("events", "podinfo")).out;
  await until("the gate", async () => /sign-off said no: 403/.test(await events()), 60_000);
  const body = JSON.stringify({ name: "podinfo", namespace: "test" });
  const opened = await fetch(`${serin}/gate/open`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  expect(opened.status).toBe(202);
  const { code, out } = await running;
  expect(code, out).toBe(0);
  expect((await fetch(gateway)).headers.get("x-revision")).toBe("v2");
  const [asked] = at("/api/v1/query");
  expect(new URLSearchParams(asked).get("query")).toBe(`max(queue{app="podinfo", namespace="test"}[30s])`);
  const hooks = at("/load").map((text) => JSON.parse(text) as Record<string, unknown>);
  expect(hooks[0]).toEqual({
    name: "podinfo",
    namespace: "test",
    phase: "Progressing",
    checksum: hooks[0]["checksum"],
    metadata: { cmd: "hey http://podinfo.test" },
  });
  await until("the alert", () => at("/services/T/B/secret").some((text) => text.includes("was promoted")));
  expect((await stage.run("stop", "podinfo")).code).toBe(0);
});

test("is taken back one interval after its threshold", { timeout: 120_000 }, async () => {
  const { stage, running, gateway, at } = await released(0.5);
  const { code, out } = await running;
  expect(code, out).toBe(3);
  expect(out).toMatch(
    /A round of checks failed, 1 of the 1 that take it back: request-success-rate: successRate of canary/,
  );
  expect(out).toMatch(/6\.1\.0 was rolled back at 50 % after .*: 1 of 1 rounds failed/);
  expect((await fetch(gateway)).headers.get("x-revision")).toBe("v1");
  await until("the alert", () => at("/services/T/B/secret").some((text) => text.includes("was rolled back")));
  expect((await stage.run("stop", "podinfo")).code).toBe(0);
});
