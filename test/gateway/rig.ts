/**
 * What the gateway's tests stand on: a real data path with a real table and real health, real backends, clients that
 * say exactly the bytes they are told to, and a recorder that remembers what it was told and checks that it was told once.
 */
import { type RequestListener, type Server as HttpServer, createServer as createHttp } from "node:http";
import { type Server, type Socket, connect, createServer } from "node:net";
import { Health } from "../../src/gateway/health.ts";
import { type GatewayInput, gatewaySchema } from "../../src/gateway/options.ts";
import { type Proxy, createProxy } from "../../src/gateway/proxy.ts";
import type { ArmName, Failure, Recorder, TrafficKind } from "../../src/gateway/seam.ts";
import { Backends, type TableParts, compileTable } from "../../src/gateway/table.ts";
import type { TrafficPlan } from "../../src/rollout/traffic.ts";

/** What became of one attempt. */
export interface Recorded {
  readonly arm: ArmName;
  readonly kind: TrafficKind;
  readonly plan: number;
  readonly unit: string;
  readonly startedMs: number;
  /** null while it is under way. */
  outcome: { status: number; failure: Failure | null } | "abandoned" | null;
}

export class Memory implements Recorder {
  readonly all: Recorded[] = [];

  begin(arm: ArmName, kind: TrafficKind, hi: number, lo: number, plan: number, startedMs: number): number {
    return this.all.push({ arm, kind, plan, unit: `${hi}/${lo}`, startedMs, outcome: null }) - 1;
  }

  end(flight: number, status: number, failure: Failure | null, nowMs: number): void {
    this.#settle(flight, { status, failure }, nowMs);
  }

  abandon(flight: number, nowMs: number): void {
    this.#settle(flight, "abandoned", nowMs);
  }

  #settle(flight: number, outcome: Recorded["outcome"], nowMs: number): void {
    const recorded = this.all[flight];
    if (recorded.outcome !== null) throw new Error(`flight ${flight} ended twice`);
    if (nowMs < recorded.startedMs) throw new Error(`flight ${flight} ended before it began`);
    recorded.outcome = outcome;
  }

  /** "canary assigned 200", "stable mirrored 0 reset", "stable assigned abandoned", in the order of their begin. */
  get lines(): string[] {
    return this.all.map(({ arm, kind, outcome }) => {
      const how = outcome === null ? "under way" : outcome === "abandoned" ? outcome : said(outcome);
      return `${arm} ${kind} ${how}`;
    });
  }
}

const said = ({ status, failure }: { status: number; failure: Failure | null }) =>
  failure === null ? String(status) : `${status} ${failure}`;

export interface Setting {
  readonly options?: Omit<GatewayInput, "listen">;
  readonly plan?: Partial<TrafficPlan>;
}

/** One request per unit, nothing on the canary, no cookie: what a test needs beyond that it says. */
const plain = {
  version: 1,
  rollout: "shop",
  salt: "salt",
  canaryWeight: 0,
  mirrorWeight: 0,
  unit: { request: {} },
  matches: [],
} satisfies Partial<TrafficPlan>;

export class Rig {
  readonly memory = new Memory();
  readonly #closers: (() => void)[] = [];
  readonly #parts: TableParts;
  readonly #health = new Health({ probe: () => Promise.resolve(false), random: () => 0.5 });
  #proxy: Proxy | null = null;
  #ids = 0;
  port = 0;

