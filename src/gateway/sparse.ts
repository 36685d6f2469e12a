/** Sparse counts: what is not 0 of a dense array, as [index, count, index, count, ...] in ascending order. */

const nothing = new Int32Array(0);

/** What is not 0 among the first `length` counts. */
export function sparse(dense: Int32Array, length: number): Int32Array {
  let filled = 0;
  for (let i = 0; i < length; i++) if (dense[i] !== 0) filled += 1;
  if (filled === 0) return nothing;
  const pairs = new Int32Array(filled * 2);
  for (let i = 0, at = 0; i < length; i++) {
    if (dense[i] === 0) continue;
    pairs[at++] = i;
    pairs[at++] = dense[i];
  }
  return pairs;
}

/** The sum of sparse counts whose indexes are below `scratch.length`; `scratch` is all 0 before and after. */
export function sumSparse(all: readonly Int32Array[], scratch: Int32Array): Int32Array {
  const some = all.filter((pairs) => pairs.length > 0);
  if (some.length === 0) return nothing;
  // A copy even of a single one: what came by message may be a view that holds on to the whole message.
  if (some.length === 1) return some[0].slice();
  for (const pairs of some) for (let i = 0; i < pairs.length; i += 2) scratch[pairs[i]] += pairs[i + 1];
  const sum = sparse(scratch, scratch.length);
  scratch.fill(0);
  return sum;
}

/** As [index, count] pairs. */
export function pairsOf(flat: Int32Array): [index: number, count: number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i], flat[i + 1]]);
  return pairs;
}
