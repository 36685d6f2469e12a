/**
 * Who met which arm in the present release, counted as people where units are people: the ledger that says how many a
 * bad release has hurt. Memory is bounded; above 65,536 units an arm the number is an estimate and says so.
 */
import { failureKinds } from "../analysis/metric.ts";
import type { TrafficPlan } from "../rollout/traffic.ts";
import {
  ABANDONED,
  ANSWERED,
  CANARY,
  COLUMNS,
  FAILED,
  FORCED_CANARY,
  FORCED_STABLE,
  GAVE_UP,
  KIND_MASK,
  REQUESTS,
} from "./tick.ts";
import { Distinct } from "./units.ts";

/** Who met an arm in a release, as people where units are people. */
export interface Met {
  /** Different units assigned to the arm, and sent there by a forced match. */
  readonly units: number;
  readonly forced: number;
  /** Different assigned units that met a failure. */
  readonly failed: number;
  readonly requests: number;
  readonly failedRequests: number;
  /** False where there were so many that the units are estimated (standard error 0.8 %). */
  readonly exact: boolean;
}

export interface Exposure {
  readonly salt: string | null;
  /** Since when it is counted, epoch milliseconds. */
  readonly since: number;
  readonly stable: Met;
  readonly canary: Met;
}

class Ledger {
  readonly units = new Distinct();
  readonly forced = new Distinct();
  readonly failed = new Distinct();
  requests = 0;
  failedRequests = 0;

  met(): Met {
    const { units, forced, failed, requests, failedRequests } = this;
    const exact = units.exact && forced.exact && failed.exact;
    return {
      units: units.count(),
      forced: forced.count(),
      failed: failed.count(),
      requests,
      failedRequests,
      exact,
    };
  }
}

export class Exposed {
  #salt: string | null = null;
  #since: number;
  #arms: readonly [stable: Ledger, canary: Ledger] = [new Ledger(), new Ledger()];

  constructor(nowMs: number) {
    this.#since = nowMs;
  }

  /** A new salt is a new release: counting begins anew. */
  plan({ salt }: TrafficPlan, nowMs: number): void {
    if (salt === this.#salt) return;
    this.#salt = salt;
    this.#since = nowMs;
    this.#arms = [new Ledger(), new Ledger()];
  }

  /** A unit with its flags of one tick. */
  meet(a: number, b: number, flags: number): void {
    const [stable, canary] = this.#arms;
    if (flags & FORCED_STABLE) stable.forced.add(a, b);
    if (flags & FORCED_CANARY) canary.forced.add(a, b);
    if ((flags & (ANSWERED | GAVE_UP)) === 0) return;
    const ledger = flags & CANARY ? canary : stable;
    ledger.units.add(a, b);
    if (flags & KIND_MASK) ledger.failed.add(a, b);
  }

  /** The requests of one tick: tracks x COLUMNS, of which the first two tracks are assigned traffic. */
  count(counts: Uint32Array): void {
    for (const [track, ledger] of this.#arms.entries()) {
      const row = track * COLUMNS;
      ledger.requests += counts[row + REQUESTS] + counts[row + ABANDONED];
      for (let kind = 0; kind < failureKinds.length; kind++) ledger.failedRequests += counts[row + FAILED + kind];
    }
  }

  report(): Exposure {
    const [stable, canary] = this.#arms;
    return { salt: this.#salt, since: this.#since, stable: stable.met(), canary: canary.met() };
  }
}
