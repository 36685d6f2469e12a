/** After a promotion, as a user has it: a revision that breaks when everybody has it is taken back, and `run` says so. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { startLoad, type Load } from "../../examples/demo/load.ts";
import { answers, finished, freePort, Stage, until } from "./stage.ts";

/** A machine that is busy with other tests takes its time. */
const PATIENCE_MS = 60_000;

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});

/** A revision that can be broken while it serves, and be away. */
class Breakable {
  broken = false;
  readonly #revision: string;
  #server: Server | null = null;
  #port = 0;

  constructor(revision: string) {
    this.#revision = revision;
  }

  async up(): Promise<string> {
    const server = createServer((request, response) => {
      const fails = this.broken && request.url !== "/healthz";
      response.writeHead(fails ? 500 : 200, { "x-revision": this.#revision }).end(this.#revision);
    });
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    return `http://127.0.0.1:${this.#port}`;
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    server?.closeAllConnections();
    await new Promise<unknown>((resolve) => (server === null ? resolve(null) : server.close(resolve)));
  }
}

test(
  "what breaks after its promotion is taken back, and not to a revision that is away",
  { timeout: 240_000 },
  async () => {
    const stage = new Stage();
    ending.push(() => stage.close());
    const [v1, v2] = [new Breakable("v1"), new Breakable("v2")];
    ending.push(() => Promise.all([v1.down(), v2.down()]));
    const port = await freePort();
    const file = stage.write(
      "rollout.yaml",
      `apiVersion: serin.dev/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  gateway: { listen: "127.0.0.1:${port}" }
  stable: { revision: v1, backends: ["${await v1.up()}"], health: { path: /healthz, interval: 200ms } }
  canary: { revision: v2, backends: ["${await v2.up()}"], health: { path: /healthz, interval: 200ms } }
  strategy: { canary: { steps: [setWeight: 30, pause: { for: 2s }] } }
  afterPromotion: { watch: 10m }
  gates: [{ name: failures, failures: {} }]
`,
    );
    const gateway = `http://127.0.0.1:${port}`;
    const running = finished(stage.start("run", file));
    await until("the gateway", () => answers(gateway), PATIENCE_MS);
    const load: Load = startLoad(gateway, 200);
    ending.push(() => load.stop());
    expect((await stage.run("wait", "shop", "--for", "promoted", "--timeout", "60s")).code).toBe(0);
    expect((await stage.run("status", "shop")).out).toMatch(/^outcome=watched .* stable=v2 .* share=100/m);
    await v1.down();
    await until(
      "it to say so",
      async () => /v1 could not take over now/.test((await stage.run("get", "shop")).out),
      PATIENCE_MS,
    );
    v2.broken = true;
    await until("failures", () => load.seen.failures.size > 0, PATIENCE_MS);
    expect((await fetch(gateway)).headers.get("x-revision")).toBe("v2");
    await v1.up();
    const { code, out } = await running;
    expect(code).toBe(3);
    expect(out).toMatch(
      /v2 was taken back .* after everybody had it, v1 serves everybody again: failures: within \d+s/,
    );
    expect(out.trim().split("\n").at(-1)).toMatch(/outcome=rolledBack .* stable=v1/);
    expect((await fetch(gateway)).headers.get("x-revision")).toBe("v1");
    expect((await stage.run("stop", "shop")).code).toBe(0);
  },
);
