/** The main job, as a user does it: real services, the real program, real requests, and the exit code. */
import { afterEach, describe, expect, test } from "vitest";
import { startLoad, type Load } from "../../examples/demo/load.ts";
import { answers, finished, freePort, Stage, until } from "./stage.ts";

const stages: Stage[] = [];
const loads: Load[] = [];
afterEach(async () => {
  for (const load of loads.splice(0)) await load.stop();
  for (const stage of stages.splice(0)) await stage.close();
});

interface Shop {
  readonly stage: Stage;
  readonly gateway: string;
  readonly file: string;
}

const GATES = `
    - { name: failures, failures: { limit: { points: "3%" } } }
    - { name: latency, latency: { quantile: 0.9, ratio: 4 } }`;
const TOKENS = `
    - name: tokens
      source: { events: { mean: tokens, interval: 1s, delay: 0s } }
      mean: { cap: 2000, unit: tokens }`;

async function opened(canary: { failures: number; medianMs: number }, strategy: string, gates = GATES): Promise<Shop> {
  const stage = new Stage();
  stages.push(stage);
  const [v1, v2, port] = [
    await stage.shop("v1", 0.002, 3),
    await stage.shop("v2", canary.failures, canary.medianMs),
    await freePort(),
  ];
  const file = stage.write(
    "rollout.yaml",
    `apiVersion: serin.dev/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  gateway: { listen: "127.0.0.1:${port}" }
  stable: { revision: v1, backends: ["${v1}"], health: { path: /healthz } }
  canary: { revision: v2, backends: ["${v2}"], health: { path: /healthz } }
  strategy: { canary: ${strategy} }
  gates:${gates}
`,
  );
  return { stage, gateway: `http://127.0.0.1:${port}`, file };
}

/** Where one person's replies go, 60 a second, a quarter of them on the canary: how many tokens each took. */
function reportTokens(api: string, factor: number): () => void {
  const report = () => {
    const events = Array.from({ length: 15 }, (_, i) => {
      const arm = i % 4 === 0 ? "canary" : "stable";
      const value = (arm === "canary" ? factor : 1) * (200 + 400 * Math.random());
      return { rollout: "shop", name: "tokens", arm, value };
    });
    const headers = { "content-type": "application/json" };
    // before there is an API, and after it has gone, nobody takes them
    fetch(`${api}/v1/events`, { method: "POST", headers, body: JSON.stringify(events) }).catch(() => {});
  };
  const timer = setInterval(report, 250);
  return () => clearInterval(timer);
}

const soon = "{ weights: [20, 50], stage: 60s, atLeast: 1s }";

describe("serin run", () => {
  test("ships a good release: exit code 0, everybody meets it, nobody noticed", { timeout: 120_000 }, async () => {
    const { stage, gateway, file } = await opened({ failures: 0.002, medianMs: 3 }, soon);
    const running = finished(stage.start("run", file));
    await until("the gateway", () => answers(gateway));
    const load = startLoad(gateway, 300);
    loads.push(load);
    const { code, out, err } = await running;
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out.trim().split("\n").at(-1)).toMatch(/outcome=promoted/);
    const revision = (await fetch(gateway)).headers.get("x-revision");
    expect(revision).toBe("v2");
    await load.stop();
    expect(load.seen.broken).toBe(0);
    expect((await stage.run("stop", "shop")).code).toBe(0);
  });

  test("takes back what needs twice the tokens, as the service reports them", { timeout: 120_000 }, async () => {
    const { stage, file } = await opened({ failures: 0, medianMs: 3 }, soon, TOKENS);
    const api = `http://127.0.0.1:${await freePort()}`;
    const stop = reportTokens(api, 2);
    const { code, out } = await finished(stage.start("run", file, "--listen", api.slice("http://".length)));
    stop();
    expect(code).toBe(3);
    expect(out).toMatch(/rolled back at 20 % after .*: tokens: canary has [\d.,]+ tokens on average over \d+ values/);
    expect((await stage.run("stop", "shop")).code).toBe(0);
  });

  test("takes a bad release back: exit code 3, and says why", { timeout: 120_000 }, async () => {
    const { stage, gateway, file } = await opened({ failures: 0.1, medianMs: 3 }, soon);
    const running = finished(stage.start("run", file));
    await until("the gateway", () => answers(gateway));
    const load = startLoad(gateway, 300);
    loads.push(load);
    const { code, out } = await running;
    expect(code).toBe(3);
    expect(out).toMatch(/v2 was rolled back at \d+ % after .*: failures: canary failed/);
    expect(out.trim().split("\n").at(-1)).toMatch(/outcome=rolledBack/);
    expect((await fetch(gateway)).headers.get("x-revision")).toBe("v1");
    await load.stop();
    expect(load.seen.broken).toBe(0);
    expect((await stage.run("stop", "shop")).code).toBe(0);
  });
});

describe("serin serve", () => {
  test(
    "the next release needs no restart and drops no request; people act by command",
    { timeout: 120_000 },
    async () => {
      const { stage, gateway, file } = await opened(
        { failures: 0.002, medianMs: 3 },
        "{ steps: [setWeight: 10, approve: {}, setWeight: 50] }",
      );
      stage.start("serve", file, "--listen", "127.0.0.1:0");
      await until("the gateway", () => answers(gateway));
      const load = startLoad(gateway, 200);
      loads.push(load);
      expect((await stage.run("wait", "shop", "--for", "approval", "--timeout", "30s")).code).toBe(0);
      expect((await stage.run("approve", "shop")).code).toBe(0);
      expect((await stage.run("wait", "shop", "--for", "promoted", "--timeout", "30s")).code).toBe(0);
      const v3 = await stage.shop("v3", 0.002, 3);
      expect((await stage.run("start", "shop", "--canary", v3, "--revision", "v3")).code).toBe(0);
      expect((await stage.run("pause", "shop")).code).toBe(0);
      expect((await stage.run("status", "shop")).code).toBe(8);
      expect((await stage.run("promote", "shop", "--full")).code).toBe(0);
      await until("v3 for everybody", async () => (await fetch(gateway)).headers.get("x-revision") === "v3");
      expect((await stage.run("undo", "shop")).code).toBe(0);
      await until("v2 for everybody", async () => (await fetch(gateway)).headers.get("x-revision") === "v2");
      const events = await stage.run("events", "shop");
      expect(events.out).toMatch(/v3 was undone/);
      await load.stop();
      expect(load.seen.broken).toBe(0);
      expect((await stage.run("stop", "shop")).code).toBe(0);
    },
  );
});
