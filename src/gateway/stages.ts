/** Consecutive plans that split traffic alike are one stage: units that failed in it stay failed. */
import type { TrafficPlan } from "../rollout/traffic.ts";
import { UnitTable } from "./units.ts";

/** Stages whose failed units are remembered. */
const KEPT = 4;
const MAX_FAILED_UNITS = 1 << 20;

export interface Stage {
  readonly key: string;
  /** Kinds each unit has failed with, in the groups of `tick.ts`. */
  readonly failed: UnitTable;
}

function keyOf({ salt, canaryWeight, mirrorWeight, unit }: TrafficPlan): string {
  return JSON.stringify([salt, canaryWeight, mirrorWeight, unit]);
}

export class Stages {
  readonly #of = new Map<number, Stage>();
  #kept: Stage[] = [];

  plan(plan: TrafficPlan): void {
    const key = keyOf(plan);
    const last = this.#kept.at(-1);
    const stage = last?.key === key ? last : { key, failed: new UnitTable(MAX_FAILED_UNITS) };
    if (stage !== last) this.#kept = [...this.#kept, stage].slice(-KEPT);
    this.#of.set(plan.version, stage);
    for (const [version, old] of this.#of) if (!this.#kept.includes(old)) this.#of.delete(version);
  }

  /** The stage of a plan's version; undefined when it is older than those that are kept. */
  of(version: number): Stage | undefined {
    return this.#of.get(version);
  }

  get current(): Stage | undefined {
    return this.#kept.at(-1);
  }
}
