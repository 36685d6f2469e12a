/** Time that passes only when it is told to: the Clock port of simulations and tests. */
import type { Clock } from "../engine/ports.ts";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  wakeAt(at: number, callback: () => void): () => void {
    const timer = { at, order: this.#order++, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Lets time pass to `until`: each timer fires at its moment, and what follows from it happens before the next. */
  async pass(until: number): Promise<void> {
    await settled();
    for (let timer = this.#next(until); timer !== null; timer = this.#next(until)) {
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.at);
      timer.callback();
      await settled();
    }
    this.#now = Math.max(this.#now, until);
  }

  #next(until: number): Timer | null {
    let first: Timer | null = null;
    for (const timer of this.#timers) {
      if (timer.at > until) continue;
      if (first === null || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer;
    }
    return first;
  }
}

/** Promises that wait for nothing outside are all settled a turn of the event loop later. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
