import { expect, test } from "vitest";
import { specSchema, type Spec } from "../../rollout/spec.ts";
import { stepsOf } from "../../rollout/strategies/index.ts";
import { assumptionOf, readAssumptions } from "../assume.ts";
import { planOf } from "./index.ts";
import { splitAt, stagesOf } from "./stages.ts";
import { span } from "./words.ts";

const specOf = (more: object = {}): Spec => ({
  name: "shop",
  ...specSchema.parse({
    stable: { revision: "v1", backends: ["http://127.0.0.1:1"] },
    canary: { revision: "v2", backends: ["http://127.0.0.1:2"] },
    strategy: { canary: { weights: [1, 5, 25], stage: "10m" } },
    ...more,
  }),
});
const assuming = (...words: string[]) => assumptionOf(readAssumptions(words));
const usual = assuming("traffic=200/s", "stable.failures=0.2%", "canary.failures=0.6%");
const gateAt = (spec: Spec, stage: number, gate = 0) => planOf(spec, usual).stages[stage].gates[gate];

test("the example of the theory: 5 % of 200 a second, 0.2 % to 0.6 %, no margin, all of the budget", () => {
  const gates = [{ name: "failures", failures: { margin: { ratio: 1 } } }];
  const look = gateAt(specOf({ gates, strategy: { abTest: { weight: 5, for: "2h" } } }), 0);
  // 239 s on average and 554 s in 19 of 20 cases with all of 1 %; the onset prior keeps a part of it for later
  expect((look.noticed.meanMs ?? 0) / 1000).toBeGreaterThan(235);
  expect((look.noticed.meanMs ?? 0) / 1000).toBeLessThan(270);
  expect((look.noticed.ms ?? 0) / 1000).toBeGreaterThan(540);
  expect((look.noticed.ms ?? 0) / 1000).toBeLessThan(620);
  expect(look.extra[1]).toBeGreaterThan(20);
  expect(look.extra[1]).toBeLessThan(26);
  expect(look.method).toBe("exact");
});

test("the closed form stands beside the exact times, within a tenth", () => {
  for (const stage of [0, 1, 2]) {
    const { noticed, closed } = gateAt(specOf(), stage);
    expect(Math.abs((closed.meanMs ?? 0) / (noticed.meanMs ?? 1) - 1)).toBeLessThan(0.1);
    expect(Math.abs((closed.ms ?? 0) / (noticed.ms ?? 1) - 1)).toBeLessThan(0.1);
  }
});

test("a greater share is quicker, a margin and other gates make it slower, a late harm is dearer", () => {
  const [one, five, quarter] = [0, 1, 2].map((stage) => gateAt(specOf(), stage));
  expect(one.noticed.meanMs).toBeGreaterThan(five.noticed.meanMs ?? Infinity);
  expect(five.noticed.meanMs).toBeGreaterThan(quarter.noticed.meanMs ?? Infinity);
  const alone = gateAt(specOf({ gates: [{ name: "failures", failures: {} }] }), 1);
  expect(five.noticed.meanMs).toBeGreaterThan(alone.noticed.meanMs ?? Infinity);
  const strict = gateAt(specOf({ gates: [{ name: "failures", failures: { margin: { ratio: 1 } } }] }), 1);
  expect(alone.noticed.meanMs).toBeGreaterThan(strict.noticed.meanMs ?? Infinity);
  expect(five.late.meanMs).toBeGreaterThan(five.noticed.meanMs ?? Infinity);
  expect(five.boundMs).toBeLessThan(five.noticed.meanMs ?? 0);
});

test("the least harm that is seen within a stage is seen in 19 of 20 cases, and what is half of it is not", () => {
  const { smallest } = gateAt(specOf(), 1);
  const seen = (failures: number) => {
    const words = ["traffic=200/s", "stable.failures=0.2%", `canary.failures=${failures * 100}%`];
    return planOf(specOf(), assuming(...words)).stages[1].gates[0].chance ?? 0;
  };
  expect(seen(smallest ?? 0)).toBeCloseTo(0.95, 2);
  expect(seen((smallest ?? 0) / 2)).toBeLessThan(0.5);
});

test("a ramp that cannot see what its author fears is warned of, with what it sees", () => {
  const { warnings, sentence } = planOf(specOf(), usual);
  expect(warnings[0]).toMatch(
    /^stage 1 at 1 % cannot see what failures is to guard against: a canary that fails 0.6 % is noticed within its 10m in \d+ of 100 cases only; the least that it sees is .* %/,
  );
  expect(warnings.join("\n")).toMatch(/stage 1 at 1 % is too short for failures: .* it will hold there and wait/);
  expect(sentence).toMatch(
    /^shop, 3 stages: a harm that is there from the start is noticed before the promotion by failures in /,
  );
  const quick = assuming("traffic=20000/s", "stable.failures=1%", "canary.failures=5%");
  expect(planOf(specOf(), quick).warnings).toEqual([]);
});

