/** What the recorder knows of requests under way: typed arrays that grow to a ceiling and are then full. */
import type { Flight } from "./seam.ts";

/** Requests under way at a time; further ones are not recorded but counted as lost. */
const MAX_FLIGHTS = 1 << 18;
/** Stands for a request that found no room. */
export const NO_FLIGHT: Flight = -1;

/** Requests under way, a column per property; a flight is an index into all of them. */
export class Flights {
  #size = 0;
  #started = new Float64Array(0);
  #hi = new Uint32Array(0);
  #lo = new Uint32Array(0);
  #plan = new Uint32Array(0);
  #track = new Int8Array(0);
  /** Bucket that its age had reached at the last sweep; -1 before the first. */
  #reached = new Int16Array(0);
  #sampled = new Uint8Array(0);
  #free = new Int32Array(0);
  #freed = 0;
  open = 0;

  get started() {
    return this.#started;
  }
  get hi() {
    return this.#hi;
  }
  get lo() {
    return this.#lo;
  }
  get plan() {
    return this.#plan;
  }
  /** -1 where the slot is free. */
  get track() {
    return this.#track;
  }
  get reached() {
    return this.#reached;
  }
  get sampled() {
    return this.#sampled;
  }
  /** Slots in use are below this. */
  get highest() {
    return this.#size;
  }

  take(): number {
    if (this.#freed > 0) {
      this.open += 1;
      return this.#free[--this.#freed];
    }
    if (this.#size === MAX_FLIGHTS) return NO_FLIGHT;
    if (this.#size === this.#track.length) this.#grow();
    this.open += 1;
    return this.#size++;
  }

  release(flight: number): void {
    this.#track[flight] = -1;
    this.#free[this.#freed++] = flight;
    this.open -= 1;
  }

  #grow(): void {
    const length = Math.max(256, this.#track.length * 2);
    const grown = <T extends { set(from: T): void }>(into: T, from: T): T => {
      into.set(from);
      return into;
    };
    this.#started = grown(new Float64Array(length), this.#started);
    this.#hi = grown(new Uint32Array(length), this.#hi);
    this.#lo = grown(new Uint32Array(length), this.#lo);
    this.#plan = grown(new Uint32Array(length), this.#plan);
    this.#track = grown(new Int8Array(length).fill(-1), this.#track);
    this.#reached = grown(new Int16Array(length), this.#reached);
    this.#sampled = grown(new Uint8Array(length), this.#sampled);
    this.#free = grown(new Int32Array(length), this.#free);
  }
}
