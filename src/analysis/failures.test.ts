import fc from "fast-check";
import { expect, test } from "vitest";
import { ALARM, counts, failuresGate, noData, promised, where, type Counted } from "../../test/analysis/made.ts";
import { binomial, poisson, seeded, type Random } from "../stats/random.ts";
import { enterStage, fold, initialEvidence, judge } from "./evidence.ts";
import { decidingFailures, logFailuresHarm, type FailuresEvidence } from "./failures.ts";
import type { Circumstances } from "./circumstances.ts";
import type { FailuresGate } from "./metric.ts";

const run = (
  gate: FailuresGate,
  ticks: readonly Counted[],
  alarm = ALARM,
  at: Circumstances = where,
  ms = 1000,
): FailuresEvidence => fold(gate, initialEvidence(gate), counts(ticks, ms), at, alarm) as FailuresEvidence;

const tick = (n: number, bad: number, n0: number, bad0: number, plan = 1): Counted => ({
  canary: { n, bad },
  stable: { n: n0, bad: bad0 },
  plan,
});
const invented = (
  random: Random,
  seconds: number,
  theta: number,
  theta0: number,
  perSecond = 1000,
  share = 0.05,
): Counted[] =>
  Array.from({ length: seconds }, () => {
    const [n, n0] = [poisson(random, perSecond * share), poisson(random, perSecond * (1 - share))];
    return tick(n, binomial(random, n, theta), n0, binomial(random, n0, theta0));
  });

const ticks = fc.array(
  fc.record({ n: fc.nat(80), n0: fc.nat(300), plan: fc.constantFrom(1, 1, 1, 2) }).chain(({ n, n0, plan }) =>
    fc.record({
      n: fc.constant(n),
      n0: fc.constant(n0),
      plan: fc.constant(plan),
      bad: fc.nat(Math.min(n, 4)),
      bad0: fc.nat(Math.min(n0, 4)),
    }),
  ),
  { maxLength: 30 },
);
const asTicks = (drawn: readonly { n: number; bad: number; n0: number; bad0: number; plan: number }[]): Counted[] =>
  drawn.toSorted((a, b) => a.plan - b.plan).map(({ n, bad, n0, bad0, plan }) => tick(n, bad, n0, bad0, plan));
const gates = fc.constantFrom(
  failuresGate(),
  failuresGate({ margin: { ratio: 1 } }),
  failuresGate({ margin: { points: 0.01 }, limit: { points: 0.02 } }),
);

test("without a single failure there is no evidence of harm, however long it lasts", () => {
  const evidence = run(
    failuresGate(),
    Array.from({ length: 5000 }, () => tick(50, 0, 950, 0)),
  );
  expect(logFailuresHarm(evidence)).toBe(0);
  expect(decidingFailures(evidence)).toBe(0);
});

test("ticks without a canary request change nothing but totals and the past", () =>
  fc.assert(
    fc.property(fc.array(fc.nat(300), { minLength: 1, maxLength: 20 }), (stable) => {
      const evidence = run(
        failuresGate(),
        stable.map((n0) => tick(0, 0, n0, Math.min(3, n0))),
      );
      expect(logFailuresHarm(evidence)).toBe(0);
      expect(evidence.total.n0).toBe(stable.reduce((a, b) => a + b, 0));
    }),
  ));

test("how a run of ticks is cut into measurements makes no difference", () =>
  fc.assert(
    fc.property(
      gates,
      ticks,
      fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 30 }),
      (gate, drawn, cuts) => {
        const all = asTicks(drawn);
        let evidence = initialEvidence(gate);
        let at = 0;
        for (const cut of [...cuts, all.length]) {
          const part = all.slice(at, at + cut);
          evidence = fold(gate, evidence, counts(part, 1000, at), where, ALARM);
          at += part.length;
        }
        expect({ ...evidence, look: null }).toEqual({ ...run(gate, all), look: null });
      },
    ),
  ));

test("shards add up: what workers counted is what one would have counted", () =>
  fc.assert(
    fc.property(ticks, ticks, (a, b) => {
      const length = Math.min(a.length, b.length);
      const [one, other] = [a, b].map((drawn) =>
        drawn.slice(0, length).map(({ n, bad, n0, bad0 }) => tick(n, bad, n0, bad0)),
      );
      const merged = one.map(({ canary, stable }, k) => {
        const [c, s] = [other[k].canary, other[k].stable];
        return tick(canary.n + c.n, canary.bad + c.bad, stable.n + s.n, stable.bad + s.bad);
      });
      const { total } = run(failuresGate(), merged);
      const sums = [run(failuresGate(), one).total, run(failuresGate(), other).total];
      expect(total).toEqual({
        n: sums[0].n + sums[1].n,
        bad: sums[0].bad + sums[1].bad,
        n0: sums[0].n0 + sums[1].n0,
        bad0: sums[0].bad0 + sums[1].bad0,
      });
    }),
  ));

