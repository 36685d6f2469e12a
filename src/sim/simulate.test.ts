/** Many releases: what is promised and what is planned hold in simulation, whoever plays it. */
import { expect, test } from "vitest";
import { specSchema, type Spec } from "../rollout/spec.ts";
import { assumptionOf, readAssumptions } from "./assume.ts";
import { playAll } from "./crew.ts";
import { planOf } from "./plan/index.ts";
import { summaryOf, trials, wilson, type Order } from "./simulate.ts";
import { promiseInWords, simulatedSentence } from "./simulate-words.ts";
import type { Trial } from "./trial.ts";

const specOf = (more: object = {}): Spec => ({
  name: "shop",
  ...specSchema.parse({
    stable: { revision: "v1", backends: ["http://127.0.0.1:1"] },
    canary: { revision: "v2", backends: ["http://127.0.0.1:2"] },
    strategy: { canary: { weights: [5], stage: "2h", early: false } },
    gates: [{ name: "failures", failures: {} }],
    ...more,
  }),
});

const assuming = (...words: string[]) => assumptionOf(readAssumptions(words));
const orderOf = (spec: Spec, minutes: number, ...words: string[]): Order => ({
  spec,
  assumed: assuming(...words).assumed,
  horizonMs: minutes * 60_000,
});

test("threads play the same trials as one, in the order of their seeds", async () => {
  const order = orderOf(specOf(), 5, "traffic=50/s", "canary.failures=5%");
  const progress: number[] = [];
  const played = await playAll(order, 60, { threads: 2, progress: (done) => progress.push(done) });
  expect(played).toEqual(trials(order, 1, 60));
  expect(progress.at(-1)).toBe(60);
});

test("it can be stopped, and what fails in a thread is told", async () => {
  const order = orderOf(specOf(), 2, "traffic=20/s");
  const stop = new AbortController();
  const playing = playAll(order, 1000, {
    threads: 2,
    signal: stop.signal,
    progress: () => stop.abort(new Error("enough")),
  });
  await expect(playing).rejects.toThrow("enough");
  const impossible = { ...order, assumed: { ...order.assumed, canary: { ...order.assumed.canary, failures: 2 } } };
  await expect(playAll(impossible, 60, { threads: 2 })).rejects.toMatchObject({ code: "INTERNAL" });
});

/**
 * The planner is exact for plain evidence; what decides is boosted, which is quicker, and looks at the end of ticks.
 * Each row: simulated mean and 95 % quantile over planned, of 300 seeded releases.
 */
test.each([
  ["rare failures", {}, "failures", [0.8, 1.05], ["traffic=400/s", "stable.failures=0.2%", "canary.failures=0.8%"]],
  [
    "a strict margin",
    { ratio: 1 },
    "failures",
    [0.8, 1.05],
    ["traffic=400/s", "stable.failures=0.5%", "canary.failures=2%"],
  ],
  [
    "an absolute margin",
    { points: 0.005 },
    "failures",
    [0.7, 1.2],
    ["traffic=200/s", "stable.failures=1%", "canary.failures=4%"],
  ],
  ["common failures", {}, "failures", [0.8, 1.4], ["traffic=100/s", "stable.failures=10%", "canary.failures=25%"]],
])("%s: the plan's times are those of a simulation", (_name, margin, gate, [least, most], words) => {
  const own = Object.keys(margin).length === 0 ? {} : { margin };
  const spec = specOf({ gates: [{ name: gate, failures: own }] });
  const order = orderOf(spec, 120, ...words);
  const { tookMs } = summaryOf(trials(order, 1, 300), order).endings.rolledBack ?? {};
  const { noticed } = planOf(spec, assuming(...words)).stages[0].gates[0];
  if (tookMs == null || noticed.meanMs === null || noticed.ms === null) throw new Error("it is noticed");
  expect(tookMs.mean / noticed.meanMs).toBeGreaterThan(least);
  expect(tookMs.mean / noticed.meanMs).toBeLessThan(most);
  expect(tookMs.most / noticed.ms).toBeGreaterThan(least - 0.1);
  expect(tookMs.most / noticed.ms).toBeLessThan(most + 0.1);
});

test.each([
  ["slower throughout", ["traffic=100/s", "canary.latency=x1.5"]],
  ["a longer tail", ["traffic=100/s", "canary.p99=x2"]],
])("%s: a latency gate's times are within a third of a simulation's", (_name, words) => {
  const spec = specOf({ gates: [{ name: "latency", latency: {} }] });
  const order = orderOf(spec, 60, ...words);
  const { tookMs } = summaryOf(trials(order, 1, 120), order).endings.rolledBack ?? {};
  const { noticed } = planOf(spec, assuming(...words)).stages[0].gates[0];
  if (tookMs == null || noticed.meanMs === null) throw new Error("it is noticed");
  expect(tookMs.mean / noticed.meanMs).toBeGreaterThan(0.67);
  expect(tookMs.mean / noticed.meanMs).toBeLessThan(1.33);
});

