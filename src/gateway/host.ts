/**
 * The host: the gateway's process that everybody speaks to. It holds the listening socket, leads the workers, adds up
 * what they record, and serves on by the last plan whether or not anybody controls it.
 */
import { asSerinError, SerinError } from "../errors.ts";
import type { TrafficPlan } from "../rollout/traffic.ts";
import { compileAssignment } from "./assign.ts";
import {
  failedOf,
  parseRequest,
  PROTOCOL,
  type Answer,
  type Ask,
  type GatewayHealth,
  type GatewayLive,
  type Hello,
  type Reply,
  type Request,
} from "./control.ts";
import type { Crew } from "./crew.ts";
import type { BackendReport } from "./health.ts";
import type { GatewayOptions } from "./options.ts";
import type { Tally } from "./tally.ts";
import { TICK_MS } from "./tick.ts";

export interface HostParts {
  readonly name: string;
  /** Of Serin. */
  readonly version: string;
  readonly pid: number;
  readonly crew: Crew;
  readonly tally: Tally;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: (line: string) => void;
}

/** A timer that is later than this says that this process itself slept: nobody else is to blame for silence. */
const OWN_LAG_MS = 1000;
/** How long after that nobody is blamed. */
const PARDON_MS = 15_000;

type Answers = {
  readonly [A in Ask]: (question: Extract<Request, { ask: A }>["with"]) => Promise<Answer<A>> | Answer<A>;
};

export class Host {
  readonly #parts: HostParts;
  readonly #startedAt: number;
  #beating: NodeJS.Timeout | undefined;
  #beatAt: number;
  #pardonedTo = 0;
  #stopping: Promise<void> | null = null;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.#startedAt = parts.now();
    this.#beatAt = this.#startedAt;
  }

  /** What to route by from the first request on. */
  want(plan: TrafficPlan): void {
    this.#parts.crew.want(this.#checked(plan));
  }

  /** Begins to serve. Throws ADDRESS_IN_USE or ADDRESS_REFUSED. */
  async open(options: GatewayOptions): Promise<void> {
    const { crew, log, name } = this.#parts;
    await crew.open(options);
    this.#beatAt = this.#parts.now();
    this.#beat();
    log(`the gateway of ${name} serves on port ${crew.port} with ${crew.members.length} worker(s)`);
  }

  /** One line of a connection in, one line out. Never throws. `stop` says that this was the last one. */
  async answer(line: string): Promise<{ readonly reply: Reply; readonly stop: boolean }> {
    let id: number | null = null;
    try {
      const request = parseRequest(line);
      id = request.id;
      const read = request.read();
      return { reply: { id, ok: await this.#ask(read) }, stop: read.ask === "stop" };
    } catch (thrown) {
      return { reply: { id, error: failedOf(asSerinError(thrown)) }, stop: false };
    }
  }

  /** Ends the workers when their requests have ended. */
  stop(): Promise<void> {
    this.#stopping ??= this.#close();
    return this.#stopping;
  }

  async #close(): Promise<void> {
    const { crew, log } = this.#parts;
    log("stopping: requests under way are let end");
    await crew.close();
    clearTimeout(this.#beating);
    log("stopped");
  }

  #ask(request: Request): unknown {
    return (this.#answers[request.ask] as (question: unknown) => unknown)(request.with);
  }

  readonly #answers: Answers = {
    hello: () => this.#hello(),
    apply: async ({ plan }) => {
      await this.#parts.crew.apply(this.#checked(plan));
      return {};
    },
    read: () => ({ plan: this.#parts.crew.read() }),
    measure: ({ query, window }) => this.#parts.tally.measure(query, window),
    live: () => this.#live(),
    health: () => this.#health(),
    configure: async ({ options }) => {
      await this.#parts.crew.configure(options);
      this.#parts.log("the options changed: new workers serve, the old ones let their requests end");
      return { port: this.#parts.crew.port };
    },
    stop: async () => {
      await this.stop();
      return {};
    },
  };

  #hello(): Hello {
    const { version, name, pid, crew } = this.#parts;
    const { options, port } = crew;
    return { protocol: PROTOCOL, version, name, pid, startedAt: this.#startedAt, options, port };
  }

  /** Refuses what no worker could route by, before any is told. */
  #checked(plan: TrafficPlan): TrafficPlan {
    const { name } = this.#parts;
    if (plan.rollout !== name) {
      throw new SerinError("CONFLICT", `this is the gateway of ${name}: it takes no plan of ${plan.rollout}`);
    }
    compileAssignment(plan, { uniform: () => 0, id: () => "" });
    return plan;
  }

  #live(): GatewayLive {
    const { tally, crew, now } = this.#parts;
    const plan = crew.read();
    return { at: now(), plan: plan?.version ?? null, ...tally.share(), ...tally.exposure() };
  }

  #health(): GatewayHealth {
    const { members } = this.#parts.crew;
    const workers = members.map(({ pid, routed, connections, inFlight }) => ({
      pid,
      plan: routed,
      connections,
      inFlight,
    }));
    return { workers, backends: merged(members.flatMap(({ backends }) => backends)) };
  }

  /** Time passes for the tally; workers that hang are ended, unless it was this process that slept. */
  #beat(): void {
    const { crew, tally, now } = this.#parts;
    const at = now();
    if (Math.abs(at - this.#beatAt - TICK_MS) > OWN_LAG_MS) this.#pardonedTo = at + PARDON_MS;
    if (this.#pardonedTo > at + PARDON_MS) this.#pardonedTo = at;
    this.#beatAt = at;
    tally.tick(at);
    if (at > this.#pardonedTo) crew.endSilent();
    this.#beating = setTimeout(() => this.#beat(), TICK_MS);
  }
}

/** What workers say of each backend. A worker that has not asked it yet has no say beside one that has. */
function merged(reports: readonly BackendReport[]): BackendReport[] {
  return [...Map.groupBy(reports, ({ key }) => key)].map(([key, all]) => {
    const asked = all.filter(({ checked }) => checked);
    const up = (asked.length > 0 ? asked : all).some((report) => report.up);
    return { key, up, checked: asked.length > 0 };
  });
}
