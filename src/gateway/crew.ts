/** All workers of a gateway, and the plan they route by. */
import { asSerinError, SerinError } from "../errors.ts";
import { samePlan, type TrafficPlan } from "../rollout/traffic.ts";
import type { Bound } from "./bind.ts";
import type { Listen } from "./listen.ts";
import { Member, type WorkerProcess } from "./member.ts";
import type { GatewayOptions } from "./options.ts";
import { Shift } from "./shift.ts";
import type { Tally } from "./tally.ts";

/** A worker that has not taken a plan by then is in trouble. */
const PLAN_MS = 5000;
/** A worker that says nothing for so long hangs. */
const SILENCE_MS = 10_000;

export interface CrewParts {
  readonly fork: () => WorkerProcess;
  readonly bind: (listen: Listen) => Promise<Bound>;
  readonly endpoint: string;
  readonly tally: Tally;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: (line: string) => void;
  /** Called when nobody is served any more and nothing can be done about it here. */
  readonly giveUp: (why: string) => void;
}

export class Crew {
  readonly #parts: CrewParts;
  #shift: Shift | null = null;
  /** A shift that is about to take over. */
  #next: Shift | null = null;
  readonly #leaving = new Set<Promise<void>>();
  #wanted: TrafficPlan | null = null;
  /** Plans that a worker may still route by, oldest first; the last one is wanted. */
  #plans: TrafficPlan[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(parts: CrewParts) {
    this.#parts = parts;
  }

  /** Starts to serve. Throws ADDRESS_IN_USE or ADDRESS_REFUSED. */
  async open(options: GatewayOptions): Promise<void> {
    const bound = await this.#parts.bind(options.listen);
    await this.#takeOver(options, bound);
  }

  get options(): GatewayOptions {
    return this.#running().options;
  }

  get port(): number {
    return this.#running().bound.port;
  }

  get members(): readonly Member[] {
    return [this.#shift, this.#next].flatMap((shift) => shift?.members ?? []);
  }

  /**
   * Serves under other options from now on: new workers begin before the old ones end, which let their requests end.
   * When the new ones cannot, the old ones go on and the reason is thrown.
   */
  async configure(options: GatewayOptions): Promise<void> {
    const { bound, options: old } = this.#running();
    const { host, port } = options.listen;
    const samePort = port === bound.port || port === old.listen.port;
    if (samePort && host === old.listen.host) await this.#takeOver(options, bound);
    else if (port === bound.port) await this.#rebind(options);
    else await this.#takeOver(options, await this.#parts.bind(options.listen));
  }

  /** Resolves when every worker routes by it. An older plan than the wanted one, or another one of its version, is refused. */
  async apply(plan: TrafficPlan): Promise<void> {
    this.#refuse(plan);
    if (plan.version !== this.#wanted?.version) this.want(plan);
    await this.#taken(plan.version);
  }

  /** Makes the plan the wanted one, without waiting for anybody. */
  want(plan: TrafficPlan): void {
    const { tally, now } = this.#parts;
    tally.plan(plan, now());
    this.#wanted = plan;
    this.#plans = [...this.#plans.slice(this.#oldest()), plan];
    for (const shift of [this.#shift, this.#next]) shift?.route(plan);
  }

  /** The plan that every worker routes by, or has gone beyond; null while there is none. */
  read(): TrafficPlan | null {
    const members = this.members;
    if (members.some(({ routed }) => routed === null)) return null;
    return this.#plans[this.#oldest()] ?? null;
  }

  /** Kills workers that hang: their places are taken by others. */
  endSilent(): void {
    const silent = new Set(this.#parts.tally.silent(this.#parts.now(), SILENCE_MS));
    for (const member of this.members) {
      const late = !member.serving && this.#parts.now() - member.since > SILENCE_MS;
      if (!silent.has(member.id) && !late) continue;
      this.#parts.log(`worker ${member.pid} has been silent for ${SILENCE_MS / 1000} s and is ended`);
      member.kill();
    }
  }

  /** Ends every worker when its requests have ended; then the port is free. */
  async close(): Promise<void> {
    const shift = this.#shift;
    this.#shift = null;
    await shift?.end();
    await Promise.all(this.#leaving);
    shift?.bound.close();
  }

  #running(): Shift {
    if (this.#shift === null) throw new SerinError("GATEWAY_UNREACHABLE", "the gateway is starting or stopping");
    return this.#shift;
  }

  async #takeOver(options: GatewayOptions, bound: Bound): Promise<void> {
    const old = this.#shift;
    const shift = new Shift(options, bound, this.#shiftParts());
    this.#next = shift;
    try {
      await shift.begin();
    } catch (thrown) {
      if (bound !== old?.bound) bound.close();
      throw thrown;
    } finally {
      this.#next = null;
    }
    this.#shift = shift;
    if (old !== null) this.#dismiss(old);
  }

  #dismiss(old: Shift): void {
    const ending = old.end();
    if (old.bound !== this.#shift?.bound) old.bound.close();
    this.#leaving.add(ending);
    void ending.then(() => this.#leaving.delete(ending));
  }

  /** Another address with the same port: the system does not give it away before the old one is free. */
  async #rebind(options: GatewayOptions): Promise<void> {
    const old = this.#running();
    await this.close();
    try {
      await this.open(options);
    } catch (thrown) {
      await this.open(old.options).catch((cause: unknown) => this.#parts.giveUp(asSerinError(cause).message));
      throw thrown;
    }
  }

  #shiftParts() {
    const { endpoint, now, log } = this.#parts;
    return { hire: () => this.#hire(), plan: () => this.#wanted, endpoint, now, log };
  }

  #hire(): Member {
    const { fork, tally, now, log } = this.#parts;
    const changed = () => this.#changed();
    const ahead = (member: Member) => {
      log(`worker ${member.pid} is replaced: the clock was set back`);
      for (const shift of [this.#shift, this.#next]) shift?.replace(member);
    };
    return new Member(fork(), { tally, now, changed, ahead });
  }

  #refuse(plan: TrafficPlan): void {
    const wanted = this.#wanted;
    if (wanted === null || plan.version > wanted.version) return;
    if (plan.version === wanted.version && samePlan(plan, wanted)) return;
    const which = plan.version === wanted.version ? "another plan of that version" : `plan ${wanted.version}`;
    const message =
      `plan ${plan.version} is refused: the gateway already routes by ${which}. Where its rollout was begun anew ` +
      `(another data directory, an older backup), end the gateway with "serin stop ${wanted.rollout}" first`;
    throw new SerinError("CONFLICT", message, { details: { live: wanted.version, refused: plan.version } });
  }

  /** Index of the oldest plan that a worker may still route by; of the wanted one where there are no workers. */
  #oldest(): number {
    const versions = this.members.map(({ routed }) => routed).filter((routed) => routed !== null);
    const least = Math.min(...versions);
    const found = this.#plans.findIndex(({ version }) => version >= least);
    return found < 0 ? Math.max(0, this.#plans.length - 1) : found;
  }

  async #taken(version: number): Promise<void> {
    const late = () => this.members.filter(({ routed }) => routed === null || routed < version);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () => {
      if (late().length === 0) resolve();
    };
    const timer = setTimeout(() => {
      const pids = late().map(({ pid }) => pid);
      reject(new SerinError("GATEWAY_UNREACHABLE", `worker ${pids.join(", ")} has not taken plan ${version} yet`));
    }, PLAN_MS);
    this.#waiting.add(look);
    look();
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }

  #changed(): void {
    for (const look of this.#waiting) look();
  }
}
