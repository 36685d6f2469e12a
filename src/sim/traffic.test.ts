/** Invented traffic is what it is, however it is asked for and whatever was let go in between. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { TrafficPlan } from "../rollout/traffic.ts";
import { good, steady } from "./scenarios/truths.ts";
import { Traffic } from "./traffic.ts";

const START = Date.UTC(2026, 0, 1) + 300;
const plan = (version: number, canaryWeight: number) => ({ version, canaryWeight, mirrorWeight: 0, canary: {} });
/** A second plan goes live after 20 seconds. */
const planAt = (at: number) => (at < START ? null : plan(at < START + 20_000 ? 1 : 2, 1000)) as TrafficPlan | null;
const trafficOf = () => new Traffic(steady(40, good), 7, START, planAt);
const counts = { ask: "counts", failures: [], count: "requests", traffic: "live" } as const;
const times = { ask: "histogram", count: "requests", traffic: "live" } as const;
const whole = { from: START, to: START + 60_000 };

test("what was taken is let go and invented again, the same; what was met is the sum of what was counted", () => {
  const fresh = trafficOf();
  const [expectedCounts, expectedTimes] = [fresh.measure(counts, whole), fresh.measure(times, whole)];
  if (expectedCounts.kind !== "counts") throw new Error("there was traffic");
  const sum = (until: number) =>
    expectedCounts.ticks
      .filter(({ at }) => at < until)
      .reduce(
        (n, { canary, stable }) => [n[0] + canary.n, n[1] + canary.bad, n[2] + stable.n, n[3] + stable.bad],
        [0, 0, 0, 0],
      );
  fc.assert(
    fc.property(fc.array(fc.nat(60_000), { maxLength: 8 }), fc.nat(60_000), (takes, until) => {
      const traffic = trafficOf();
      for (const at of takes) {
        traffic.measure(times, { from: START, to: START + at });
        traffic.taken(START + at);
      }
      const to = Math.floor((START + until) / 1000) * 1000;
      const { canary, stable } = traffic.met(START, START + until);
      expect([canary.requests, canary.failures, stable.requests, stable.failures]).toEqual(sum(to));
      expect(traffic.measure(counts, whole)).toEqual(expectedCounts);
      expect(traffic.measure(times, whole)).toEqual(expectedTimes);
    }),
    { numRuns: 25 },
  );
});

test("nothing comes before the start, and what another plan makes untrue is forgotten", () => {
  let weight = 1000;
  const traffic = new Traffic(steady(400, good), 3, START, () => plan(1, weight) as TrafficPlan);
  expect(traffic.measure(counts, { from: START - 10_000, to: START - 1000 }).kind).toBe("noData");
  const shareIn = (from: number) => {
    const measured = traffic.measure(counts, { from: START + from, to: START + from + 10_000 });
    const ticks = measured.kind === "counts" ? measured.ticks : [];
    const [n, n0] = ticks.reduce(([a, b], { canary, stable }) => [a + canary.n, b + stable.n], [0, 0]);
    return n / (n + n0);
  };
  expect([shareIn(0), shareIn(20_000)].every((share) => share < 0.2)).toBe(true);
  weight = 5000;
  traffic.forget(START + 15_000);
  expect(shareIn(0)).toBeLessThan(0.2);
  expect(shareIn(20_000)).toBeGreaterThan(0.4);
});
