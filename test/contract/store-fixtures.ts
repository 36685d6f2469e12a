/** Rollouts, statuses and measurements for tests of stores: small, complete and different from each other where it matters. */
import type { Measurement } from "../../src/analysis/measurement.ts";
import type { Inputs } from "../../src/engine/inputs.ts";
import type { Change } from "../../src/engine/ports.ts";
import { SerinError } from "../../src/errors.ts";
import type { RolloutEvent } from "../../src/rollout/events.ts";
import type { Spec } from "../../src/rollout/spec.ts";
import type { Status } from "../../src/rollout/status.ts";
import { strategySchema } from "../../src/rollout/strategies/index.ts";

/** What these tests put as documents. `note` tells two documents apart. */
export const documentOf = (note: string) => ({ kind: "Rollout", note, nested: { list: [1, "zwei", null], empty: {} } });

/** Parses such a document; the note becomes the revision of the stable arm. */
export function parse(name: string, document: unknown): Spec {
  const { note } = document as { note?: string };
  if (typeof note !== "string") throw new SerinError("DOCUMENT_INVALID", "a document needs a note");
  return {
    name,
    stable: { revision: note, backends: ["http://127.0.0.1:9001"] },
    assignment: { request: {} },
    matches: [],
    strategy: strategySchema.parse({ canary: {} }),
    gates: [],
    hooks: [],
    promise: { falseRollback: 0.01, falsePromotion: 0.01 },
    afterPromotion: { watchMs: 0, holdback: 0, margin: 2, falseReturnEveryMs: 2_592_000_000 },
    whenUndecided: "hold",
  };
}

/** Who is told of such a rollout: the document's `notified`, if it has any. */
export const notified = (_name: string, document: unknown): readonly string[] =>
  (document as { notified?: readonly string[] }).notified ?? [];

/** A status that only `reason` and `release` tell from another. */
export function statusOf(name: string, reason = "", release = 1): Status {
  const stable = { revision: "v1", backends: ["http://127.0.0.1:9001"] };
  return {
    phase: "progressing",
    release,
    seed: "\u{1f426} seed",
    salt: "s\u00e4lt \u0000 \ud800 \u2028",
    stable,
    canary: null,
    previous: null,
    steps: [],
    step: 0,
    begun: true,
    approved: false,
    enteredAt: 1_700_000_000_000,
    liveAt: null,
    pausedAt: null,
    plan: {
      version: 3,
      rollout: name,
      salt: "salt",
      canaryWeight: 500,
      mirrorWeight: 0,
      unit: { request: {} },
      matches: [],
      stable,
      canary: null,
    },
    stagePlan: 2,
    stageAt: 1_700_000_000_000,
    evidence: JSON.parse(`{"failures":{"deep":[{"number":1e-300},null,true]}}`),
    verdicts: {},
    logHarm: 0.1 + 0.2,
    measuredTo: { failures: 1_700_000_000_000 },
    hooks: {},
    written: { stable, canary: null },
    reason,
    pausedBy: null,
    outcome: null,
    startedAt: 1_700_000_000_000,
    endedAt: null,
    wakeAt: 1_700_000_001_000,
  };
}

export const eventOf = (reason: string, release = 1): RolloutEvent => ({
  at: 1_700_000_000_000,
  release,
  type: "paused",
  by: "anna",
  reason,
});

export const countsOf = (n: number, to = 1_700_000_001_000): Measurement => ({
  kind: "counts",
  window: { from: to - 1000, to },
  ticks: [{ at: to - 1000, plan: 3, stable: { n, bad: 0 }, canary: { n, bad: 1 } }],
});

/** What a decision rested on: only the moment, and a plan as it was wanted. */
export const inputsAt = (now: number): Inputs => ({
  formula: 1,
  now,
  reported: "wanted",
  decision: "hold",
  changed: { reason: "print" },
});

/** A commit from version `from`; everything else may be said. */
export const changeOf = (name: string, from: number, more: Partial<Change> = {}): Change => ({
  name,
  from,
  status: statusOf(name, `after ${from}`),
  events: [],
  measurements: {},
  inputs: inputsAt(1_700_000_000_000),
  signalsTaken: 0,
  ...more,
});
