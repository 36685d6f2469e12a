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

  /** How long until the next timer, milliseconds; null when nobody waits. */
  get next(): number | null {
    const first = this.#next(Infinity);
    return first === null ? null : first.at - this.#now;
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

  /** The same for a span of milliseconds from now. */
  async passFor(ms: number): Promise<void> {
    await this.pass(this.#now + ms);
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

/** Turns of the event loop after which whatever waits for nothing outside has come to rest. */
const TURNS = 4;

/** Until everything that needs neither time nor the world has run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
