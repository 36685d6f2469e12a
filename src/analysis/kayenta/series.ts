/**
 * What the Netflix judge computes of one side's points, in the order of operations that its results depend on: plain
 * IEEE doubles, sums from left to right (commons-math `StatUtils` and `Percentile`, estimation type R-7).
 */

export interface Stats {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly std: number;
  readonly max: number;
}

/** Two-pass mean: the first mean plus the mean of what is left over. NaN for no points. */
export function mean(values: readonly number[]): number {
  let sum = 0;
  for (const x of values) sum += x;
  const first = sum / values.length;
  let rest = 0;
  for (const x of values) rest += x - first;
  return first + rest / values.length;
}

/** Sample variance with the correction for the rounding of the mean; 0 for one point. */
function variance(values: readonly number[]): number {
  if (values.length === 1) return 0;
  const m = mean(values);
  let squares = 0;
  let rest = 0;
  for (const x of values) {
    const d = x - m;
    squares += d * d;
    rest += d;
  }
  return (squares - (rest * rest) / values.length) / (values.length - 1);
}

/** All zeros for no points, as upstream reports an empty side. */
export function stats(values: readonly number[]): Stats {
  if (values.length === 0) return { count: 0, mean: 0, min: 0, std: 0, max: 0 };
  let [min, max] = [values[0], values[0]];
  for (const x of values) {
    if (x < min) min = x;
    if (x > max) max = x;
  }
  return { count: values.length, mean: mean(values), min, std: Math.sqrt(variance(values)), max };
}

/** Numbers in ascending order; the input is left alone. */
export function ascending(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

/** R-7 percentile, p in 0..100. NaN for no points. */
export function percentile(values: readonly number[], p: number): number {
  const n = values.length;
  if (n === 0) return NaN;
  if (n === 1) return values[0];
  const sorted = ascending(values);
  const q = p / 100;
  const position = q === 1 ? n : 1 + (n - 1) * q;
  const floor = Math.floor(position);
  if (position < 1) return sorted[0];
  if (position >= n) return sorted[n - 1];
  const lower = sorted[floor - 1];
  return lower + (position - floor) * (sorted[floor] - lower);
}

/** Which points lie outside the interquartile fences. `reduceSensitivity` never lets the fences inside p01 and p99. */
export function outliers(values: readonly number[], factor: number, reduceSensitivity: boolean): boolean[] {
  const [p25, p75] = [percentile(values, 25), percentile(values, 75)];
  const spread = p75 - p25;
  let [low, high] = [p25 - factor * spread, p75 + factor * spread];
  if (reduceSensitivity) {
    low = Math.min(percentile(values, 1), low);
    high = Math.max(percentile(values, 99), high);
  }
  return values.map((x) => x > high || x < low);
}

export type NanStrategy = "remove" | "replace";

/** NaN removed or replaced by zero; then, where asked, outliers removed. */
export function transform(values: readonly number[], nan: NanStrategy, outlierFactor: number | null): number[] {
  const whole =
    nan === "replace" ? values.map((x) => (Number.isNaN(x) ? 0 : x)) : values.filter((x) => !Number.isNaN(x));
  if (outlierFactor === null) return whole;
  const out = outliers(whole, outlierFactor, true);
  return whole.filter((_, i) => !out[i]);
}

/** Mean of the experiment over mean of the control; NaN when either is exactly zero. */
export function meanRatio(experiment: readonly number[], control: readonly number[]): number {
  const [e, c] = [mean(experiment), mean(control)];
  return e === 0 || c === 0 ? NaN : e / c;
}
