/**
 * One worker: the data path with its table, its health and its record, led by the host. When the host dies, the worker
 * goes on by the last plan for as long as nobody takes over; it makes room for the next host as soon as there is one.
 */
import { asSerinError } from "../errors.ts";
import type { TrafficPlan } from "../rollout/traffic.ts";
import type { SteadyClock } from "./clock.ts";
import { Health, type Probe } from "./health.ts";
import type { FromWorker, ToWorker } from "./orders.ts";
import type { Proxy, ProxyParts } from "./proxy.ts";
import { TickRecorder } from "./record.ts";
import { Backends, compileTable, emptyTable, type TableParts } from "./table.ts";
import type { Chance } from "./assign.ts";
import { TICK_MS, tickOf, type TickReport } from "./tick.ts";

/** A clock further ahead than this makes ticks that no host will wait for. */
const TOO_FAR_AHEAD_MS = 2000;
/** How often an orphan looks for a new host. */
const LOOK_MS = 100;

/** What a worker finds around it. */
export interface WorkerWorld {
  readonly createProxy: (parts: ProxyParts) => Proxy;
  readonly clock: SteadyClock;
  readonly chance: Chance;
  readonly probe: Probe;
  /** In [0, 1). */
  readonly random: () => number;
  /** To the host; what does not reach it is lost. */
  readonly send: (message: FromWorker) => void;
  /** Whether a host answers at the endpoint. The connection is kept: while it stands, the host knows of an orphan. */
  readonly seek: (endpoint: string) => Promise<boolean>;
  /** Ends the process, when all that was sent is out. */
  readonly exit: (code: number) => void;
}

type Start = Extract<ToWorker, { say: "start" }>;

export class Worker {
  readonly #world: WorkerWorld;
  readonly #recorder: TickRecorder;
  readonly #table: TableParts;
  readonly #health: Health;
  #proxy: Proxy | null = null;
  #endpoint = "";
  #beating: NodeJS.Timeout | undefined;
  #seeking: NodeJS.Timeout | undefined;
  #leaving = false;
  #saidAhead = false;
  #saidHealth = "";

  constructor(world: WorkerWorld) {
    this.#world = world;
    const { clock, probe, random, chance } = world;
    this.#recorder = new TickRecorder(clock.now(), (report) => this.#deliver(report));
    this.#health = new Health({ probe, random });
    this.#table = { backends: new Backends(), health: this.#health, chance };
  }

  async take(order: ToWorker, handle: object | undefined): Promise<void> {
    if (order.say === "start") await this.#start(order, handle);
    else if (order.say === "route") this.#route(order.plan);
    else if (order.say === "door") await this.#open(handle);
    else await this.drain();
  }

  /** The host is gone. */
  orphaned(): void {
    if (this.#leaving) return;
    if (this.#proxy === null) return this.#world.exit(1);
    this.#seeking = setInterval(() => void this.#seek(), LOOK_MS);
  }

  async drain(): Promise<void> {
    if (this.#leaving) return;
    this.#leaving = true;
    clearInterval(this.#seeking);
    await this.#proxy?.drain();
    clearTimeout(this.#beating);
    this.#health.close();
    this.#recorder.flush(this.#world.clock.now());
    this.#world.send({ say: "drained" });
    this.#world.exit(0);
  }

  async #start({ options, plan, endpoint }: Start, handle: object | undefined): Promise<void> {
    const { createProxy, clock, chance, send, exit } = this.#world;
    const from = tickOf(clock.now());
    this.#endpoint = endpoint;
    try {
      const table = plan === null ? emptyTable() : this.#compile(plan);
      const parts = { options, recorder: this.#recorder, health: this.#health, table, now: clock.now };
      const proxy = createProxy({ ...parts, requestId: chance.id });
      this.#proxy = proxy;
      await proxy.listen(handle);
      send({ say: "listening", plan: table.plan, from });
      this.#beat();
    } catch (thrown) {
      const { code, message } = asSerinError(thrown);
      send({ say: "failed", code, message });
      exit(1);
    }
  }

  /** Without it the worker serves all the same, through the doors that it has. */
  async #open(handle: object | undefined): Promise<void> {
    if (this.#leaving || handle === undefined) return;
    await this.#proxy?.listen(handle).catch(() => {});
  }

  #compile(plan: TrafficPlan) {
    const { backends } = this.#table;
    this.#health.watch(plan, backends);
    backends.keep(plan);
    return compileTable(plan, this.#table);
  }

  #route(plan: TrafficPlan): void {
    this.#proxy?.route(this.#compile(plan));
    this.#world.send({ say: "routed", plan: plan.version });
  }

  /** Just after the end of each tick. */
  #beat(): void {
    const { clock, send } = this.#world;
    const ahead = clock.adjust();
    const now = clock.now();
    this.#recorder.tick(now);
    this.#sayHealth();
    if (ahead > TOO_FAR_AHEAD_MS && !this.#saidAhead) {
      this.#saidAhead = true;
      send({ say: "ahead", ms: ahead });
    }
    this.#beating = setTimeout(() => this.#beat(), TICK_MS - (now % TICK_MS) + 1);
  }

  #sayHealth(): void {
    const backends = this.#health.report;
    const text = JSON.stringify(backends);
    if (text === this.#saidHealth) return;
    this.#saidHealth = text;
    this.#world.send({ say: "health", backends });
  }

  #deliver(report: TickReport): void {
    this.#world.send({ say: "tick", report, connections: this.#proxy?.connections ?? 0 });
  }

  async #seek(): Promise<void> {
    if (await this.#world.seek(this.#endpoint)) await this.drain();
  }
}
