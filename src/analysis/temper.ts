/**
 * Tempering: where failures come in bursts, evidence of single requests says too much by the factor phi, and every
 * increment counts 1/phi (`stats/bursts.ts`).
 */

/** Lets `score` add to `logs` in place, and leaves 1/phi of what it added. */
export function tempered(logs: number[], phi: number, score: () => void): void {
  if (phi === 1) return score();
  const before = logs.slice();
  score();
  for (let j = 0; j < logs.length; j++) logs[j] = before[j] + (logs[j] - before[j]) / phi;
}
