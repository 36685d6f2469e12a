/** The time of one process: what its ticks are cut by. */

/** Behind the wall clock by more than this, it is brought forward: the machine slept, or the clock was set. */
const BEHIND_MS = 50;

/**
 * Epoch milliseconds with fractions that never go back: the monotonic clock, set by the wall clock. When that is set
 * back, this one stays ahead; `adjust` says how far.
 */
export class SteadyClock {
  readonly #wall: () => number;
  readonly #monotonic: () => number;
  #offset: number;

  constructor(wall: () => number, monotonic: () => number) {
    this.#wall = wall;
    this.#monotonic = monotonic;
    this.#offset = wall() - monotonic();
  }

  readonly now = (): number => this.#offset + this.#monotonic();

  /** Brings it forward where the wall clock went on without it. Milliseconds that it is ahead, negative when behind. */
  adjust(): number {
    const ahead = this.now() - this.#wall();
    if (ahead < -BEHIND_MS) this.#offset -= ahead;
    return ahead;
  }
}
