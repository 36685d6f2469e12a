import { expect, test } from "vitest";
import { ALARM, interval, promised, seriesGate, where } from "../../test/analysis/made.ts";
import { normal, seeded, type Random } from "../stats/random.ts";
import { enterStage, fold, initialEvidence, judge, mergeHarm, type Evidence } from "./evidence.ts";
import type { SeriesGate } from "./metric.ts";
import type { SeriesEvidence } from "./series-gate.ts";

/** Minutes whose shared level jumps about; arms differ by noise of their own that remembers. */
function* minutes(
  random: Random,
  factor: number,
  phi = 0,
  sd = 0.05,
): Generator<readonly [stable: number, canary: number]> {
  let [a, b] = [0, 0];
  for (;;) {
    const shock = 100 * Math.exp(0.3 * normal(random));
    const fresh = () => sd * Math.sqrt(1 - phi * phi) * normal(random);
    [a, b] = [phi * a + fresh(), phi * b + fresh()];
    yield [shock * Math.exp(a), factor * shock * Math.exp(b)];
  }
}

function after(gate: SeriesGate, seed: number, n: number, factor: number, phi = 0): SeriesEvidence {
  const series = minutes(seeded(seed), factor, phi);
  let evidence: Evidence = initialEvidence(gate);
  for (let k = 0; k < n; k++) {
    const { value } = series.next() as IteratorYieldResult<readonly [number, number]>;
    evidence = fold(gate, evidence, interval(gate, ...value, k), where, ALARM);
  }
  return evidence as SeriesEvidence;
}

test("40 % more is found in half an hour of minutes, and every word of it says how weak that is", () => {
  const gate = seriesGate({ unit: "ms" });
  const evidence = after(gate, 1, 33, 1.4);
  const { verdict, reason, numbers } = judge(gate, evidence, promised, 1);
  expect(verdict).toBe("fail");
  expect(reason).toMatch(
    /^time-series grade: (\d+) of \1 blocks of 3 intervals beyond the margin of 1\.1 times \(last canary [\d.]+ ms, stable [\d.]+ ms\)$/,
  );
  expect(numbers["ratio"]).toBeCloseTo(1.4, 1);
  expect(mergeHarm([gate], { load: evidence }, promised)).toMatchObject({ rollback: true, guilty: ["load"] });
});

test("what is alike passes; without a history it says that it never acts", () => {
  const known = judge(seriesGate(), after(seriesGate(), 2, 60, 1), promised, 1);
  expect(known.verdict).toBe("pass");
  expect(known.reason).toMatch(
    /^time-series grade: \d+ of \d+ blocks of 3 intervals of this stage below 1\.2 times stable's/,
  );
  const gate = seriesGate({ history: null });
  const { reason } = judge(gate, after(gate, 2, 2, 1), promised, 1);
  expect(reason).toBe(
    "time-series grade, without an A/A history, so it reports and never acts: 2 of the 3 intervals of this stage's first block",
  );
});

test("lower can be worse, and a margin an amount", () => {
  const gate = seriesGate({ worse: "lower", margin: { amount: 5 }, limit: { amount: 10 }, block: 1 });
  const fold12 = (canary: number) => {
    let evidence: Evidence = initialEvidence(gate);
    for (let k = 0; k < 12; k++) evidence = fold(gate, evidence, interval(gate, 100, canary, k), where, ALARM);
    return judge(gate, evidence, promised, 1);
  };
  expect(fold12(90)).toMatchObject({ verdict: "fail" });
  expect(fold12(90).reason).toContain("12 of 12 blocks beyond the margin of 5 less");
  expect(fold12(100)).toMatchObject({ verdict: "pass" });
});

test("an interval without a number, or without a logarithm, is not compared; a stage begins with a new block", () => {
  const gate = seriesGate();
  const first = fold(gate, initialEvidence(gate), interval(gate, 100, 100), where, ALARM) as SeriesEvidence;
  const missed = fold(gate, first, interval(gate, 100, null, 1), where, ALARM) as SeriesEvidence;
  expect(missed.look).toMatchObject({ last: "noData", why: "no value of canary in this interval" });
  expect(missed.open).toEqual(first.open);
  const zero = fold(gate, first, interval(gate, 0, 100, 1), where, ALARM) as SeriesEvidence;
  expect(judge(gate, zero, promised, 1)).toMatchObject({ verdict: "error" });
  expect((enterStage(gate, first, where) as SeriesEvidence).open.n).toBe(0);
  expect(JSON.stringify(after(gate, 3, 200, 1)).length).toBeLessThan(2048);
});

test("blocks as long as the history asks for keep the promise where the noise remembers; shorter ones would not", () => {
  const runs = 300;
  const alarms = (block: number) => {
    // exactly at the margin, an hour of minutes, neighbours correlated by 0.5
    const gate = seriesGate({ block, margin: { ratio: 1.1 } });
    const taken = (seed: number) => {
      const evidence = after(gate, seed, 60, 1.1, 0.5);
      return judge(gate, evidence, { falseRollback: 0.05, falsePromotion: 0.05 }, 1).verdict === "fail";
    };
    return Array.from({ length: runs }, (_, i) => taken(1000 + i)).filter(Boolean).length;
  };
  expect(alarms(9)).toBeLessThanOrEqual(runs * 0.05 + 3 * Math.sqrt(runs * 0.05 * 0.95));
  expect(alarms(1)).toBeGreaterThan(runs * 0.05);
});
