/**
 * The control's end: finds the gateway of a rollout or starts it, and speaks to it. The gateway needs nobody: it serves
 * on when this process dies, and is found again. Should it die instead, it is started again with the last plan.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Measurement, Window } from "../analysis/measurement.ts";
import type { Query } from "../analysis/metric.ts";
import { asSerinError, SerinError } from "../errors.ts";
import type { TrafficPlan } from "../rollout/traffic.ts";
import { Connection } from "./connection.ts";
import {
  readAnswer,
  readHello,
  type Answer,
  type Ask,
  type GatewayHealth,
  type GatewayLive,
  type Question,
} from "./control.ts";
import { endpointOf, reach } from "./endpoint.ts";
import { launch } from "./launch.ts";
import type { GatewayOptions } from "./options.ts";

export type { GatewayHealth, GatewayLive } from "./control.ts";

export interface GatewayPlace {
  /** The data directory. */
  readonly dir: string;
  /** The rollout's name. */
  readonly name: string;
  /** A folder for short-lived files: `os.tmpdir()`. */
  readonly tmp: string;
}

export interface OpenOptions extends GatewayPlace {
  readonly options: GatewayOptions;
  /** What a gateway that must be started routes by from its first request on; one that runs keeps its own. */
  readonly plan?: TrafficPlan | null;
  /** Of Serin. */
  readonly version: string;
  /** Of this process: a gateway is given what is harmless of it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Lines for the operator. */
  readonly log: (line: string) => void;
}

/**
 * What may be asked of a gateway. Everything throws GATEWAY_UNREACHABLE while there is none. A gateway that somebody
 * stopped stays away until the next plan is applied.
 */
export interface GatewayClient {
  readonly name: string;
  /** Where clients are served: the port that was asked for, or the one that was free. */
  readonly port: number;
  /** The host's process. */
  readonly pid: number;
  /** Resolves when every worker routes by it. CONFLICT for a plan older than the live one. */
  apply(plan: TrafficPlan): Promise<void>;
  read(): Promise<TrafficPlan | null>;
  measure(query: Query, window: Window, signal?: AbortSignal): Promise<Measurement>;
  live(): Promise<GatewayLive>;
  health(): Promise<GatewayHealth>;
  /** Serves under other options from now on, with nothing under way cut off. */
  configure(options: GatewayOptions): Promise<void>;
  /** Ends this connection; the gateway goes on. */
  close(): void;
}

const PATIENCE_MS = 5000;
/** Applying waits for workers, and measuring may be long. */
const LONG_PATIENCE_MS = 15_000;
const AGAIN_MS = 50;
/** How often a gateway that is starting is asked who it is. */
const GREETINGS = 200;
/** One, and a few for hosts that go away as soon as they are there. */
const LAUNCHES = 4;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/**
 * Connects to the gateway of a rollout, which is started when it does not run, and is given these options when it has
 * others. Throws ADDRESS_IN_USE, ADDRESS_REFUSED, CONFLICT (another protocol) or GATEWAY_UNREACHABLE.
 */
export async function openGateway(asked: OpenOptions): Promise<GatewayClient> {
  const client = new Client(asked);
  try {
    await client.start();
    return client;
  } catch (thrown) {
    client.close();
    throw thrown;
  }
}

class Client implements GatewayClient {
  readonly name: string;
  readonly #asked: OpenOptions;
  readonly #socket: string;
  #options: GatewayOptions;
  #plan: TrafficPlan | null;
  #connection: Connection | null = null;
  #finding: Promise<Connection> | null = null;
  #port = 0;
  #pid = 0;
  #closed = false;
  #stopped = false;

  constructor(asked: OpenOptions) {
    const { dir, name, options, plan } = asked;
    this.name = name;
    this.#asked = asked;
    this.#socket = endpointOf(dir, name, process.platform).socket;
    this.#options = options;
    this.#plan = plan ?? null;
  }