const tokens = { name: "tokens", mean: { cap: 4000, margin: { ratio: 1.15 } } };

test("a mean gate's times are within a third of a simulation's", () => {
  const words = ["traffic=40/s", "stable.mean=400", "canary.mean=x1.5"];
  const spec = specOf({ gates: [tokens] });
  const order = orderOf(spec, 30, ...words);
  const { tookMs } = summaryOf(trials(order, 1, 50), order).endings.rolledBack ?? {};
  const { noticed, fear } = planOf(spec, assuming(...words)).stages[0].gates[0];
  if (tookMs == null || noticed.meanMs === null) throw new Error("it is noticed");
  expect(fear).toBe("has 600 on average instead of 400");
  expect(tookMs.mean / noticed.meanMs).toBeGreaterThan(0.67);
  expect(tookMs.mean / noticed.meanMs).toBeLessThan(1.33);
});

test("amounts exactly at the margin are rolled back as rarely as is promised", () => {
  const spec = specOf({
    strategy: { canary: { weights: [5, 50], stage: "2m", early: false } },
    gates: [{ ...tokens, mean: { cap: 100_000, margin: { ratio: 1.15 } } }],
    promise: { falseRollback: "5%" },
  });
  const order = orderOf(spec, 6, "traffic=30/s", "stable.mean=4000", "canary.mean=x1.15");
  const found = summaryOf(trials(order, 1, 30), order);
  expect(found.endings.rolledBack?.share ?? 0).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / 30));
  expect(promiseInWords(found, order.assumed, spec.promise)).toBeNull();
});

test("what is said of the chance within a stage is what comes of it", () => {
  const words = ["traffic=100/s", "stable.failures=0.5%", "canary.failures=2%"];
  const spec = specOf({ strategy: { canary: { weights: [5], stage: "3m", early: false } }, whenUndecided: "advance" });
  const order = orderOf(spec, 10, ...words);
  const { share = 0 } = summaryOf(trials(order, 1, 400), order).endings.rolledBack ?? {};
  const { chance } = planOf(spec, assuming(...words)).stages[0].gates[0];
  expect(share).toBeGreaterThan((chance ?? 1) - 0.02);
  expect(share).toBeLessThan((chance ?? 0) + 0.15);
});

test("a canary as good as stable is rolled back as rarely as is promised", () => {
  const spec = specOf({ strategy: { canary: { weights: [5, 25], stage: "5m", early: false } } });
  const order = orderOf(spec, 15, "traffic=100/s");
  const found = summaryOf(trials(order, 1, 400), order);
  expect(found.endings.rolledBack?.share ?? 0).toBeLessThan(0.01 + 3 * Math.sqrt((0.01 * 0.99) / 400));
  expect(promiseInWords(found, order.assumed, spec.promise)).toMatch(/rolled back falsely .* at most 1 % is promised/);
});

const trialOf = (more: Partial<Trial>): Trial => ({
  outcome: "rolledBack",
  waiting: null,
  tookMs: 30_000,
  step: 1,
  weight: 500,
  guilty: ["failures"],
  canary: { requests: 100, failures: 5 },
  stable: { requests: 1900, failures: 9 },
  ...more,
});

test("trials are told in one sentence, the most likely first", () => {
  const order = orderOf(specOf(), 60, "stable.failures=1%", "canary.failures=5%");
  const promoted = trialOf({ outcome: "promoted", tookMs: 600_000, guilty: [] });
  const open = trialOf({ outcome: null, waiting: "evidence", tookMs: null, guilty: [] });
  const found = summaryOf([trialOf({}), trialOf({ tookMs: 60_000 }), promoted, open], order);
  expect(simulatedSentence(found)).toBe(
    "Of 4 such releases 2 rolled back after 45s on average, 1 promoted after 10m on average, 1 waiting for a person or for evidence after 1h.",
  );
  expect(found.endings.rolledBack?.extraFailures.mean).toBeCloseTo(4, 10);
  expect(found).toMatchObject({ guilty: { failures: 2 }, steps: { 1: 2 } });
  expect(promiseInWords(found, order.assumed, { falseRollback: 0.01, falsePromotion: 0.01 })).toBeNull();
});

test("Wilson's interval", () => {
  const [low, high] = wilson(5, 100);
  expect(low).toBeCloseTo(0.02154, 4);
  expect(high).toBeCloseTo(0.11175, 4);
  expect(wilson(0, 50)[0]).toBe(0);
});
