/**
 * Who met which arm in the present release, counted as people where units are people: the ledger that says how many a
 * bad release has hurt. Memory is bounded; above 65,536 units an arm the numbers of people are estimates and say so.
 */
import { failureKinds } from "../analysis/metric.ts";
import type { Draws, Exposure, Met } from "../rollout/exposure.ts";
import type { TrafficPlan } from "../rollout/traffic.ts";
import type { ArmName } from "./seam.ts";
import type { Stage } from "./stages.ts";
import {
  ABANDONED,
  ANSWERED,
  BEGUN,
  CANARY,
  COLUMNS,
  CONNECT_FAILED,
  FAILED,
  FORCED_CANARY,
  FORCED_STABLE,
  GAVE_UP,
  KIND_MASK,
  REQUESTS,
} from "./tick.ts";
import { Distinct } from "./units.ts";
import { Visits } from "./visits.ts";
import { Newcomers } from "./newcomers.ts";

/** Requests, and those of them that failed. */
interface Requests {
  requests: number;
  failures: number;
}

/** Exposure, and what stable served since the release began while nothing was being released. */
export interface Counted extends Exposure {
  readonly idle: Readonly<Requests>;
  /** Whether newcomers drew their arms by the weights; null where each request is assigned alone, or nobody drew. */
  readonly draws: Draws | null;
}

class Ledger {
  readonly units = new Distinct();
  readonly forced = new Distinct();
  readonly failed = new Distinct();
  readonly served: Requests = { requests: 0, failures: 0 };

  met(sessions: number): Met {
    return {
      ...this.served,
      units: this.units.count(),
      unitsFailed: this.failed.count(),
      sessions,
      forced: this.forced.count(),
    };
  }

  get exact(): boolean {
    return this.units.exact && this.forced.exact && this.failed.exact;
  }
}

/** What is counted of one release. */
class Book {
  readonly since: number;
  readonly arms: readonly [stable: Ledger, canary: Ledger] = [new Ledger(), new Ledger()];
  readonly visits: Visits;
  readonly newcomers = new Newcomers();
  readonly idle: Requests = { requests: 0, failures: 0 };

  constructor(since: number) {
    this.since = since;
    this.visits = new Visits(since);
  }
}

export class Exposed {
  #salt: string | null = null;
  #sticky = true;
  #book: Book;
  /** What the units and requests that come next belong to. */
  #stage: Stage | undefined;
  #at = 0;

  constructor(nowMs: number) {
    this.#book = new Book(nowMs);
  }

  /** A new salt is a new release: counting begins anew. */
  plan({ salt, unit }: TrafficPlan, nowMs: number): void {
    this.#sticky = !("request" in unit);
    if (salt === this.#salt) return;
    this.#salt = salt;
    this.#book = new Book(nowMs);
  }

  /** What is told of next was in this stage (undefined: nobody knows any more), in the tick that began at `ms`. */
  at(stage: Stage | undefined, ms: number): void {
    this.#stage = stage;
    this.#at = ms;
  }

  /** A unit with its flags of one tick. */
  meet(a: number, b: number, flags: number): void {
    if (this.#isOfAnother || this.#stage?.releasing === false) return;
    const { arms, visits, newcomers } = this.#book;
    if (flags & BEGUN && this.#stage !== undefined)
      newcomers.come(a, b, flags & CANARY ? "canary" : "stable", this.#stage.weight);
    if (flags & FORCED_STABLE) this.#force(a, b, "stable", arms[0]);
    if (flags & FORCED_CANARY) this.#force(a, b, "canary", arms[1]);
    if ((flags & (ANSWERED | GAVE_UP)) === 0) return;
    const [arm, ledger]: [ArmName, Ledger] = flags & CANARY ? ["canary", arms[1]] : ["stable", arms[0]];
    ledger.units.add(a, b);
    if (flags & KIND_MASK) ledger.failed.add(a, b);
    if (this.#stage !== undefined) visits.meet(a, b, arm, this.#stage, this.#at);
    if (arm === "canary" && flags & CONNECT_FAILED) visits.fellBack(a, b);
  }

  #force(a: number, b: number, arm: ArmName, ledger: Ledger): void {
    ledger.forced.add(a, b);
    this.#book.visits.forced(a, b, arm);
  }

  /** The requests of one tick: tracks x COLUMNS, of which the first two tracks are assigned traffic. */
  count(counts: Uint32Array): void {
    if (this.#isOfAnother) return;
    const { arms, idle } = this.#book;
    for (const [track, ledger] of arms.entries()) {
      const into = this.#stage?.releasing === false ? idle : ledger.served;
      const row = track * COLUMNS;
      into.requests += counts[row + REQUESTS] + counts[row + ABANDONED];
      for (let kind = 0; kind < failureKinds.length; kind++) into.failures += counts[row + FAILED + kind];
    }
  }

  report(): Counted {
    const { since, arms, visits, newcomers, idle } = this.#book;
    const [stable, canary] = [arms[0].met(visits.sessions("stable")), arms[1].met(visits.sessions("canary"))];
    const people = this.#sticky;
    return {
      salt: this.#salt,
      since,
      exact: arms.every(({ exact }) => exact) && visits.exact,
      stable: people ? stable : { ...stable, ...nobody },
      canary: people ? canary : { ...canary, ...nobody },
      moves: people ? visits.moves() : null,
      idle: { ...idle },
      draws: people ? newcomers.draws : null,
    };
  }

  /** A late request of a release that is over is not this one's. */
  get #isOfAnother(): boolean {
    return this.#stage !== undefined && this.#stage.salt !== this.#salt;
  }
}

/** Where each request is assigned alone there are no people to count. */
const nobody = { units: null, unitsFailed: null, sessions: null, forced: null } as const;
