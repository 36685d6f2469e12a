/** Sums of exponentials without overflow: evidence grows beyond what a double holds, its logarithm does not. */

/** ln(e^a + e^b). -Infinity stands for zero. */
export function addLogs(a: number, b: number): number {
  const high = a > b ? a : b;
  const low = a > b ? b : a;
  return high === -Infinity ? -Infinity : high + Math.log1p(Math.exp(low - high));
}

/** ln of sum(weights[i] * e^logs[i]) + rest; weights and rest are not negative. -Infinity when all is zero. */
export function logWeightedSum(logs: readonly number[], weights: readonly number[], rest = 0): number {
  let high = rest > 0 ? 0 : -Infinity;
  for (let i = 0; i < logs.length; i++) if (weights[i] > 0 && logs[i] > high) high = logs[i];
  if (high === -Infinity) return -Infinity;
  let sum = rest > 0 ? rest * Math.exp(-high) : 0;
  for (let i = 0; i < logs.length; i++) if (weights[i] > 0) sum += weights[i] * Math.exp(logs[i] - high);
  return high + Math.log(sum);
}

/** ln of the plain mean of e^logs[from .. from + size). */
export function logMean(logs: readonly number[], from = 0, size = logs.length - from): number {
  let high = -Infinity;
  for (let i = from; i < from + size; i++) if (logs[i] > high) high = logs[i];
  if (high === -Infinity) return -Infinity;
  let sum = 0;
  for (let i = from; i < from + size; i++) sum += Math.exp(logs[i] - high);
  return high + Math.log(sum / size);
}