test("reading changes nothing; evidence that was handed out never changes", () =>
  fc.assert(
    fc.property(gates, ticks, (gate, drawn) => {
      const all = asTicks(drawn);
      let [read, unread] = [initialEvidence(gate), initialEvidence(gate)];
      for (const [k, one] of all.entries()) {
        const before = structuredClone(read);
        const next = fold(gate, read, counts([one], 1000, k), where, ALARM);
        judge(gate, next, promised, 1);
        judge(gate, next, promised, 1);
        expect(read).toEqual(before);
        read = next;
        unread = fold(gate, unread, counts([one], 1000, k), where, ALARM);
      }
      expect(read).toEqual(unread);
    }),
  ));

test("evidence is JSON: put down and taken up again it goes on to the last bit", () =>
  fc.assert(
    fc.property(gates, ticks, fc.nat(30), (gate, drawn, cut) => {
      const all = asTicks(drawn);
      const first = fold(gate, initialEvidence(gate), counts(all.slice(0, cut)), where, ALARM);
      const taken = JSON.parse(JSON.stringify(first)) as FailuresEvidence;
      const rest = counts(all.slice(cut), 1000, cut);
      expect(fold(gate, taken, rest, where, ALARM)).toStrictEqual(fold(gate, first, rest, where, ALARM));
    }),
  ));

test("its size does not depend on how long the release lasts", () => {
  const random = seeded(8);
  for (const gate of [failuresGate(), failuresGate({ margin: { points: 0.01 } })]) {
    let evidence = initialEvidence(gate);
    for (let day = 0; day < 5; day++)
      evidence = fold(gate, evidence, counts(invented(random, 4000, 0.05, 0.03), 60_000, day * 4000), where, ALARM);
    expect(JSON.stringify(evidence).length).toBeLessThan(4096);
  }
});

test("four failures of four, at 5 % of traffic, are enough", () => {
  const evidence = run(failuresGate({ margin: { ratio: 1 } }), [
    tick(5, 1, 95, 0),
    tick(5, 1, 95, 0),
    tick(5, 1, 95, 0),
    tick(5, 1, 95, 0),
  ]);
  expect(judge(failuresGate(), evidence, promised, 1)).toMatchObject({
    verdict: "fail",
    reason: expect.stringContaining("canary failed 4 of 20 visits, stable none of 380"),
  });
});

test("what reached its alarm stays there, however well it goes afterwards", () => {
  const bad = Array.from({ length: 8 }, () => tick(5, 2, 95, 0));
  const evidence = run(failuresGate(), [...bad, ...Array.from({ length: 500 }, () => tick(50, 0, 950, 10))]);
  expect(decidingFailures(evidence)).toBeGreaterThanOrEqual(ALARM);
  expect(judge(failuresGate(), evidence, promised, 1).verdict).toBe("fail");
});

test("boosted evidence decides no later than plain, mostly sooner; what is shown is plain", () => {
  const gate = failuresGate({ margin: { ratio: 1 } });
  let [sooner, later] = [0, 0];
  for (let seed = 0; seed < 60; seed++) {
    const all = invented(seeded(seed), 400, 0.005, 0.001);
    const first = (alarm: number, decides: (evidence: FailuresEvidence) => number) => {
      let evidence = initialEvidence(gate) as FailuresEvidence;
      for (let k = 0; k < all.length; k++) {
        evidence = fold(gate, evidence, counts([all[k]], 1000, k), where, alarm) as FailuresEvidence;
        if (decides(evidence) >= ALARM) return k;
      }
      return all.length;
    };
    const [plain, boosted] = [first(Infinity, logFailuresHarm), first(ALARM, decidingFailures)];
    if (boosted < plain) sooner++;
    if (boosted > plain) later++;
  }
  expect(later).toBe(0);
  expect(sooner).toBeGreaterThan(15);
});

test("Simpson's ramp: equal arms, a level that rises with the share: no evidence, and words that compare within ticks", () => {
  const random = seeded(4);
  const stages = [0.01, 0.05, 0.25, 0.5].flatMap((share, stage) =>
    invented(random, 150, 0.002 + 0.003 * stage, 0.002 + 0.003 * stage, 1000, share),
  );
  const evidence = run(failuresGate({ margin: { ratio: 1 } }), stages);
  const { canaryRate, stableRate, ratio } = judge(failuresGate(), evidence, promised, 1).numbers;
  expect(canaryRate / stableRate).toBeGreaterThan(1.4);
  expect(ratio).toBeCloseTo(1, 0);
  expect(logFailuresHarm(evidence)).toBeLessThan(Math.log(20));
});

