/**
 * MurmurHash3_x86_128 (Austin Appleby, public domain): the one hash behind assignment and the counting of units.
 *
 * Why this one: it needs only 32-bit multiplications and rotations, which V8 runs as single instructions, it gives
 * 128 bits at once (two lanes place a unit, the two others name it in the counting tables), it has passed SMHasher's
 * avalanche and distribution suites for years, and its reference implementation can be checked against: the test
 * reproduces SMHasher's verification value. It is not a MAC: whoever knows the salt can find an id that meets
 * the canary, which gains them nothing that deleting the cookie would not.
 */

const C1 = 0x239b961b;
const C2 = 0xab0e9789 | 0;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93 | 0;

/** The four 32-bit lanes of a hash, signed as JavaScript's bit operations leave them. Reused, never allocated per call. */
export interface Lanes {
  h1: number;
  h2: number;
  h3: number;
  h4: number;
}

function fmix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}

/** The bytes of the unfinished last word, little-endian; 0 where there are none. */
function partial(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let i = Math.min(end, at + 4) - 1; i >= at; i--) value = (value << 8) | bytes[i];
  return value;
}

const scramble = (k: number, first: number, bits: number, second: number): number => {
  k = Math.imul(k, first);
  return Math.imul((k << bits) | (k >>> (32 - bits)), second);
};

/** Hashes `bytes[0, length)` with `seed` into `out`. */
export function murmur128(bytes: Uint8Array, length: number, seed: number, out: Lanes): void {
  let h1 = seed | 0;
  let h2 = h1;
  let h3 = h1;
  let h4 = h1;
  const whole = length & ~15;
  for (let i = 0; i < whole; i += 16) {
    h1 ^= scramble(word(bytes, i), C1, 15, C2);
    h1 = (Math.imul(((h1 << 19) | (h1 >>> 13)) + h2, 5) + 0x561ccd1b) | 0;
    h2 ^= scramble(word(bytes, i + 4), C2, 16, C3);
    h2 = (Math.imul(((h2 << 17) | (h2 >>> 15)) + h3, 5) + 0x0bcaa747) | 0;
    h3 ^= scramble(word(bytes, i + 8), C3, 17, C4);
    h3 = (Math.imul(((h3 << 15) | (h3 >>> 17)) + h4, 5) + 0x96cd1c35) | 0;
    h4 ^= scramble(word(bytes, i + 12), C4, 18, C1);
    h4 = (Math.imul(((h4 << 13) | (h4 >>> 19)) + h1, 5) + 0x32ac3b17) | 0;
  }
  if (length > whole) {
    h1 ^= scramble(partial(bytes, whole, length), C1, 15, C2);
    h2 ^= scramble(partial(bytes, whole + 4, length), C2, 16, C3);
    h3 ^= scramble(partial(bytes, whole + 8, length), C3, 17, C4);
    h4 ^= scramble(partial(bytes, whole + 12, length), C4, 18, C1);
  }
  h1 ^= length;
  h2 ^= length;
  h3 ^= length;
  h4 ^= length;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  h3 = (h3 + h1) | 0;
  h4 = (h4 + h1) | 0;
  h1 = fmix(h1);
  h2 = fmix(h2);
  h3 = fmix(h3);
  h4 = fmix(h4);
  h1 = (h1 + h2 + h3 + h4) | 0;
  out.h1 = h1;
  out.h2 = (h2 + h1) | 0;
  out.h3 = (h3 + h1) | 0;
  out.h4 = (h4 + h1) | 0;
}

/** Longer units are hashed by their first so many characters: nothing that names a person is longer. */
export const HASHED_MAX = 1024;
const scratch = new Uint8Array(HASHED_MAX);

/** Hashes a string of one-byte characters (what header values are), without allocating. */
export function murmurString(text: string, seed: number, out: Lanes): void {
  const length = Math.min(text.length, HASHED_MAX);
  for (let i = 0; i < length; i++) scratch[i] = text.charCodeAt(i);
  murmur128(scratch, length, seed, out);
}
