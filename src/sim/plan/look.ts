/** What the planner says of one gate in one stage, and what it is asked with. */
import type { GateKind } from "../../analysis/metric.ts";
import { LOOK_MS } from "../../rollout/due.ts";
import type { Assumption } from "../assume.ts";
import type { Split, Stage } from "./stages.ts";

/** So often the harm is to be noticed "in 19 of 20 cases". */
export const POWER = 0.95;

/** The budget of one gate: what is at stake in a stage. */
export interface Budget {
  /** The gate's part of the false-rollback rate. */
  readonly alpha: number;
  /** The part of it that is staked on a harm that is there from the start, and on one that begins with this stage. */
  readonly fromStart: number;
  readonly fromStage: number;
  readonly falsePromotion: number;
}

export interface Asked {
  readonly stage: Stage;
  readonly split: Split;
  readonly budget: Budget;
  readonly assumption: Assumption;
}

/** How long something takes, milliseconds; null where it does not happen. */
export interface Times {
  readonly meanMs: number | null;
  /** In 19 of 20 cases it takes no longer. */
  readonly ms: number | null;
}

/** What one gate sees of the harm that its author fears, in one stage that begins with it. */
export interface GateLook {
  readonly gate: string;
  readonly kind: GateKind;
  readonly dryRun: boolean;
  /** Whether times are exact but for rounding, a diffusion's, or those of a fixed rule. */
  readonly method: "exact" | "closed form" | "fixed";
  /** Rates of what the gate counts: of stable, and of the canary as it is feared. Null where it counts nothing. */
  readonly stable: number | null;
  readonly feared: number | null;
  /** The fear in words: "fails 1 %", "takes 1.5 times as long". */
  readonly fear: string;
  readonly noticed: Times;
  /** The same for a harm that begins with this stage; in the first stage there is no difference. */
  readonly late: Times;
  /** The same by the closed form. */
  readonly closed: Times;
  /** No rule is faster on average. */
  readonly boundMs: number | null;
  /** The probability that it is noticed within the stage. */
  readonly chance: number | null;
  /** Canary units until it is noticed, and how many more of them go wrong than would on stable: mean, 19 of 20. */
  readonly units: readonly [mean: number | null, most: number | null];
  readonly extra: readonly [mean: number | null, most: number | null];
  /** The least harm that is noticed within the stage in 19 of 20 cases: a rate, or for latency times as long. */
  readonly smallest: number | null;
  readonly smallestInWords: string;
  /** About how long it takes to show that a canary as good as stable is safe. */
  readonly safeMs: number | null;
}

/** Units are pooled until there are so many, or fewer after a while (see `analysis/pool.ts`). */
const [ENOUGH, FEW, WAITED_S] = [100, 20, 5];

/** What passes between an event and the look that learns of it, on average, milliseconds. */
export function lagMs({ perSecond }: Split): number {
  const pooledSeconds = Math.min(ENOUGH / perSecond, Math.max(FEW / perSecond, WAITED_S));
  return LOOK_MS + 500 * pooledSeconds;
}

/** Seconds as milliseconds with the lag; what never happens is null. */
export const withLag = (seconds: number, split: Split): number | null =>
  Number.isFinite(seconds) ? seconds * 1000 + lagMs(split) : null;

export const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);
