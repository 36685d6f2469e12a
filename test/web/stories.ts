/** Small stories for the dashboard's tests: one service each, so that nothing else moves. */
import type { Player } from "../../web/dev/cast.ts";
import { failing, good, steady } from "../../src/sim/scenarios/truths.ts";

const arms = `  stable:
    revision: v1
    backends: [http://127.0.0.1:9001]
  canary:
    revision: v2
    backends: [http://127.0.0.1:9002]`;

/** Promoted after a minute or so. */
export const fine: Player = {
  name: "fine",
  people: 5000,
  spec: `${arms}
  strategy:
    canary: { weights: [10, 50], stage: 10m, atLeast: 20s }`,
  truth: steady(500),
};

/** Well for half a minute, then it fails. */
export const bad: Player = {
  name: "bad",
  people: 5000,
  spec: `${arms}
  strategy:
    canary: { weights: [10, 50], stage: 20m, early: false }`,
  truth: { ...steady(400), canary: (second) => (second < 30 ? good : failing(0.1)) },
};

/** Stays where it is. */
export const slow: Player = {
  name: "slow",
  people: 5000,
  spec: `${arms}
  strategy:
    canary: { weights: [5, 25], stage: 6h, early: false }
  gates:
    - name: failures
      failures: {}
    - name: latency
      latency: {}
    - name: errors
      dryRun: true
      threshold: { value: failureRate, max: 0.02, every: 10s }`,
  truth: steady(200),
};

/** Waits for an approval. */
export const asks: Player = {
  name: "asks",
  people: 5000,
  spec: `${arms}
  strategy:
    canary:
      steps:
        - setWeight: 5
        - approve: { note: "look at the report" }
        - setWeight: 50
        - pause: { for: 30m }`,
  truth: steady(100),
};

/** Nothing is released. */
export const still: Player = {
  name: "still",
  spec: `  stable:
    revision: v1
    backends: [http://127.0.0.1:9001]`,
  truth: steady(10),
};
