/** The data path of one worker: listens, and takes every request through the routing table to a backend and back. */
import { type AddressInfo, type Server, type Socket, createServer } from "node:net";
import { AnswerHead } from "./answer.ts";
import { refused } from "./bind.ts";
import { Client, type Clients } from "./client.ts";
import { Exchange } from "./exchange.ts";
import type { GatewayOptions } from "./options.ts";
import { RequestHead } from "./request.ts";
import type { BackendHealth, Recorder, RoutingTable } from "./seam.ts";
import type { Shared } from "./shared.ts";
import { Outbox } from "./socket.ts";
import { UpstreamPool } from "./upstream.ts";
import { Wheel } from "./wheel.ts";

export interface ProxyParts {
  readonly options: GatewayOptions;
  readonly recorder: Recorder;
  readonly health: BackendHealth;
  /** The first one. */
  readonly table: RoutingTable;
  /** Epoch milliseconds with fractions, never going back. */
  readonly now: () => number;
  readonly requestId: () => string;
}

export interface Proxy {
  /** The next request is routed by it. */
  route(table: RoutingTable): void;
  /**
   * Listens on the bound socket that the host holds for all workers (`server.listen(handle)`), or where the options say
   * when there is none; resolves with the port. Rejects ADDRESS_IN_USE or ADDRESS_REFUSED. Called again with a handle of
   * the same socket, it has one more door.
   */
  listen(handle?: object): Promise<number>;
  /** Stops accepting, lets requests under way end within `timeouts.drain`, then closes. */
  drain(): Promise<void>;
  /** Client connections that are open. */
  readonly connections: number;
}

/** What is read at once. */
const INPUT_BYTES = 65_536;
const OUTBOX_BYTES = 262_144;
/** Deadlines are looked at so often. */
const TICK_MS = 100;
const BACKLOG = 4096;
/** Exchanges that are kept for the next requests. */
const SPARE_EXCHANGES = 1024;
const IDLE_UPSTREAMS = 1024;
/** Common servers drop idle connections after five seconds and do not say so. */
const IDLE_UPSTREAM_MS = 4000;
/** Clients that vanished while an event stream was silent are found out by the kernel. */
const KEEP_ALIVE_MS = 60_000;
/** Nothing is read before the socket has been adopted. */
const ACCEPTING = {
  pauseOnConnect: true,
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: KEEP_ALIVE_MS,
};

export function createProxy(parts: ProxyParts): Proxy {
  return new DataPath(parts);
}

class DataPath implements Proxy, Clients {
  readonly #shared: Shared;
  readonly #servers: Server[] = [];
  readonly #clients = new Set<Client>();
  readonly #spare: Exchange[] = [];
  /** Called when the last client is gone. */
  #emptied = (): void => {};

  constructor({ options, ...parts }: ProxyParts) {
    const wheel = new Wheel(parts.now, TICK_MS);
    const input = Buffer.allocUnsafeSlow(INPUT_BYTES);
    const idleMs = Math.min(IDLE_UPSTREAM_MS, options.timeouts.idle);
    this.#shared = {
      ...parts,
      options,
      wheel,
      input,
      pool: new UpstreamPool(wheel, { input, maxIdlePerBackend: IDLE_UPSTREAMS, idleMs }),
      outbox: new Outbox(OUTBOX_BYTES),
      requestHead: new RequestHead(),
      answerHead: new AnswerHead(),
      draining: false,
      copies: new Set(),
    };
  }

  route(table: RoutingTable): void {
    this.#shared.table = table;
  }

  listen(handle?: object): Promise<number> {
    const server = createServer(ACCEPTING, (socket) => this.#accept(socket));
    const { listen } = this.#shared.options;
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) => reject(refused(listen, error.code ?? error.message)));
      server.once("listening", () => {
        // an accept that fails (no file descriptors left) is tried again by the kernel with the next connection
        server.removeAllListeners("error").on("error", () => {});
        resolve((server.address() as AddressInfo).port);
      });
      if (handle !== undefined) server.listen(handle, BACKLOG);
      else server.listen({ host: listen.host || undefined, port: listen.port, backlog: BACKLOG });
    });
  }

  #accept(socket: Socket): void {
    if (this.#clients.size >= this.#shared.options.limits.connections) {
      socket.destroy();
      return;
    }
    const client = new Client(this.#shared, this, socket);
    this.#clients.add(client);
    this.#shared.wheel.add(client);
  }

  take(): Exchange {
    return this.#spare.pop() ?? new Exchange(this.#shared);
  }

  giveBack(exchange: Exchange): void {
    if (this.#spare.length < SPARE_EXCHANGES) this.#spare.push(exchange);
  }

  forget(client: Client): void {
    this.#clients.delete(client);
    this.#shared.wheel.delete(client);
    if (this.#clients.size === 0) this.#emptied();
  }

  async drain(): Promise<void> {
    const { options, pool, wheel } = this.#shared;
    this.#shared.draining = true;
    const closed = Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
    for (const client of this.#clients) client.drain();
    const late = setTimeout(() => this.#destroyAll(), options.timeouts.drain);
    if (this.#clients.size > 0) await new Promise<void>((resolve) => (this.#emptied = resolve));
    await closed;
    clearTimeout(late);
    for (const copy of this.#shared.copies) copy.abandon();
    pool.destroy();
    wheel.stop();
  }

  #destroyAll(): void {
    for (const client of this.#clients) client.destroy();
  }

  get connections(): number {
    return this.#clients.size;
  }
}
