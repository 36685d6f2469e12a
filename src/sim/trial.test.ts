/** Wide looks that are taken back where it matters come to the same as looking at every tick. */
import { expect, test } from "vitest";
import { specSchema, type Spec } from "../rollout/spec.ts";
import { amounting, failing, good, slower, steady } from "./scenarios/truths.ts";
import { trial } from "./trial.ts";
import type { Truth } from "./traffic.ts";

const specOf = (more: object = {}): Spec => ({
  name: "shop",
  ...specSchema.parse({
    stable: { revision: "v1", backends: ["http://127.0.0.1:1"] },
    canary: { revision: "v2", backends: ["http://127.0.0.1:2"] },
    strategy: { canary: { weights: [5, 25], stage: "5m", atLeast: "20s" } },
    ...more,
  }),
});

const MINUTES = 60_000;
const cases: [string, Spec, Truth, number][] = [
  ["a good release", specOf(), steady(150), 20],
  ["a failing one", specOf(), steady(150, good, failing(0.02)), 40],
  ["a slow one", specOf(), steady(150, good, slower(1.3)), 40],
  ["one beyond its margin, which may go either way", specOf(), steady(150, good, failing(0.008)), 20],
  ["a late fault", specOf({ strategy: { canary: { weights: [10], stage: "8m", early: false } } }), late(), 20],
  ["a fixed limit", specOf({ gates: [limit("10s")] }), steady(150, good, failing(0.03)), 20],
  [
    "series, judged as Kayenta does",
    specOf({ gates: [{ name: "k", kayenta: { step: "5s", interval: "1m", metrics: [{ value: "failureRate" }] } }] }),
    steady(150, good, failing(0.03)),
    20,
  ],
  [
    "amounts beyond their margin",
    specOf({ gates: [{ name: "tokens", mean: { cap: 4000 } }] }),
    steady(30, amounting(1), amounting(1.6)),
    6,
  ],
  [
    "amounts alike",
    specOf({ gates: [{ name: "tokens", mean: { cap: 4000, limit: { ratio: 1.4 } } }] }),
    steady(30, amounting(1)),
    6,
  ],
  ["copies", specOf({ strategy: { blueGreen: { mirror: 20, check: "3m" } } }), steady(150, good, failing(0.02)), 20],
];

function late(): Truth {
  return { ...steady(150), canary: (second) => (second < 240 ? good : failing(0.05)) };
}

function limit(every: string) {
  return { name: "limit", threshold: { value: "failureRate", max: 0.02, every, failures: 4 } };
}

test.each(cases)("%s", (_name, spec, truth, seeds) => {
  let [moved, late, all] = [0, 0, 0];
  for (let seed = 1; seed <= seeds; seed++) {
    const wide = trial(spec, truth, seed, 15 * MINUTES);
    const fine = trial(spec, truth, seed, 15 * MINUTES, [1]);
    expect(wide.outcome).toBe(fine.outcome);
    if (fine.outcome === "rolledBack") expect(wide).toEqual(fine);
    if (wide.tookMs !== fine.tookMs) moved += 1;
    late += (wide.tookMs ?? 0) - (fine.tookMs ?? 0);
    all += fine.tookMs ?? 0;
  }
  // only the time of a promotion may differ, and on average by half a percent at most
  expect(moved).toBeLessThanOrEqual(seeds / 6);
  expect(late).toBeGreaterThanOrEqual(0);
  expect(late).toBeLessThanOrEqual(0.01 * all);
});

test("the same arguments give the same release, another seed another one", () => {
  const run = (seed: number) => trial(specOf(), steady(150, good, failing(0.02)), seed, 15 * MINUTES);
  expect(run(1)).toEqual(run(1));
  expect(run(2)).not.toEqual(run(1));
});

test("a good release is promoted, a failing one is taken back and its exposure is counted", () => {
  const good1 = trial(specOf(), steady(300), 1, 30 * MINUTES);
  expect(good1).toMatchObject({ outcome: "promoted", waiting: null, guilty: [] });
  const bad = trial(specOf(), steady(300, good, failing(0.05)), 1, 30 * MINUTES);
  expect(bad).toMatchObject({ outcome: "rolledBack", guilty: ["failures"] });
  const { requests, failures } = bad.canary;
  expect(failures).toBeGreaterThan(3);
  expect(Math.abs(requests - 15 * ((bad.tookMs ?? 0) / 1000))).toBeLessThan(6 * Math.sqrt(requests) + 20);
});

test("what only a person can end is left waiting", () => {
  const spec = specOf({ strategy: { canary: { steps: [{ setWeight: 5 }, { approve: {} }] } } });
  expect(trial(spec, steady(50), 1, MINUTES)).toMatchObject({ outcome: null, waiting: "person", step: 1 });
  const thin = specOf({ strategy: { canary: { weights: [5], stage: "1m" } } });
  expect(trial(thin, steady(2), 1, 3 * MINUTES)).toMatchObject({ outcome: null, waiting: "evidence" });
});
