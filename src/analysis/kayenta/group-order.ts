/**
 * The order in which upstream writes group scores, and adds them up: that of the Scala hash maps they pass through. It
 * has no meaning, but the last bit of a weighted sum depends on it.
 */

function javaHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0;
  return hash;
}

function reverseBytes(v: number): number {
  return (v >>> 24) | ((v >>> 8) & 0xff00) | ((v << 8) & 0xff0000) | (v << 24) | 0;
}

function byteswap(v: number): number {
  return Math.imul(reverseBytes(Math.imul(v, 0x9e3775cd)), 0x9e3775cd);
}

const rotateRight = (v: number, by: number) => (v >>> by) | (v << (32 - by));

/** Bucket of a key in a mutable HashMap with `size` buckets (a power of two). */
function bucket(key: string, size: number): number {
  const bits = Math.log2(size);
  return rotateRight(byteswap(javaHash(key)), bits) >>> (32 - bits);
}

/** Keys as a Scala 2.12 mutable HashMap walks them: buckets downwards, the newest first within one. */
function mutableOrder(keys: readonly string[]): string[] {
  let table: string[][] = Array.from({ length: 16 }, () => []);
  const put = (into: string[][], key: string) => into[bucket(key, into.length)].unshift(key);
  const walk = () => table.toReversed().flat();
  for (const [count, key] of keys.entries()) {
    put(table, key);
    if (count + 1 <= table.length * 0.75) continue;
    const larger: string[][] = Array.from({ length: table.length * 2 }, () => []);
    for (const moved of walk()) put(larger, moved);
    table = larger;
  }
  return walk();
}

/** The hash that an immutable HashMap sorts its trie by, five bits at a time from the lowest. */
function trieHash(key: string): number {
  const code = javaHash(key);
  const h0 = (code + ~(code << 9)) | 0;
  const h1 = h0 ^ (h0 >>> 14);
  const h2 = (h1 + (h1 << 4)) | 0;
  return h2 ^ (h2 >>> 10);
}

function compareTrie(a: number, b: number): number {
  for (let shift = 0; shift < 32; shift += 5) {
    const difference = ((a >>> shift) & 31) - ((b >>> shift) & 31);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `keys` in the order in which they were first seen. Immutable maps of up to four keys keep the order they are given. */
export function groupOrder(keys: readonly string[]): string[] {
  const walked = mutableOrder(keys);
  return walked.length <= 4 ? walked : walked.toSorted((a, b) => compareTrie(trieHash(a), trieHash(b)));
}
