/**
 * Tables of units (people, mostly), keyed by the 64 bits of hash that name one. Open addressing in typed arrays:
 * no allocation per unit, memory bounded by construction, emptied in O(1).
 */

/** Longest run of slots looked through: a flood of ids built to collide costs no more than this. */
const PROBES = 64;

/** Units with a small word of flags each. Holds at most `max` units; `slot` answers -1 for the ones beyond. */
export class UnitTable {
  readonly #max: number;
  #mask = 0;
  #generation = 1;
  #a = new Uint32Array(0);
  #b = new Uint32Array(0);
  #stamps = new Uint32Array(0);
  #flags = new Uint32Array(0);
  #used = new Uint32Array(0);
  size = 0;

  constructor(max: number, initial = 1024) {
    this.#max = max;
    this.#allocate(Math.min(initial, powerAbove(max)));
  }

  /** The slot of the unit, taken with no flags set when it is new; -1 when the table is full. */
  slot(a: number, b: number): number {
    const found = this.#seek(a >>> 0, b >>> 0);
    if (found < 0 || this.#stamps[found] === this.#generation) return found;
    if (this.size >= this.#max) return -1;
    if (this.size * 2 >= this.#stamps.length) {
      this.#grow();
      return this.slot(a, b);
    }
    this.#a[found] = a;
    this.#b[found] = b;
    this.#stamps[found] = this.#generation;
    this.#flags[found] = 0;
    this.#used[this.size++] = found;
    return found;
  }

  /** The flags of a unit, 0 when it is not there. */
  find(a: number, b: number): number {
    const found = this.#seek(a >>> 0, b >>> 0);
    return found >= 0 && this.#stamps[found] === this.#generation ? this.#flags[found] : 0;
  }

  flags(slot: number): number {
    return this.#flags[slot];
  }

  /** Sets all flags anew. */
  put(slot: number, flags: number): void {
    this.#flags[slot] = flags;
  }

  /** Whether it takes no more units. */
  get full(): boolean {
    return this.size >= this.#max;
  }

  /** Sets more flags; says which flags were there before. */
  raise(slot: number, flags: number): number {
    const before = this.#flags[slot];
    this.#flags[slot] = before | flags;
    return before;
  }

  clear(): void {
    this.size = 0;
    this.#generation = (this.#generation + 1) >>> 0;
    if (this.#generation === 0) {
      this.#stamps.fill(0);
      this.#generation = 1;
    }
  }

  /** All units as [a, b, flags, a, b, flags, ...], in order of arrival. */
  list(): Uint32Array {
    const listed = new Uint32Array(this.size * 3);
    for (let i = 0; i < this.size; i++) {
      const slot = this.#used[i];
      listed[i * 3] = this.#a[slot];
      listed[i * 3 + 1] = this.#b[slot];
      listed[i * 3 + 2] = this.#flags[slot];
    }
    return listed;
  }

  /** The unit's slot, or the free slot it would take; -1 when the run is too long. */
  #seek(a: number, b: number): number {
    let slot = (a ^ (b >>> 7)) & this.#mask;
    for (let probe = 0; probe < PROBES; probe++) {
      if (this.#stamps[slot] !== this.#generation) return slot;
      if (this.#a[slot] === a && this.#b[slot] === b) return slot;
      slot = (slot + 1) & this.#mask;
    }
    return -1;
  }

  #allocate(slots: number): void {
    this.#mask = slots - 1;
    this.#a = new Uint32Array(slots);
    this.#b = new Uint32Array(slots);
    this.#stamps = new Uint32Array(slots);
    this.#flags = new Uint32Array(slots);
    this.#used = new Uint32Array(slots);
    this.#generation = 1;
    this.size = 0;
  }

  #grow(): void {
    const listed = this.list();
    this.#allocate(this.#stamps.length * 2);
    for (let i = 0; i < listed.length; i += 3) {
      const slot = this.slot(listed[i], listed[i + 1]);
      if (slot >= 0) this.#flags[slot] = listed[i + 2];
    }
  }
}

/** Smallest power of two that holds `max` units half full. */
function powerAbove(max: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(2, max * 2)));
}

const REGISTER_BITS = 14;
const REGISTERS = 1 << REGISTER_BITS;
const RANK_BITS = 32;

/**
 * How many different units were met: exact up to `exactUpTo`, then a HyperLogLog of 2^14 registers (standard error
 * 0.8 %), read with Ertl's estimator (arXiv:1702.01284, algorithm 6), which needs no bias table at small counts.
 */
export class Distinct {
  readonly #exact: UnitTable;
  #registers: Uint8Array | null = null;

  constructor(exactUpTo = 65_536) {
    this.#exact = new UnitTable(exactUpTo);
  }

  add(a: number, b: number): void {
    if (this.#registers === null) {
      if (this.#exact.slot(a, b) >= 0) return;
      this.#registers = this.#sketch();
    }
    raiseRegister(this.#registers, a, b);
  }

  get exact(): boolean {
    return this.#registers === null;
  }

  count(): number {
    return this.#registers === null ? this.#exact.size : Math.round(estimate(this.#registers));
  }

  #sketch(): Uint8Array {
    const registers = new Uint8Array(REGISTERS);
    const listed = this.#exact.list();
    for (let i = 0; i < listed.length; i += 3) raiseRegister(registers, listed[i], listed[i + 1]);
    this.#exact.clear();
    return registers;
  }
}

function raiseRegister(registers: Uint8Array, a: number, b: number): void {
  const register = a >>> (32 - REGISTER_BITS);
  const rank = Math.clz32(b) + 1;
  if (rank > registers[register]) registers[register] = rank;
}

function estimate(registers: Uint8Array): number {
  const counts = new Uint32Array(RANK_BITS + 2);
  for (const rank of registers) counts[rank] += 1;
  let z = REGISTERS * tau(1 - counts[RANK_BITS + 1] / REGISTERS);
  for (let k = RANK_BITS; k >= 1; k--) z = 0.5 * (z + counts[k]);
  z += REGISTERS * sigma(counts[0] / REGISTERS);
  return (REGISTERS * REGISTERS) / (2 * Math.LN2 * z);
}

/** x + sum over k of x^(2^k) 2^(k-1), Ertl's correction for registers never touched. */
function sigma(x: number): number {
  if (x === 1) return Infinity;
  let [y, z, last] = [1, x, NaN];
  while (z !== last) {
    x *= x;
    last = z;
    z += x * y;
    y += y;
  }
  return z;
}

/** Ertl's correction for registers at their highest value. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let [y, z, last] = [1, 1 - x, NaN];
  while (z !== last) {
    x = Math.sqrt(x);
    last = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
