import { expect, test } from "vitest";
import {
  type Counted,
  amounts,
  counts,
  failuresGate,
  histogramOf,
  histograms,
  latencyGate,
  lognormal,
  meanGate,
  where,
} from "../../test/analysis/made.ts";
import { detectorAlarm } from "../stats/detector.ts";
import { binomial, geometric, poisson, seeded, type Random } from "../stats/random.ts";
import { fold, initialEvidence } from "./evidence.ts";
import { comparedFrom, foldWatched, frozenLevel, judgeWatched, mergeWatched, type Watched } from "./watched.ts";

const gate = failuresGate({ count: "requests" });
const HOUR = 3_600_000;
const ALARM = detectorAlarm(HOUR);

const tick = (n: number, bad: number, n0 = 0, bad0 = 0): Counted => ({
  canary: { n, bad },
  stable: { n: n0, bad: bad0 },
  plan: 1,
});
const baseline = (n0: number, bad0: number, n = 0, bad = 0) => frozenLevel(counts([tick(n, bad, n0, bad0)]), 2);

/** Folds seconds of requests until it would be taken back; how many that took, or `limit`. */
function run(begin: Watched, seed: number, limit: number, draw: (random: Random, s: number) => Counted): number {
  const random = seeded(seed);
  let watched = begin;
  for (let s = 0; s < limit; s++) {
    watched = foldWatched(gate, watched, counts([draw(random, s)], 1000, s), { ...where, plannedMs: Infinity });
    if (mergeWatched([gate], { failures: watched }, ALARM).harmful) return s;
  }
  return limit;
}
/** Latencies around a median, and amounts around a mean. */
const drawn = (random: Random, n: number, factor: number) => histogramOf(lognormal(random, n, factor));
const spread = (random: Random, n: number, around: number) =>
  Array.from({ length: n }, () => around * (0.5 + random()));
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

test("a level is what the last minutes leave open, times the margin; stable's where it was asked enough", () => {
  const level = baseline(10_000, 100, 10_000, 900);
  expect(level.baseline).toEqual({ n: 10_000, bad: 100 });
  expect(level.level).toBeGreaterThan(0.02);
  expect(level.level).toBeLessThan(0.026);
  expect(baseline(500, 5, 500, 15).baseline).toEqual({ n: 1000, bad: 20 });
  expect(baseline(5000, 0).level).toBeCloseTo((2 * 3) / 5000, 4);
  expect(baseline(0, 0).baseline).toBeNull();
  expect(baseline(1000, 1000).level).toBeLessThan(1);
});

test("while requests fail at the level it runs as long as promised on average, and at stable's rate much longer", () => {
  const begin = { ...baseline(100_000, 1000), phi: 1 };
  const at = (theta: number) =>
    mean(
      Array.from({ length: 16 }, (_, i) => run(begin, i, 9000, (random) => tick(100, binomial(random, 100, theta)))),
    );
  expect(at(begin.level)).toBeGreaterThan(HOUR / 1000);
  expect(at(0.01)).toBe(9000);
  expect(at(3 * begin.level)).toBeLessThan(15);
});

test("failures in bursts are tempered by what the baseline showed", () => {
  const random = seeded(8);
  const clustered = (times: number) => {
    let sum = 0;
    for (let client = poisson(random, times / 3); client > 0; client--) sum += geometric(random, 1 / 3);
    return sum;
  };
  const frozen = frozenLevel(counts(Array.from({ length: 300 }, () => tick(0, 0, 1000, clustered(10)))), 2);
  expect(frozen).toMatchObject({ bursts: true });
  expect(frozen.phi).toBeGreaterThan(4);
});

test("it says what it counted, since when it fails, and why it cannot say anything", () => {
  const says = (watched: Watched) => judgeWatched(gate, watched, ALARM, 1);
  expect(says(baseline(0, 0))).toMatchObject({
    measured: false,
    reason: expect.stringContaining("no level to compare"),
  });
  const level = { ...baseline(100_000, 1000), phi: 1 };
  expect(says(level)).toMatchObject({ measured: false, reason: "no request was counted since the promotion" });
  const on = (from: Watched, list: readonly Counted[]) => foldWatched(gate, from, counts(list), where);
  const well = on(
    level,
    Array.from({ length: 60 }, () => tick(100, 1)),
  );
  expect(says(well)).toMatchObject({
    measured: true,
    reason: "60 of 6,000 requests failed, 1 %; up to 2.1 % is tolerated",
  });
  const ill = on(
    well,
    Array.from({ length: 10 }, () => tick(100, 30)),
  );
  expect(says(ill).reason).toBe("within 10s 300 of 1,000 requests failed, 30 %; up to 2.1 % is tolerated");
  const away = foldWatched(gate, well, { kind: "error", window: { from: 0, to: 1 }, reason: "away" }, where);
  expect(says(away).reason).toBe("could not measure: away");
  const wrong = on(well, [tick(1, 2)]);
  expect(says(wrong).reason).toMatch(/could not measure: bad must be at most n/);
});

