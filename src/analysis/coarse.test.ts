import { expect, test } from "vitest";
import { ALARM, latencyGate, lognormal, promised, START, where } from "../../test/analysis/made.ts";
import type { Buckets } from "../stats/buckets.ts";
import { seeded, type Random } from "../stats/random.ts";
import { coarseHistogram, hidden, sightOf } from "./coarse.ts";
import { fold, initialEvidence, judge } from "./evidence.ts";
import { logLatencyHarm, type LatencyEvidence } from "./latency.ts";
import type { Measurement } from "./measurement.ts";

/** Prometheus' default bounds, in microseconds. */
const DEFAULT = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000].map((ms) => ms * 1000);
/** A native histogram of schema 3 has bounds 9 % apart. */
const FINE = Array.from({ length: 100 }, (_, i) => 1000 * 2 ** (i / 8));

function bucketsOf(bounds: readonly number[], us: readonly number[]): Buckets {
  const counts = Array<number>(bounds.length + 1).fill(0);
  for (const at of us) {
    const i = bounds.findIndex((bound) => at <= bound);
    counts[i < 0 ? bounds.length : i]++;
  }
  return { bounds, counts };
}

/** A minute of scrapes, 15 s apart. */
function scrapes(
  random: Random,
  bounds: readonly number[],
  slower: number,
  from: number,
): Measurement & { readonly kind: "histogram" } {
  const tick = (k: number) => ({
    at: START + (from + k) * 15_000,
    plan: 1,
    stable: coarseHistogram(bucketsOf(bounds, lognormal(random, 1500)), "stable"),
    canary: coarseHistogram(bucketsOf(bounds, lognormal(random, 300, slower)), "canary"),
  });
  return {
    kind: "histogram",
    window: { from: START + from * 15_000, to: START + (from + 4) * 15_000 },
    ticks: [0, 1, 2, 3].map(tick),
    bounds,
  };
}

const gate = latencyGate({ ratio: 1.2, limit: 2 });
const minutes = (seed: number, bounds: readonly number[], slower: number, many = 10): LatencyEvidence => {
  const random = seeded(seed);
  let evidence = initialEvidence(gate);
  for (let k = 0; k < many; k++) evidence = fold(gate, evidence, scrapes(random, bounds, slower, 4 * k), where, ALARM);
  return evidence as LatencyEvidence;
};

test("for harm the canary is taken at its quickest and stable at its slowest, for safety the other way round", () => {
  const buckets = bucketsOf([1000, 2000], [500, 1500, 1500, 9000]);
  const [canary, stable] = [coarseHistogram(buckets, "canary"), coarseHistogram(buckets, "stable")];
  expect(canary.done).toEqual(stable.doneForSafety);
  expect(stable.done).toEqual(canary.doneForSafety);
  expect(canary.done).not.toEqual(stable.done);
});

test("an equal canary is neither harmful nor, behind coarse buckets, wrongly safe; a far slower one is found", () => {
  for (const bounds of [DEFAULT, FINE]) {
    expect(logLatencyHarm(gate, minutes(1, bounds, 1))).toBeLessThan(Math.log(20));
    expect(logLatencyHarm(gate, minutes(2, bounds, 6))).toBeGreaterThanOrEqual(ALARM);
  }
});

test("20 % more than is allowed: fine buckets see it, coarse ones do not and say so", () => {
  expect(judge(gate, minutes(3, FINE, 1.6), promised, 1).verdict).toBe("fail");
  const verdict = judge(gate, minutes(3, DEFAULT, 1.6), promised, 1);
  expect(verdict.verdict).toBe("inconclusive");
  expect(verdict.reason).toMatch(
    /the source's buckets only tell over 500 ms from over 250 ms: a canary less than 2 times slower may go unseen/,
  );
});

test("fine buckets show safety, and hide nothing", () => {
  const verdict = judge(gate, minutes(4, FINE, 0.9), promised, 1);
  expect(verdict.verdict).toBe("pass");
  expect(verdict.reason).not.toMatch(/buckets/);
});

test("a canary at its limit of slow requests does not pass for safe behind coarse buckets", () => {
  let passed = 0;
  for (let seed = 0; seed < 40; seed++)
    if (judge(gate, minutes(seed, DEFAULT, 2, 6), promised, 1).verdict === "pass") passed++;
  expect(passed).toBe(0);
});

test("in words", () => {
  expect(hidden({ stable: 250_000, canary: 300_000 }, 1.2)).toBeNull();
  expect(hidden({ stable: 250_000, canary: 500_000 }, 1.2)).toMatch(/less than 2 times slower may go unseen/);
  expect(hidden(sightOf([1000, 2000], 200, 210), 1.2)).toMatch(/end too early/);
  expect(hidden(sightOf([1e7, 2e7], 50, 60), 1.2)).toMatch(/begin too late/);
});
