import fc from "fast-check";
import { expect, test } from "vitest";
import {
  counts,
  failed,
  failuresGate,
  histogramOf,
  histograms,
  latencyGate,
  lognormal,
  noData,
  promised,
  thresholdGate,
  value,
  where,
} from "../../test/analysis/made.ts";
import { binomial, poisson, seeded } from "../stats/random.ts";
import {
  alarms,
  enterStage,
  fold,
  initialEvidence,
  judge,
  mergeHarm,
  weightShares,
  type Evidence,
} from "./evidence.ts";
import { initialFailures } from "./failures.ts";
import type { Gate } from "./metric.ts";

const harmful = (gate: Gate, seconds: number, alarm: number): Evidence => {
  const random = seeded(1);
  const ticks = Array.from({ length: seconds }, () => {
    const [n, n0] = [poisson(random, 50), poisson(random, 950)];
    return { canary: { n, bad: binomial(random, n, 0.05) }, stable: { n: n0, bad: binomial(random, n0, 0.005) } };
  });
  return fold(gate, initialEvidence(gate), counts(ticks), where, alarm);
};
const quiet = (gate: Gate): Evidence => initialEvidence(gate);

test("shares of the budget: weights of what acts; a dry run has what it would have; a limit has none", () => {
  const gates = [
    failuresGate({}, { name: "a", weight: 2 }),
    latencyGate({}, { name: "b", weight: 1 }),
    failuresGate({}, { name: "dry", weight: 1, dryRun: true }),
    thresholdGate({}, { name: "limit" }),
  ];
  expect(weightShares(gates)).toEqual({ a: 2 / 3, b: 1 / 3, dry: 1 / 4, limit: 0 });
  const marks = alarms(gates, promised);
  expect(Math.exp(marks.a)).toBeCloseTo(150, 9);
  expect(Math.exp(marks.dry)).toBeCloseTo(400, 9);
  expect(marks.limit).toBe(Infinity);
});

test("one gate at its alarm takes the release back, alone among many quiet ones", () => {
  const gates = [failuresGate({}, { name: "bad" }), ...["b", "c", "d"].map((name) => failuresGate({}, { name }))];
  const marks = alarms(gates, promised);
  const evidence = Object.fromEntries(
    gates.map((gate) => [gate.name, gate.name === "bad" ? harmful(gate, 30, marks.bad) : quiet(gate)]),
  );
  expect(judge(gates[0], evidence.bad, promised, 0.25).verdict).toBe("fail");
  expect(mergeHarm(gates, evidence, promised)).toMatchObject({ rollback: true, guilty: ["bad"] });
});

test("several gates that are each below their alarm can reach it together; the loudest is named", () => {
  const gates = ["a", "b", "c"].map((name) => failuresGate({}, { name }));
  const standing = (name: string, e: number) => {
    const evidence = initialFailures(failuresGate({}, { name }));
    return { ...evidence, harm: { ...evidence.harm, logs: evidence.harm.logs.map(() => Math.log(e)) } };
  };
  // each alone would need 300; together an average of 100 is enough
  const evidence = { a: standing("a", 80), b: standing("b", 160), c: standing("c", 70) };
  for (const gate of gates)
    expect(judge(gate, evidence[gate.name as "a"], promised, 1 / 3).verdict).toBe("inconclusive");
  const { logHarm, ...merged } = mergeHarm(gates, evidence, promised);
  expect(merged).toEqual({ rollback: true, guilty: ["b"] });
  expect(logHarm).toBeGreaterThan(Math.log(100));
  expect(mergeHarm(gates, { ...evidence, b: standing("b", 130) }, promised)).toMatchObject({
    rollback: false,
    guilty: [],
  });
});

test("evidence that was boosted counts up to its gate's alarm and no further", () => {
  const gates = ["a", "b"].map((name) => failuresGate({}, { name }));
  const boosted = (bonus: number) => ({ ...initialFailures(gates[0]), bonus });
  const needed = Math.log(200);
  expect(mergeHarm(gates, { a: boosted(needed - 0.1), b: boosted(-50) }, promised).rollback).toBe(false);
  expect(mergeHarm(gates, { a: boosted(needed), b: boosted(-50) }, promised)).toEqual({
    // what is shown is what decides: a rollback is never below its mark
    logHarm: expect.closeTo(Math.log(100), 9),
    rollback: true,
    guilty: ["a"],
  });
});

