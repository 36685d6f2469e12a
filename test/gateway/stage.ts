/**
 * What tests of the gateway's processes stand on: real backends, a real gateway in its own processes, real load.
 * Everything started here is ended by `close()`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openGateway, type GatewayClient, type OpenOptions } from "../../src/gateway/open.ts";
import { gatewaySchema, type GatewayInput } from "../../src/gateway/options.ts";
import { stopGateway } from "../../src/gateway/stop.ts";
import type { ArmPlan, TrafficPlan } from "../../src/rollout/traffic.ts";

/** A backend that answers as it is told, and says which arm it is. */
export class TestBackend {
  readonly arm: string;
  status = 200;
  delayMs = 0;
  /** Of GET /healthz. */
  well = true;
  served = 0;
  #server: Server;
  #port = 0;

  constructor(arm: string) {
    this.arm = arm;
    this.#server = this.#make();
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** On the same port every time. */
  up(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.listen(this.#port, "127.0.0.1", () => {
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  async down(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
    this.#server = this.#make();
  }

  #make(): Server {
    return createServer((asked, answer) => {
      if (asked.url === "/healthz") return void answer.writeHead(this.well ? 200 : 503).end();
      this.served += 1;
      asked.resume();
      setTimeout(() => answer.writeHead(this.status, { "x-arm": this.arm }).end(this.arm), this.delayMs);
    });
  }
}

/** Compiled code of the gateway's processes, from one test to the next: they start in half the time. */
const compiled = join(tmpdir(), "serin-test-compiled");

export const health = { path: "/healthz", intervalMs: 100, timeoutMs: 500, unhealthyAfter: 1, healthyAfter: 1 };

export interface Answered {
  readonly status: number;
  readonly arm: string;
}

/** One request; a connection of its own unless there is an agent that keeps some. */
export function get(
  port: number,
  headers: Record<string, string> = {},
  agent: Agent | false = false,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: "127.0.0.1", port, path: "/", headers, agent }, (answer) => {
      answer.resume();
      answer.once("error", reject);
      answer.once("end", () =>
        resolve({ status: answer.statusCode ?? 0, arm: String(answer.headers["x-arm"] ?? "none") }),
      );
    });
    asking.once("error", reject);
    asking.end();
  });
}

/** Clients that ask one request after the other until they are stopped. Remembers all that went wrong. */
export class Load {
  readonly failures: string[] = [];
  answers = 0;
  readonly arms: Record<string, number> = {};
  readonly #agent = new Agent({ keepAlive: true });
  readonly #clients: Promise<void>[] = [];
  #over = false;

  /** Every second client opens a connection for each request, the others keep theirs. */
  constructor(port: number, clients: number, headers: (client: number) => Record<string, string> = () => ({})) {
    for (let i = 0; i < clients; i++) {
      this.#clients.push(this.#ask(() => get(port, headers(i), i % 2 === 0 ? this.#agent : false)));
    }
  }

  async #ask(once: () => Promise<Answered>): Promise<void> {
    while (!this.#over) {
      try {
        const { status, arm } = await once();
        this.answers += 1;
        this.arms[arm] = (this.arms[arm] ?? 0) + 1;
        if (status !== 200) this.failures.push(`status ${status}`);
      } catch (thrown) {
        this.failures.push(String((thrown as { code?: string }).code ?? thrown));
      }
      await pause(1);
    }
  }

  async stop(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
  }
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export async function until(what: string, ready: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await ready())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await pause(10);
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export class GatewayStage {
  readonly dir: string;
  readonly stable = new TestBackend("stable");
  readonly canary = new TestBackend("canary");
  readonly lines: string[] = [];
  readonly #clients: GatewayClient[] = [];
  readonly #pids = new Set<number>();

  constructor(under = tmpdir()) {
    this.dir = mkdtempSync(join(under, "serin-gateway-"));
  }

  static async begin(under?: string): Promise<GatewayStage> {
    const stage = new GatewayStage(under);
    await Promise.all([stage.stable.up(), stage.canary.up()]);
    return stage;
  }

  arm(name: "stable" | "canary", check = false): ArmPlan {
    return { revision: name, backends: [this[name].url], ...(check ? { health } : {}) };
  }

  plan(version: number, over: Partial<TrafficPlan> = {}): TrafficPlan {
    const split = { salt: "s", canaryWeight: 5000, mirrorWeight: 0, unit: { request: {} }, matches: [] };
    return { version, rollout: "shop", ...split, stable: this.arm("stable"), canary: this.arm("canary"), ...over };
  }

  /** What the gateway of "shop" is opened with: on a free port unless said. */
  asked(options: GatewayInput = {}, over: Partial<OpenOptions> = {}): OpenOptions {
    return {
      dir: this.dir,
      name: "shop",
      tmp: tmpdir(),
      options: gatewaySchema.parse({ listen: "127.0.0.1:0", ...options }),
      version: "0.0.0-test",
      env: { ...process.env, NODE_COMPILE_CACHE: compiled },
      log: (line) => void this.lines.push(line),
      ...over,
    };
  }

  async open(options: GatewayInput = {}, over: Partial<OpenOptions> = {}): Promise<GatewayClient> {
    const client = await openGateway(this.asked(options, over));
    this.#clients.push(client);
    await this.pids(client);
    return client;
  }

  /** The workers' process ids; they and the host are ended with the stage. */
  async pids(client: GatewayClient): Promise<readonly number[]> {
    const { workers } = await client.health();
    for (const pid of [client.pid, ...workers.map((worker) => worker.pid)]) this.#pids.add(pid);
    return workers.map(({ pid }) => pid);
  }

  stop(name = "shop"): Promise<"stopped" | "notRunning"> {
    return stopGateway({ dir: this.dir, name, tmp: tmpdir() });
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.stop().catch(() => {});
    for (const pid of this.#pids) if (alive(pid)) process.kill(pid, "SIGKILL");
    await Promise.all([this.stable.down(), this.canary.down()]);
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}
