/**
 * The promises, by seeded simulation of whole releases: all gates merged, looked at after every tick, over a ramp, in
 * weather that is no fault of the canary. Run at 5 % instead of 1 %, where 200 releases tell more; `bench/detection.ts`
 * runs thousands at 1 %.
 */
import { expect, test } from "vitest";
import { failuresGate, latencyGate } from "../analysis/made.ts";
import { release, weather, type Nature, type Plan } from "./release.ts";

const PROMISED = { falseRollback: 0.05, falsePromotion: 0.05 };
const ramp: Plan["stages"] = [
  [0.01, 40],
  [0.05, 40],
  [0.25, 40],
  [0.5, 40],
];
const RUNS = 200;
/** A rate of 5 % and three standard errors. */
const MOST = 0.05 + 3 * Math.sqrt((0.05 * 0.95) / RUNS);

const rate = (plan: Plan, nature: Nature, counts: (ended: ReturnType<typeof release>) => boolean, runs = RUNS) =>
  Array.from({ length: runs }, (_, seed) => release(plan, nature, seed)).filter(counts).length / runs;
const rolledBack = ({ rolledBackAfter }: ReturnType<typeof release>) => rolledBackAfter !== null;

const strict = [failuresGate({ margin: { ratio: 1 } }), latencyGate({ ratio: 1 })];
const defaults = [failuresGate(), latencyGate()];

test.each<[string, Plan, Nature]>([
  [
    "strict gates, an equal canary",
    { gates: strict, promised: PROMISED, stages: ramp, tickMs: 1000 },
    weather(300, 0.004),
  ],
  [
    "strict gates, ticks of a quarter of a second, little traffic",
    { gates: strict, promised: PROMISED, stages: ramp.map(([s]) => [s, 12]), tickMs: 250 },
    weather(40, 0.02),
  ],
  ["common failures", { gates: strict, promised: PROMISED, stages: ramp, tickMs: 1000 }, weather(300, 0.06)],
  [
    "default gates, a canary exactly at its margin",
    { gates: defaults, promised: PROMISED, stages: ramp, tickMs: 1000 },
    { ...weather(300, 0.006), theta: (theta0) => 1.25 * theta0 },
  ],
  [
    "a margin in points, exactly met",
    { gates: [failuresGate({ margin: { points: 0.01 } })], promised: PROMISED, stages: ramp, tickMs: 1000 },
    { ...weather(300, 0.006), theta: (theta0) => theta0 + 0.01 },
  ],
])("a release that is no worse than its margin is rolled back no more often than promised: %s", (_, plan, nature) => {
  expect(rate(plan, nature, rolledBack)).toBeLessThanOrEqual(MOST);
});

test("the simulation can tell: a release beyond its margin is rolled back nearly always, by the gate that sees it", () => {
  const plan: Plan = { gates: defaults, promised: PROMISED, stages: ramp, tickMs: 1000 };
  const failing = Array.from({ length: 30 }, (_, seed) =>
    release(plan, { ...weather(300, 0.006), theta: (theta0) => Math.min(0.9, 6 * theta0) }, seed),
  );
  expect(failing.filter(({ guilty }) => guilty.includes("failures")).length).toBeGreaterThan(27);
  const slow: Nature = {
    ...weather(300, 0.006),
    canaryLevels: (levels) =>
      levels.map((_, i) => (i > 1 ? levels[i - 2] : 0) + (i === levels.length - 1 ? levels[i] + levels[i - 1] : 0)),
  };
  const slowed = Array.from({ length: 30 }, (_, seed) => release(plan, slow, seed));
  expect(slowed.filter(({ guilty }) => guilty.includes("latency")).length).toBeGreaterThan(27);
});

test("a canary exactly at both its limits is shown safe, in a stage, no more often than promised", () => {
  const gates = [failuresGate({ limit: { ratio: 2, points: 0.005 }, margin: { ratio: 100 } })];
  const nature: Nature = { ...weather(300, 0.005), theta0: () => 0.005, theta: () => 0.01 };
  const plan: Plan = { gates, promised: PROMISED, stages: [[0.25, 60]], tickMs: 1000, promotes: true };
  expect(rate(plan, nature, ({ passed }) => passed > 0)).toBeLessThanOrEqual(MOST);
  // and one that is equal is shown safe
  expect(rate(plan, { ...nature, theta: () => 0.005 }, ({ passed }) => passed > 0, 30)).toBeGreaterThan(0.9);
});

test("a canary whose slow requests are exactly at the limit is shown safe no more often than promised", () => {
  // three times the slow share against a limit of two; a level of latency is 1.4 apart, the ratio 1.2 reaches the next
  const gates = [latencyGate({ ratio: 1, limit: 2, quantile: 0.9 })];
  const at = (levels: readonly number[]) => {
    const slow = 2;
    const cut = levels.findIndex((_, i) => levels.slice(i).reduce((a, b) => a + b, 0) <= 0.1);
    const over = levels.slice(cut).reduce((a, b) => a + b, 0);
    return levels.map((p, i) => (i >= cut ? slow * p : (p * (1 - slow * over)) / (1 - over)));
  };
  const nature: Nature = { ...weather(300, 0.005), levels: () => weather(1, 0.1).levels(0), canaryLevels: at };
  const plan: Plan = { gates, promised: PROMISED, stages: [[0.25, 60]], tickMs: 1000, promotes: true };
  expect(rate(plan, nature, ({ passed }) => passed > 0)).toBeLessThanOrEqual(MOST);
});
