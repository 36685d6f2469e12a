/**
 * Which backends a request is sent to, one after the other. The first is its arm's; all others are stable's: what a
 * canary failed at must not be tried on it again.
 *
 * A request may be sent again when its connection never came to be (nothing was sent), or when all that was sent is still
 * here and the method allows it (RFC 9110 section 9.2.2).
 */
import type { ArmName, Backend, Failure, RoutingTable } from "./seam.ts";

/** The first and two more. */
const MAX_ATTEMPTS = 3;

export class Attempts {
  #table: RoutingTable;
  #count = 0;
  #backend: Backend | null = null;

  constructor(table: RoutingTable) {
    this.#table = table;
  }

  /** Starts anew. The table is kept for all attempts, whatever plan comes meanwhile. */
  begin(table: RoutingTable): void {
    this.#table = table;
    this.#count = 0;
    this.#backend = null;
  }

  /** The one under way. */
  get backend(): Backend {
    return this.#backend as Backend;
  }

  /** The arm's next backend; null when it has none that is up. */
  first(arm: ArmName): Backend | null {
    return this.#take(this.#table.pick(arm));
  }

  /** Where to send it after a failure; null when it must not be sent again, or there is nobody else. */
  again(failure: Failure, idempotent: boolean, spent: boolean): Backend | null {
    if (this.#count >= MAX_ATTEMPTS || spent || (failure !== "connect" && !idempotent)) return null;
    const next = this.#table.pick("stable");
    return next === this.#backend ? null : this.#take(next);
  }

  #take(backend: Backend | null): Backend | null {
    if (backend === null) return null;
    this.#count += 1;
    this.#backend = backend;
    return backend;
  }
}