test("safety: an equal canary passes; one at its limit does not; the next stage begins anew", () => {
  const gate = failuresGate({ limit: { points: 0.005 } });
  const equal = run(gate, invented(seeded(1), 240, 0.005, 0.005));
  expect(judge(gate, equal, promised, 1)).toMatchObject({
    verdict: "pass",
    reason: expect.stringMatching(/in this stage: shown to be less than 0.5 points above stable's rate/),
  });
  expect(judge(gate, run(gate, invented(seeded(2), 240, 0.01, 0.005)), promised, 1).verdict).not.toBe("pass");
  const next = enterStage(gate, equal, { ...where, stagePlan: 2, stage: 1, stages: 4 }, ALARM);
  expect(judge(gate, next, promised, 1)).toMatchObject({
    verdict: "inconclusive",
    reason: "no visits counted in this stage yet",
  });
});

test("ticks of an earlier plan are evidence of harm, but not of this stage's safety", () => {
  const gate = failuresGate({ margin: { ratio: 1 } });
  const late = { ...where, stagePlan: 2 };
  const evidence = run(gate, invented(seeded(3), 60, 0.05, 0.005), ALARM, late);
  expect(evidence.stage).toEqual({ n: 0, bad: 0, n0: 0, bad0: 0 });
  expect(evidence.safe.every((log) => log === 0)).toBe(true);
  expect(decidingFailures(evidence)).toBeGreaterThanOrEqual(ALARM);
});

test("thin ticks are joined under one plan, and never over two", () => {
  const gate = failuresGate({ margin: { ratio: 1 } });
  const one = run(gate, [tick(2, 1, 10, 0), tick(2, 1, 10, 0)]);
  expect(one.pool?.block).toEqual({ n: 4, bad: 2, n0: 20, bad0: 0 });
  expect(logFailuresHarm(one)).toBe(0);
  const two = run(gate, [tick(2, 1, 10, 0, 1), tick(2, 1, 10, 0, 2)]);
  expect(two.pool).toMatchObject({ plan: 2, block: { n: 2, bad: 1, n0: 10, bad0: 0 } });
  expect(two.past.n).toBe(2);
  expect(logFailuresHarm(two)).toBeGreaterThan(0);
});

test("a stage start is a moment at which a fault may begin: what waits is compared, and more is staked", () => {
  const gate = failuresGate();
  const before = run(gate, [tick(2, 1, 10, 0)]);
  const next = enterStage(gate, before, { ...where, stage: 1, stages: 4 }, ALARM) as FailuresEvidence;
  expect(next.pool).toBeNull();
  expect(next.past.n).toBe(2);
  expect(next.harm.stages).toBeGreaterThan(0);
  expect(before.harm.stages).toBe(0);
});

test("a margin in points, and failures that are common, are judged by the block form", () => {
  const gate = failuresGate({ margin: { points: 0.02 }, limit: { points: 0.05 } });
  expect(judge(gate, run(gate, invented(seeded(5), 120, 0.4, 0.3)), promised, 1)).toMatchObject({
    verdict: "fail",
    reason: expect.stringMatching(/points more often, beyond the margin of 2 points/),
  });
  expect(logFailuresHarm(run(gate, invented(seeded(6), 120, 0.31, 0.3)))).toBeLessThan(Math.log(20));
  const common = failuresGate({ margin: { ratio: 1 } });
  expect(judge(common, run(common, invented(seeded(7), 120, 0.4, 0.3)), promised, 1).verdict).toBe("fail");
});

test("a fault that begins late is found nearly as soon as one from the start", () => {
  const gate = failuresGate({ margin: { ratio: 1 } });
  const delay = (quiet: number, seed: number) => {
    const random = seeded(seed);
    let evidence = fold(
      gate,
      initialEvidence(gate),
      counts(invented(random, quiet, 0.001, 0.001)),
      where,
      ALARM,
    ) as FailuresEvidence;
    for (let k = 0; k < 600; k++) {
      evidence = fold(
        gate,
        evidence,
        counts(invented(random, 1, 0.005, 0.001), 1000, quiet + k),
        where,
        ALARM,
      ) as FailuresEvidence;
      if (decidingFailures(evidence) >= ALARM) return k;
    }
    return 600;
  };
  const mean = (quiet: number) =>
    Array.from({ length: 20 }, (_, seed) => delay(quiet, seed)).reduce((a, b) => a + b) / 20;
  expect(mean(1800)).toBeLessThan(3 * mean(0));
});

test.each([
  [[tick(1, 2, 10, 0)], "bad must be at most n (1), found 2"],
  [[tick(-1, 0, 10, 0)], "n must be a whole number of at least 0, found -1"],
  [[tick(1, 0, 10.5, 0)], "n0 must be a whole number of at least 0, found 10.5"],
  [[tick(50, 0, 950, 0), tick(1, Number.NaN, 10, 0)], "bad must be a whole number of at least 0, found NaN"],
])("numbers that cannot be counts are an error of the source, and nothing of them is folded", (wrong, why) => {
  const gate = failuresGate();
  const before = run(gate, invented(seeded(9), 10, 0.01, 0.01));
  const evidence = fold(gate, before, counts(wrong, 1000, 10), where, ALARM) as FailuresEvidence;
  expect({ ...evidence, look: null }).toEqual({ ...before, look: null });
  expect(judge(gate, evidence, promised, 1)).toMatchObject({ verdict: "error", reason: `could not measure: ${why}` });
});

test("what keeps a verdict open is said", () => {
  const gate = failuresGate();
  const reason = (evidence: ReturnType<typeof initialEvidence>) => judge(gate, evidence, promised, 1).reason;
  expect(reason(initialEvidence(gate))).toBe("not measured yet");
  expect(reason(fold(gate, initialEvidence(gate), noData(), where, ALARM))).toBe("no data: there were no requests");
  expect(reason(run(gate, [tick(0, 0, 40, 0)]))).toBe("no canary visits in this stage yet, stable has 40");
  expect(reason(run(gate, [tick(3, 0, 0, 0)]))).toBe("no stable visits in this stage to compare with, canary has 3");
  expect(reason(run(gate, [tick(5, 0, 95, 0)]))).toMatch(/^no harm seen; evidence for safety [\d.]+ of 100 needed$/);
});

test("a gap is marked, and what was known stays known", () => {
  const gate = failuresGate();
  const evidence = fold(
    gate,
    run(gate, [tick(5, 0, 95, 0)]),
    { ...counts([tick(5, 0, 95, 0)], 1000, 9), gap: "3 s: the machine slept" },
    where,
    ALARM,
  );
  expect(judge(gate, evidence, promised, 1).reason).toMatch(
    /\(not all of the time was recorded: 3 s: the machine slept\)$/,
  );
  expect(judge(gate, evidence, promised, 1).numbers).toMatchObject({ gaps: 1, canaryN: 10, stableN: 190 });
});

test("what a canary has cost is told with an interval, in points where the margin is in points", () => {
  const random = seeded(12);
  const cost = judge(failuresGate(), run(failuresGate(), invented(random, 300, 0.03, 0.01)), promised, 1).numbers;
  // 15,000 canary requests, 20 in 1,000 of them beyond what is usual
  expect(cost.excessLow).toBeLessThan(300);
  expect(cost.excess).toBeCloseTo(300, -2);
  expect(cost.excessHigh).toBeGreaterThan(300);
  expect(cost).not.toHaveProperty("differenceLow");
  const gate = failuresGate({ margin: { points: 0.01 } });
  const { differenceLow, differenceHigh } = judge(
    gate,
    run(gate, invented(random, 300, 0.03, 0.01)),
    promised,
    1,
  ).numbers;
  expect(differenceLow).toBeGreaterThanOrEqual(0.01);
  expect(differenceHigh).toBeLessThanOrEqual(0.05);
  expect(differenceLow).toBeLessThanOrEqual(0.02);
  expect(differenceHigh).toBeGreaterThanOrEqual(0.02);
});

test("a fault that came late is told of by what was counted since, not by the release's totals", () => {
  const random = seeded(21);
  const well = invented(random, 400, 0.005, 0.005, 1000, 0.25);
  const evidence = run(failuresGate(), [...well, ...invented(random, 4, 0.2, 0.005, 1000, 0.25)]);
  const { verdict, reason, numbers } = judge(failuresGate(), evidence, promised, 1);
  expect(verdict).toBe("fail");
  expect(numbers.ratio).toBeLessThan(2);
  const told = /^within (\d)s canary failed (\d+) of ([\d,]+) visits, .*: about (\d+) times as often, beyond/.exec(
    reason,
  );
  expect(told, reason).not.toBeNull();
  expect(Number(told?.[4])).toBeGreaterThan(10);
  expect(Number(told?.[3].replace(",", ""))).toBeLessThan(2000);
});

test("a ratio of totals that lies within the margin is not told as if it were beyond", () => {
  const evidence = run(failuresGate(), [...invented(seeded(3), 60, 0.05, 0.005)]);
  const told = { ...evidence, since: null, above: 110, below: 100 };
  expect(judge(failuresGate(), told, promised, 1).reason).toMatch(/ of [\d,]+: beyond the margin of 1.25 times$/);
});

test("all numbers of a verdict are finite", () =>
  fc.assert(
    fc.property(gates, ticks, (gate, drawn) => {
      const { numbers, logHarm, logSafe } = judge(gate, run(gate, asTicks(drawn)), promised, 0.5);
      for (const [name, number] of Object.entries({ ...numbers, logHarm, logSafe }))
        expect(Number.isFinite(number), name).toBe(true);
    }),
  ));