test("ticks of plans before the watch are none of its", () => {
  const level = baseline(100_000, 1000);
  const folded = foldWatched(gate, level, counts([tick(100, 50)]), { ...where, stagePlan: 2 });
  expect(folded).toMatchObject({ total: { n: 0, bad: 0 } });
});

test("with a holdback gates go on comparing: a shock that hits both is no harm, and one promise holds for all", () => {
  const gates = [failuresGate(), latencyGate()];
  const before = fold(gates[0], initialEvidence(gates[0]), counts([tick(100, 1, 900, 9)]), where);
  const compared = comparedFrom(gates[0], before);
  expect(compared).toMatchObject({ kind: "compared", evidence: { total: { n: 0 }, harm: { blocks: 1 } } });
  const shocked = Array.from({ length: 200 }, (_, s) => tick(900, s < 100 ? 300 : 9, 100, s < 100 ? 33 : 1));
  const after = foldWatched(gates[0], compared as Watched, counts(shocked), where);
  expect(mergeWatched(gates, { failures: after }, ALARM).harmful).toBe(false);
  const harmed = foldWatched(gates[0], after, counts(Array.from({ length: 200 }, () => tick(900, 90, 100, 1))), where);
  const merged = mergeWatched(gates, { failures: harmed }, ALARM);
  expect(merged).toMatchObject({ harmful: true, guilty: ["failures"] });
  expect(judgeWatched(gates[0], harmed, ALARM, 1).reason).toMatch(/the new revision failed .* the one before/);
  expect(mergeWatched([{ ...gates[0], dryRun: true }], { failures: harmed }, ALARM).harmful).toBe(false);
});

test("latency and amounts go on being compared too, by the thresholds that the release has fixed", () => {
  const random = seeded(21);
  const slow = latencyGate();
  const seconds = (times: number) =>
    histograms(
      Array.from({ length: 60 }, () => ({ stable: drawn(random, 200, 1), canary: drawn(random, 200, times) })),
    );
  const released = fold(slow, initialEvidence(slow), seconds(1), where);
  const latency = comparedFrom(slow, released) as Watched;
  expect(latency).toMatchObject({
    evidence: { stage: { n: 0 }, thresholds: expect.arrayContaining([expect.anything()]) },
  });
  const well = foldWatched(slow, latency, seconds(1), where);
  expect(mergeWatched([slow], { latency: well }, ALARM).harmful).toBe(false);
  expect(mergeWatched([slow], { latency: foldWatched(slow, well, seconds(2), where) }, ALARM).harmful).toBe(true);
  const tokens = meanGate();
  const costly = (canary: number) =>
    amounts(
      tokens,
      Array.from({ length: 60 }, () => ({ stable: spread(random, 20, 400), canary: spread(random, 20, canary) })),
    );
  const cheap = foldWatched(tokens, comparedFrom(tokens, undefined) as Watched, costly(400), where);
  expect(mergeWatched([tokens], { tokens: cheap }, ALARM).harmful).toBe(false);
  const dear = foldWatched(tokens, cheap, costly(800), where);
  expect(mergeWatched([tokens], { tokens: dear }, ALARM)).toMatchObject({ harmful: true, guilty: ["tokens"] });
});

test("what the release has learnt of bursts is kept", () => {
  const before = fold(
    gate,
    initialEvidence(gate),
    counts(Array.from({ length: 120 }, () => tick(50, 1, 950, 10))),
    where,
  );
  const compared = comparedFrom(gate, before);
  expect(compared).toMatchObject({ evidence: { bursts: { phi: 1 } } });
});

test("a gate that follows a rule watches nothing; what is remembered is JSON of constant size", () => {
  const limit = {
    ...gate,
    kind: "threshold",
    threshold: { value: "p99", arm: "canary", max: 1, everyMs: 1000, failures: 5 },
  };
  expect(comparedFrom(limit as never, undefined)).toBeNull();
  const level = baseline(100_000, 1000);
  const long = foldWatched(gate, level, counts(Array.from({ length: 5000 }, () => tick(100, 1))), where);
  expect(JSON.parse(JSON.stringify(long))).toEqual(long);
  expect(JSON.stringify(long).length).toBeLessThan(1500);
});
