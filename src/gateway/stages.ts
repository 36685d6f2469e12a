/** Consecutive plans that split traffic alike are one stage: units that failed in it stay failed. */
import type { TrafficPlan } from "../rollout/traffic.ts";
import { UnitTable } from "./units.ts";
import type { Under } from "./visits.ts";

/** Stages whose failed units are remembered. */
const KEPT = 4;
const MAX_FAILED_UNITS = 1 << 20;

export interface Stage extends Under {
  readonly key: string;
  readonly salt: string;
  /** Whether the release's own two revisions share the traffic: neither before it, nor after a promotion. */
  readonly releasing: boolean;
  /** Kinds each unit has failed with, in the groups of `tick.ts`. */
  readonly failed: UnitTable;
}

function keyOf({ salt, canaryWeight, mirrorWeight, unit, stable, canary }: TrafficPlan): string {
  return JSON.stringify([salt, canaryWeight, mirrorWeight, unit, stable.revision, canary === null]);
}

export class Stages {
  readonly #of = new Map<number, Stage>();
  #kept: Stage[] = [];
  /** The present release: what was stable when it began, and the greatest weight that it had. */
  #release = { salt: "", stable: "", peak: 0 };

  plan(plan: TrafficPlan): void {
    const key = keyOf(plan);
    const last = this.#kept.at(-1);
    const stage = last?.key === key ? last : this.#begun(key, plan);
    if (stage !== last) this.#kept = [...this.#kept, stage].slice(-KEPT);
    this.#of.set(plan.version, stage);
    for (const [version, old] of this.#of) if (!this.#kept.includes(old)) this.#of.delete(version);
  }

  #begun(key: string, { salt, canaryWeight: weight, stable, canary }: TrafficPlan): Stage {
    const before = this.#release.salt === salt ? this.#release : { salt, stable: stable.revision, peak: 0 };
    this.#release = { ...before, peak: Math.max(before.peak, weight) };
    const releasing = canary !== null && stable.revision === before.stable;
    return { key, salt, weight, lowered: weight < before.peak, releasing, failed: new UnitTable(MAX_FAILED_UNITS) };
  }

  /** The stage of a plan's version; undefined when it is older than those that are kept. */
  of(version: number): Stage | undefined {
    return this.#of.get(version);
  }

  get current(): Stage | undefined {
    return this.#kept.at(-1);
  }
}
