/** Truths that scenes share. */
import type { Behaviour, Truth } from "../traffic.ts";

export const good: Behaviour = { failures: 0.005, medianMs: 20, sigma: 0.7 };

/** The same at every moment. */
export function steady(rate: number, stable: Behaviour = good, canary: Behaviour = stable): Truth {
  return { rate: () => rate, stable: () => stable, canary: () => canary };
}

export const failing = (share: number): Behaviour => ({ ...good, failures: share });
export const slower = (factor: number): Behaviour => ({ ...good, medianMs: good.medianMs * factor });

/** Amounts of 400 on average, or so many times that. */
export const amounting = (times: number): Behaviour => ({ ...good, amounts: { mean: 400, times, spread: 0.75 } });