test("without a word about it, what is feared is what the limits exclude", () => {
  const plan = planOf(specOf(), assuming("traffic=200/s", "stable.failures=0.2%"));
  const [failures, latency] = plan.stages[1].gates;
  // twice 0.2 % is less than 0.5 points more: beyond both limits is 0.7 %
  expect(failures.feared).toBeCloseTo(0.007, 10);
  expect(latency.fear).toBe("takes 1.4 times as long");
});

test("a harm within the margin is never noticed, and it is said", () => {
  const plan = planOf(specOf(), assuming("traffic=200/s", "stable.failures=1%", "canary.failures=1.1%"));
  expect(plan.stages[0].gates[0].noticed).toEqual({ meanMs: null, ms: null });
  expect(plan.stages[0].sentences[0]).toMatch(/is within its margin, and is never taken back for it\.$/);
  expect(plan.warnings).toContain("failures never takes back a canary that fails 1.1 %: its margin allows that");
});

test("along the ramp more is seen than in its best stage", () => {
  const { noticed, stages } = planOf(specOf(), usual);
  const best = Math.max(...stages.map(({ gates }) => gates[0].chance ?? 0));
  expect(noticed["failures"]).toBeGreaterThanOrEqual(best);
});

test("stages are the splits of a strategy with the time until the next", () => {
  const stages = (strategy: object) => stagesOf(stepsOf(specOf({ strategy }).strategy));
  expect(stages({ canary: { weights: [5, 50], stage: "5m", atLeast: "1m" } })).toMatchObject([
    { weight: 500, mirror: 0, ms: 300_000, atLeastMs: 60_000, early: true, waits: false },
    { weight: 5000, ms: 300_000 },
  ]);
  expect(stages({ blueGreen: { mirror: 10, check: "5m", approve: true, bake: "1m" } })).toMatchObject([
    { weight: 0, mirror: 1000, ms: 300_000, waits: true },
    { weight: 10_000, ms: 60_000, judges: false },
  ]);
  expect(splitAt({ weight: 0, mirror: 1000 }, 100)).toEqual({ perSecond: 20, share: 0.5 });
  expect(splitAt({ weight: 10_000, mirror: 0 }, 100)).toBeNull();
  expect(splitAt({ weight: 0, mirror: 0 }, 100)).toBeNull();
});

test("a fixed limit takes its checks, if the harm is beyond it", () => {
  const gates = [{ name: "limit", threshold: { value: "failureRate", max: 0.005, every: "30s", failures: 5 } }];
  expect(gateAt(specOf({ gates }), 0)).toMatchObject({ method: "fixed", noticed: { ms: 150_000 }, chance: 1 });
  const loose = [{ name: "limit", threshold: { value: "p99", max: 900, every: "30s" } }];
  expect(gateAt(specOf({ gates: loose }), 0).noticed.ms).toBeNull();
});

test("where everybody meets the canary there is nothing to compare with", () => {
  const plan = planOf(specOf({ strategy: { blueGreen: { mirror: 0, bake: "5m" } } }), usual);
  expect(plan.stages[0].sentences).toEqual(["at 100 % there is nothing to compare with: gates see nothing."]);
});

test.each([
  [2400, "2.4s"],
  [59_000, "59s"],
  [74_000, "1m14s"],
  [540_000, "9m"],
  [7_500_000, "2h5m"],
  [4 * 86_400_000, "4d"],
])("%d ms are %s", (ms, text) => expect(span(ms)).toBe(text));

test("a source that is asked later notices later, and more people meet the harm until then", () => {
  const of = (source: object) => {
    const gates = [{ name: "tokens", source, mean: { cap: 4000 } }];
    const plan = planOf(specOf({ gates }), assuming("traffic=40/s", "canary.mean=x1.5"));
    return plan.stages[1].gates[0];
  };
  const [near, far] = [of({ gateway: {} }), of({ events: { interval: 60_000, delay: 600_000 } })];
  expect((far.noticed.meanMs ?? 0) - (near.noticed.meanMs ?? 0)).toBeCloseTo(630_000, 6);
  expect((far.units[0] ?? 0) - (near.units[0] ?? 0)).toBeCloseTo(630 * 40 * 0.05, 6);
  // a stage of ten minutes is over before anything is told of it
  expect([near.chance === 1 || (near.chance ?? 0) > 0.9, far.chance]).toEqual([true, 0]);
});
