/** Secrets of a cluster, asked over real TLS of a server that speaks its API. */
import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { FakeCluster } from "../../test/modes/cluster.ts";
import { ClusterSecrets } from "../engine/cluster-secrets.ts";
import { secretsFrom } from "../engine/secrets.ts";
import type { KubernetesSecret } from "../rollout/secret.ts";
import { inCluster } from "./in-cluster.ts";

const found = await FakeCluster.open();
const cluster = found as FakeCluster;
afterAll(() => found?.close());

const textOf = (path: string) => readFile(path, "utf8");
const slack: KubernetesSecret = { name: "slack", key: "url" };

/** Secrets as a pod of the cluster has them, on a clock of the test. */
function pod(env: Record<string, string> = cluster.env) {
  const clock = { now: 1_700_000_000_000 };
  const secrets = new ClusterSecrets(inCluster({ env, readFile: textOf }), () => clock.now);
  const read = secretsFrom({ env: {}, readFile: textOf, cluster: secrets });
  return { clock, read: (kubernetes: KubernetesSecret) => read({ kubernetes }) };
}

describe.skipIf(found === null)("in a cluster", () => {
  beforeEach(() => {
    cluster.secrets.clear();
    cluster.secrets.set("shops/slack", { url: "https://hooks.example/of-shops", other: "another\n" });
    cluster.secrets.set("ops/slack", { url: "https://hooks.example/of-ops" });
    cluster.asked.length = 0;
    cluster.instead = null;
  });

  test("a key of a secret is read, of the pod's own namespace unless said", async () => {
    const { read } = pod();
    expect(await read(slack)).toBe("https://hooks.example/of-shops");
    expect(await read({ ...slack, key: "other" })).toBe("another");
    expect(await read({ ...slack, namespace: "ops" })).toBe("https://hooks.example/of-ops");
    expect(cluster.asked).toEqual(["/api/v1/namespaces/shops/secrets/slack", "/api/v1/namespaces/ops/secrets/slack"]);
  });

  test("what was read counts for ten seconds; a changed one and an exchanged token count then", async () => {
    const { read, clock } = pod();
    await read(slack);
    cluster.secrets.set("shops/slack", { url: "https://hooks.example/changed" });
    cluster.rotate("the-second-token");
    clock.now += 9999;
    expect(await read(slack)).toBe("https://hooks.example/of-shops");
    clock.now += 1;
    expect(await read(slack)).toBe("https://hooks.example/changed");
  });

  test("many who ask at once are one question", async () => {
    const { read } = pod();
    await Promise.all(Array.from({ length: 20 }, () => read(slack)));
    expect(cluster.asked).toHaveLength(1);
  });

  test("what is not there is asked for again at once", async () => {
    const { read } = pod();
    const late: KubernetesSecret = { name: "late", key: "url" };
    await expect(read(late)).rejects.toMatchObject({
      code: "SECRET_MISSING",
      message: "the secret late of the cluster does not exist",
      details: { secret: { kubernetes: late } },
    });
    cluster.secrets.set("shops/late", { url: "https://hooks.example/late" });
    expect(await read(late)).toBe("https://hooks.example/late");
  });

  test.each<[KubernetesSecret, string]>([
    [{ name: "slack", key: "token" }, "the secret slack of the cluster has no key token"],
    [{ name: "slack", key: "constructor" }, "the secret slack of the cluster has no key constructor"],
    [
      { namespace: "locked", name: "slack", key: "url" },
      "the secret locked/slack of the cluster may not be read by Serin's service account",
    ],
  ])("%j is missing in words", async (ref, words) => {
    await expect(pod().read(ref)).rejects.toThrow(words);
  });

  test("a token that is no longer accepted is told", async () => {
    cluster.mount("token", "an-old-token");
    await expect(pod().read(slack)).rejects.toThrow("does not accept the token of Serin's service account");
    cluster.rotate("the-third-token");
  });

  test.each<[string, (response: ServerResponse) => void]>([
    ["no JSON", (response) => void response.end("<html>")],
    ["a list", (response) => void response.end(`{"kind":"SecretList","items":[]}`)],
    ["no text", (response) => void response.end(`{"kind":"Secret","data":{"url":"/////w=="}}`)],
    ["an outage", (response) => void response.writeHead(503).end()],
    ["half an answer", (response) => (response.write(`{"kind":"Sec`), setTimeout(() => response.destroy(), 10))],
    ["too much", (response) => void response.end("x".repeat(3_000_000))],
  ])("%s is no secret", async (_what, answer) => {
    cluster.instead = answer;
    await expect(pod().read(slack)).rejects.toMatchObject({ code: "SECRET_MISSING" });
  });

  test("a server that the mounted certificate does not vouch for is not asked", async () => {
    const other = (await FakeCluster.open()) as FakeCluster;
    const { read } = pod({ ...cluster.env, SERIN_SERVICE_ACCOUNT: other.folder });
    await expect(read(slack)).rejects.toThrow("shows a certificate that nobody vouches for");
    expect(cluster.asked).toEqual([]);
    await other.close();
  });
});

test("outside of a cluster it is said that it is none", async () => {
  await expect(pod({}).read(slack)).rejects.toThrow("KUBERNETES_SERVICE_HOST is not set");
});
