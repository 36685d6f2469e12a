/** Room for so many things, and when something was not kept for want of it. */
export class Room {
  #left: number;
  #fullAt = -Infinity;

  constructor(size: number) {
    this.#left = size;
  }

  /** Whether there is room for one more, of a moment. */
  take(at: number): boolean {
    if (this.#left > 0) {
      this.#left -= 1;
      return true;
    }
    this.#fullAt = Math.max(this.#fullAt, at);
    return false;
  }

  give(some: number): void {
    this.#left += some;
  }

  /** Whether anything of a moment from `at` on may be missing. */
  wasFull(at: number): boolean {
    return this.#fullAt >= at;
  }
}
