/** What is remembered of a rollout that was just added: nothing has happened, stable serves everybody. */
import type { ArmSpec, Spec } from "./spec.ts";
import type { Status } from "./status.ts";
import type { ArmPlan } from "./traffic.ts";

/** An arm as a plan has it. */
export function armPlan({ revision, backends, health }: ArmSpec): ArmPlan {
  return { revision, backends: [...backends], ...(health === undefined ? {} : { health }) };
}

/**
 * The first status. `seed` is the rollout's own chance (a random string): salts derive from it, so that the same people
 * are not first in every rollout. A canary in the document is started by the first decision, not here.
 */
export function initialStatus(spec: Spec, now: number, seed: string): Status {
  const stable = armPlan(spec.stable);
  const salt = `${seed}.0`;
  return {
    phase: "idle",
    release: 0,
    seed,
    salt,
    stable,
    canary: null,
    previous: null,
    steps: [],
    step: 0,
    begun: false,
    approved: false,
    enteredAt: now,
    liveAt: null,
    pausedAt: null,
    plan: {
      version: 1,
      rollout: spec.name,
      salt,
      canaryWeight: 0,
      mirrorWeight: 0,
      unit: spec.assignment,
      matches: [...spec.matches],
      stable,
      canary: null,
    },
    stagePlan: 1,
    stageAt: now,
    evidence: {},
    verdicts: {},
    logHarm: 0,
    measuredTo: {},
    hooks: {},
    written: { stable, canary: null },
    reason: "",
    pausedBy: null,
    outcome: null,
    startedAt: now,
    endedAt: null,
    wakeAt: now,
  };
}
