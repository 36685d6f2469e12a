/**
 * Values of which only their number between bounds and their sum are known, as values that differ as much as they may: the
 * arrangement from which a bet wins least (the logarithm of its winnings is concave, and such values majorise all others).
 * So evidence from a histogram with a sum holds, however coarse the histogram is.
 */
export interface Bin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** [value, how many], or null when no values between those bounds have that sum. */
export function mostSpread(
  bins: readonly Bin[],
  sum: number,
): readonly (readonly [value: number, count: number])[] | null {
  const lowest = bins.reduce((total, { low, count }) => total + low * count, 0);
  const slack = 1e-9 * Math.max(1, Math.abs(sum), Math.abs(lowest));
  let extra = sum - lowest;
  if (extra < -slack) return null;
  const found: (readonly [number, number])[] = [];
  const add = (value: number, count: number) => count > 0 && found.push([value, count]);
  for (const { low, high, count } of bins.toSorted((a, b) => b.high - a.high)) {
    const width = high - low;
    const full = width === 0 ? count : Math.min(count, Math.floor((extra + slack) / width));
    add(high, full);
    extra = Math.max(0, extra - full * width);
    // one that lies between, and the rest at the lower end
    const between = full < count && extra > slack ? 1 : 0;
    add(low + extra, between);
    if (between > 0) extra = 0;
    add(low, count - full - between);
  }
  return extra > slack ? null : found;
}