test("what is only tried out does not take back, and costs the others nothing", () => {
  const dry = failuresGate({}, { name: "dry", dryRun: true });
  const gate = latencyGate();
  const evidence = { dry: harmful(dry, 60, alarms([dry, gate], promised).dry), latency: quiet(gate) };
  expect(judge(dry, evidence.dry, promised, weightShares([dry, gate]).dry).verdict).toBe("fail");
  expect(mergeHarm([dry, gate], evidence, promised)).toEqual({ logHarm: 0, rollback: false, guilty: [] });
  expect(weightShares([dry, gate]).latency).toBe(1);
});

test("no gates, no evidence, gates without evidence: no harm", () => {
  expect(mergeHarm([], {}, promised)).toEqual({ logHarm: 0, rollback: false, guilty: [] });
  expect(mergeHarm([failuresGate(), latencyGate(), thresholdGate()], {}, promised)).toEqual({
    logHarm: 0,
    rollback: false,
    guilty: [],
  });
});

test("no data and errors are neither for nor against, and harm is not forgotten", () => {
  const gate = failuresGate();
  const marks = alarms([gate], promised);
  const evidence = harmful(gate, 60, marks.failures);
  for (const silence of [noData(60), failed(60)]) {
    expect(fold(gate, quiet(gate), silence, where)).toEqual({ ...quiet(gate), look: expect.anything() });
    expect(judge(gate, fold(gate, evidence, silence, where, marks.failures), promised, 1).verdict).toBe("fail");
  }
  expect(judge(gate, fold(gate, quiet(gate), failed(), where), promised, 1)).toMatchObject({
    verdict: "error",
    measured: false,
  });
  expect(judge(gate, fold(gate, quiet(gate), noData(), where), promised, 1)).toMatchObject({
    verdict: "inconclusive",
    measured: false,
  });
});

test("a measurement of the wrong kind is an error of the source", () => {
  const wrong: readonly [Gate, Parameters<typeof fold>[2]][] = [
    [failuresGate(), value(1)],
    [latencyGate(), counts([])],
    [thresholdGate(), histograms([])],
  ];
  for (const [gate, measurement] of wrong) {
    const { verdict, reason } = judge(gate, fold(gate, quiet(gate), measurement, where), promised, 1);
    expect(verdict).toBe("error");
    expect(reason).toBe(
      `could not measure: the source answered with a ${measurement.kind} where the ${gate.kind} gate cannot use one`,
    );
  }
});

test("a gate whose kind was changed begins anew", () => {
  const old = harmful(failuresGate(), 30, 5);
  const gate = latencyGate({}, { name: "failures" });
  expect(judge(gate, old, promised, 1)).toMatchObject({ verdict: "inconclusive", logHarm: 0 });
  expect(enterStage(gate, old, where).kind).toBe("latency");
  expect(mergeHarm([gate], { failures: old }, promised).rollback).toBe(false);
  expect(fold(gate, old, histograms([]), where).kind).toBe("latency");
});

test("an error that is no one's numbers is not swallowed", () => {
  const gate = failuresGate();
  expect(() => fold(gate, quiet(gate), null as never, where)).toThrow(TypeError);
});

test("notes of a source are kept short, so that evidence stays small", () => {
  const gate = failuresGate();
  const evidence = fold(gate, quiet(gate), failed(0, "x".repeat(10_000)), where);
  expect(JSON.stringify(evidence).length).toBeLessThan(4096);
});

test("every kind of evidence survives JSON", () =>
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = seeded(seed);
      const seen = histograms(
        Array.from({ length: 15 }, () => ({
          stable: histogramOf(lognormal(random, 200)),
          canary: histogramOf(lognormal(random, 20)),
        })),
      );
      const all: Evidence[] = [
        harmful(failuresGate(), 5, 5),
        fold(latencyGate(), quiet(latencyGate()), seen, where),
        fold(thresholdGate(), quiet(thresholdGate()), value(3), where),
      ];
      for (const evidence of all) expect(JSON.parse(JSON.stringify(evidence))).toEqual(evidence);
    }),
    { numRuns: 10 },
  ));