  /** Finds or starts the gateway, and gives it our options. */
  async start(): Promise<void> {
    const connection = await this.#connected();
    const { options } = await this.#hello(connection);
    if (!isDeepStrictEqual(options, this.#options)) {
      this.#asked.log(`the gateway of ${this.name} has other options than its document: its workers are replaced`);
      await this.configure(this.#options);
    }
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number {
    return this.#pid;
  }

  async apply(plan: TrafficPlan): Promise<void> {
    this.#stopped = false;
    await this.#ask("apply", { plan }, LONG_PATIENCE_MS);
    this.#plan = plan;
  }

  async read(): Promise<TrafficPlan | null> {
    const { plan } = await this.#ask("read", {}, PATIENCE_MS);
    return plan;
  }

  async measure(query: Query, window: Window, signal?: AbortSignal): Promise<Measurement> {
    signal?.throwIfAborted();
    const measuring = this.#ask("measure", { query, window }, LONG_PATIENCE_MS);
    return signal === undefined ? measuring : unlessAborted(measuring, signal);
  }

  live(): Promise<GatewayLive> {
    return this.#ask("live", {}, PATIENCE_MS);
  }

  health(): Promise<GatewayHealth> {
    return this.#ask("health", {}, PATIENCE_MS);
  }

  async configure(options: GatewayOptions): Promise<void> {
    const { port } = await this.#ask("configure", { options }, LONG_PATIENCE_MS + this.#options.timeouts.drain);
    this.#port = port;
    this.#options = options;
  }

  close(): void {
    this.#closed = true;
    this.#connection?.end();
  }

  async #ask<A extends Ask>(ask: A, question: Question<A>, patienceMs: number): Promise<Answer<A>> {
    const connection = await this.#connected();
    return readAnswer(ask, await connection.ask(ask, question, patienceMs));
  }

  #connected(): Promise<Connection> {
    if (this.#closed || this.#stopped) return Promise.reject(this.#away());
    if (this.#connection?.open === true) return Promise.resolve(this.#connection);
    this.#finding ??= this.#find().finally(() => (this.#finding = null));
    return this.#finding;
  }

  #away(): SerinError {
    const why = this.#closed ? "is not connected to any more" : "was stopped, and starts again with the next plan";
    return new SerinError("GATEWAY_UNREACHABLE", `the gateway of ${this.name} ${why}`);
  }

  async #find(): Promise<Connection> {
    const { dir, name, version, env, tmp } = this.#asked;
    for (let launches = 0; launches < LAUNCHES; launches++) {
      const socket = await reach(this.#socket, tmp, name);
      if (socket !== null) return this.#meet(new Connection(socket));
      await launch({ name, data: dir, version, options: this.#options, plan: this.#plan }, env);
    }
    throw new SerinError("GATEWAY_UNREACHABLE", `the gateway of ${name} starts and goes away again`);
  }

  /** Somebody answers: who is it, and what does it route by? */
  async #meet(connection: Connection): Promise<Connection> {
    try {
      const { port, pid } = await this.#hello(connection);
      const { plan } = readAnswer("read", await connection.ask("read", {}, PATIENCE_MS));
      if (plan !== null && plan.version > (this.#plan?.version ?? -1)) this.#plan = plan;
      this.#port = port;
      this.#pid = pid;
    } catch (thrown) {
      connection.end();
      throw thrown;
    }
    connection.unref();
    this.#connection = connection;
    void connection.closed.then(() => this.#lost(connection));
    return connection;
  }

  /** A gateway that has just been started answers, but has no port yet. */
  async #hello(connection: Connection) {
    for (let greetings = 1; ; greetings++, await sleep(AGAIN_MS)) {
      try {
        return readHello(await connection.ask("hello", {}, PATIENCE_MS), this.name);
      } catch (thrown) {
        const starting = asSerinError(thrown).code === "GATEWAY_UNREACHABLE" && connection.open;
        if (!starting || greetings === GREETINGS) throw thrown;
      }
    }
  }

  /** A gateway that went away by itself is found or started again at once, for traffic waits. */
  async #lost({ stopped }: Connection): Promise<void> {
    const { log } = this.#asked;
    this.#stopped = stopped;
    if (stopped) log(`the gateway of ${this.name} was stopped`);
    for (let pause = FIRST_PAUSE_MS; !this.#closed && !this.#stopped; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        await this.#connected();
        return log(`the gateway of ${this.name} had gone away and is back`);
      } catch (thrown) {
        log(`the gateway of ${this.name} is away: ${asSerinError(thrown).message}`);
      }
      await sleep(pause, undefined, { ref: false });
    }
  }
}

/** Rejects as soon as the signal aborts; the answer is then nobody's. */
async function unlessAborted<T>(asked: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([asked, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
    asked.catch(() => {});
  }
}
