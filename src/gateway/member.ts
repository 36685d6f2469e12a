/** One worker as the host sees it: what it was told, what it said, and how it ended. */
import { errorKinds, SerinError, type ErrorCode } from "../errors.ts";
import type { TrafficPlan } from "../rollout/traffic.ts";
import type { BackendReport } from "./health.ts";
import type { FromWorker, ToWorker } from "./orders.ts";
import type { Tally } from "./tally.ts";

/** What the host needs of a child process. */
export interface WorkerProcess {
  readonly pid: number;
  /** Resolves when it has read its code, or ended. */
  readonly loaded: Promise<unknown>;
  send(order: ToWorker, handle?: object): void;
  kill(): void;
  onMessage(take: (message: FromWorker) => void): void;
  /** Called once, with the exit code or the signal in words. */
  onEnd(ended: (how: string) => void): void;
}

export interface MemberParts {
  readonly tally: Tally;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Called when it has taken a plan, or ended. */
  readonly changed: () => void;
  /** Called when its clock is ahead for good. */
  readonly ahead: (member: Member) => void;
}

/**
 * Node accepts one connection for each listening descriptor and turn of its loop. A busy turn takes tens of milliseconds, so
 * by one descriptor a crowd of new clients would wait for seconds while the old ones are served: each worker gets the
 * same socket under several. An accept that finds nothing costs a microsecond.
 */
const DOORS = 16;

let last = 0;

export class Member {
  /** Never used again: a process id may be. */
  readonly id = ++last;
  readonly since: number;
  readonly #process: WorkerProcess;
  readonly #parts: MemberParts;
  readonly #listening = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<string>();
  /** Version of the plan it routes by; null before the first. */
  routed: number | null = null;
  connections = 0;
  inFlight = 0;
  backends: readonly BackendReport[] = [];
  serving = false;
  over = false;
  #inOrder = false;
  #failure: string | null = null;

  constructor(process: WorkerProcess, parts: MemberParts) {
    this.#process = process;
    this.#parts = parts;
    this.since = parts.now();
    process.onMessage((message) => this.#take(message));
    process.onEnd((how) => this.#end(how));
    // Who waits for it hears of a failure; when nobody does, `ended` tells all the same.
    this.#listening.promise.catch(() => {});
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Resolves when it accepts connections; rejects when it cannot, or ended before. */
  get listening(): Promise<void> {
    return this.#listening.promise;
  }

  /** Resolves with how it ended, in words. */
  get ended(): Promise<string> {
    return this.#ended.promise;
  }

  start(order: Extract<ToWorker, { say: "start" }>, handle: object): void {
    this.routed = order.plan?.version ?? null;
    this.#process.send(order, handle);
    for (let door = 1; door < DOORS; door++) this.#process.send({ say: "door" }, handle);
  }

  route(plan: TrafficPlan): void {
    this.#process.send({ say: "route", plan });
  }

  /** Ends it in order; by force when it takes longer than so many milliseconds. */
  async drain(withinMs: number): Promise<void> {
    this.#process.send({ say: "drain" });
    const timer = setTimeout(() => this.kill(), withinMs);
    await this.ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.#process.kill();
  }

  #take(message: FromWorker): void {
    const { tally } = this.#parts;
    if (message.say === "tick") {
      this.connections = message.connections;
      this.inFlight = message.report.inFlight;
      tally.deliver(this.id, message.report);
    } else if (message.say === "listening") this.#listen(message.from);
    else if (message.say === "failed") this.#fail(message.code, message.message);
    else if (message.say === "routed") this.#route(message.plan);
    else if (message.say === "health") this.backends = message.backends;
    else if (message.say === "ahead") this.#parts.ahead(this);
    else if (message.say === "drained") this.#inOrder = true;
  }

  #listen(from: number): void {
    this.serving = true;
    this.#parts.tally.join(this.id, from);
    this.#listening.resolve();
  }

  #fail(code: string, message: string): void {
    this.#failure = message;
    const known = Object.hasOwn(errorKinds, code);
    this.#listening.reject(new SerinError(known ? (code as ErrorCode) : "INTERNAL", message));
  }

  #route(plan: number): void {
    this.routed = plan;
    this.#parts.changed();
  }

  #end(how: string): void {
    const { tally, now, changed } = this.#parts;
    this.serving = false;
    this.over = true;
    tally.leave(this.id, now(), this.#inOrder);
    this.#listening.reject(new SerinError("INTERNAL", `a worker ended before it listened: ${how}`));
    this.#ended.resolve(this.#failure ?? how);
    changed();
  }
}