  constructor() {
    this.#parts = {
      backends: new Backends(),
      health: this.#health,
      chance: { uniform: () => 0.5, id: () => "v".repeat(21) + "A" },
    };
  }

  get proxy(): Proxy {
    if (this.#proxy === null) throw new Error("not started");
    return this.#proxy;
  }

  get health(): Health {
    return this.#health;
  }

  /** Starts the data path before these backends. */
  async start(
    stable: readonly string[],
    canary: readonly string[] | null,
    { options, plan }: Setting = {},
  ): Promise<void> {
    this.#proxy = createProxy({
      options: gatewaySchema.parse({ ...options, listen: "127.0.0.1:0" }),
      recorder: this.memory,
      health: this.#health,
      table: this.table(stable, canary, plan),
      now: () => performance.timeOrigin + performance.now(),
      requestId: () => `id-${++this.#ids}`,
    });
    this.port = await this.#proxy.listen();
  }

  table(stable: readonly string[], canary: readonly string[] | null, over: Partial<TrafficPlan> = {}) {
    const arm = (revision: string, backends: readonly string[]) => ({ revision, backends: [...backends] });
    const arms = { stable: arm("v1", stable), canary: canary === null ? null : arm("v2", canary) };
    const plan = { ...plain, ...arms, ...over };
    this.#health.watch(plan, this.#parts.backends);
    return compileTable(plan, this.#parts);
  }

  /** A backend on node:http; its URL. */
  async http(listener: RequestListener, prepare: (server: HttpServer) => void = () => {}): Promise<string> {
    const server = createHttp({ requestTimeout: 0 }, listener);
    prepare(server);
    this.#closers.push(() => server.closeAllConnections());
    return this.#listen(server);
  }

  /** A backend that says what it is told: `talk` gets each connection. */
  async raw(talk: (peer: Peer, nth: number) => void | Promise<void>): Promise<string> {
    let nth = 0;
    return this.#listen(
      createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void talk(this.#peer(socket), nth++)),
    );
  }

  async #listen(server: Server): Promise<string> {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.#closers.push(() => server.close());
    return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  }

  /** A URL where nothing listens. */
  async dead(): Promise<string> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    return `http://127.0.0.1:${port}`;
  }

  /** A client's connection to the data path. */
  client(): Peer {
    return this.#peer(connect({ port: this.port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true }));
  }

  /** One request on a connection of its own; everything that came until the connection closed. */
  async ask(text: string): Promise<string> {
    const client = this.client();
    client.say(text);
    const all = await client.closed;
    client.socket.destroy();
    return all;
  }

  #peer(socket: Socket): Peer {
    const peer = new Peer(socket);
    this.#closers.push(() => socket.destroy());
    return peer;
  }

  /** Waits until all that was begun is settled. */
  async settled(): Promise<string[]> {
    await until(() => this.memory.all.every(({ outcome }) => outcome !== null));
    return this.memory.lines;
  }

  async close(): Promise<void> {
    for (const close of this.#closers) close();
    this.#health.close();
    await this.#proxy?.drain();
  }
}

/** One end of a connection, in Latin-1, that keeps everything it hears. */
export class Peer {
  heard = "";
  /** The other side said that it is done. */
  ended = false;
  /** How it was closed, when it was. */
  error: string | null = null;
  readonly socket: Socket;
  /** All that was heard, once the connection is closed or the other side is done. */
  readonly closed: Promise<string>;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => (this.heard += chunk.toString("latin1")));
    socket.on("error", (error: NodeJS.ErrnoException) => (this.error = error.code ?? error.message));
    this.closed = new Promise((resolve) => {
      socket.once("end", () => {
        this.ended = true;
        resolve(this.heard);
      });
      socket.once("close", () => resolve(this.heard));
    });
  }

  say(text: string): void {
    this.socket.write(text, "latin1");
  }

  /** Waits until what was heard matches; the match. */
  async hears(pattern: RegExp | string): Promise<string> {
    const matches = () => (typeof pattern === "string" ? this.heard.includes(pattern) : pattern.test(this.heard));
    await until(matches, () => `${String(pattern)} in ${JSON.stringify(this.heard.slice(-500))}`);
    return this.heard;
  }

  /** Forgets what was heard so far. */
  forget(): void {
    this.heard = "";
  }
}

/** Polls until it holds. The limit is only there to name what did not happen. */
export async function until(holds: () => boolean, what: () => string = () => "a condition"): Promise<void> {
  const limit = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > limit) throw new Error(`waited in vain for ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export const get = (path = "/", ...fields: string[]): string =>
  `${[`GET ${path} HTTP/1.1`, "Host: shop.example", ...fields].join("\r\n")}\r\n\r\n`;

export const last = "Connection: close";

export const post = (body: string, ...fields: string[]): string =>
  `${[`POST / HTTP/1.1`, "Host: shop.example", `Content-Length: ${body.length}`, ...fields].join("\r\n")}\r\n\r\n${body}`;
