import fc from "fast-check";
import { expect, test } from "vitest";
import { ALARM, amounts, meanGate, promised, where, type Amounted } from "../../test/analysis/made.ts";
import { normal, poisson, seeded, type Random } from "../stats/random.ts";
import { enterStage, fold, initialEvidence, judge, mergeHarm } from "./evidence.ts";
import type { MeanEvidence } from "./mean.ts";
import type { MeanGate } from "./metric.ts";

const run = (gate: MeanGate, ticks: readonly Amounted[], alarm = ALARM): MeanEvidence =>
  fold(gate, initialEvidence(gate), amounts(gate, ticks), where, alarm) as MeanEvidence;

/** Log-normal amounts about `mean`, with a standard deviation of about 0.75 of it. */
const drawn = (random: Random, n: number, mean: number): number[] =>
  Array.from({ length: n }, () => mean * Math.exp(0.67 * normal(random) - 0.22));

interface Nature {
  readonly factor: number;
  readonly level?: (second: number) => number;
  readonly perSecond?: number;
  readonly share?: number;
}

function invented(random: Random, seconds: number, { factor, level = () => 400, perSecond = 40, share = 0.1 }: Nature) {
  return Array.from({ length: seconds }, (_, second): Amounted => {
    const [n, n0] = [poisson(random, perSecond * share), poisson(random, perSecond * (1 - share))];
    return { canary: drawn(random, n, factor * level(second)), stable: drawn(random, n0, level(second)) };
  });
}

const verdictOf = (gate: MeanGate, evidence: MeanEvidence) => judge(gate, evidence, promised, 1);

test("40 % more tokens at a margin of 15 %: taken back, and said with the means, the ratio and the difference", () => {
  const gate = meanGate({ margin: { ratio: 1.15 }, limit: { ratio: 1.3 } });
  const evidence = run(gate, invented(seeded(1), 400, { factor: 1.4 }));
  const { verdict, reason, numbers } = verdictOf(gate, evidence);
  expect(verdict).toBe("fail");
  expect(reason).toMatch(
    /^canary has 5\d\d tokens on average over [\d,]+ values, stable [34]\d\d tokens on average over [\d,]+: about 1\.[34]\d times as much, beyond the margin of 1\.15 times \(\d+ of canary's and \d+ of stable's lay outside 0 to 2,000 tokens/,
  );
  expect(numbers["ratio"]).toBeGreaterThan(1.3);
  expect(numbers["differenceLow"]).toBeGreaterThan(60);
  expect(numbers["differenceHigh"]).toBeLessThan(300);
  expect(mergeHarm([gate], { tokens: evidence }, promised)).toMatchObject({ rollback: true, guilty: ["tokens"] });
});

test("a canary alike is shown to be safe, and nothing is seen that is not there", () => {
  const gate = meanGate({ margin: { ratio: 1.15 }, limit: { ratio: 1.3 } });
  const { verdict, reason } = verdictOf(gate, run(gate, invented(seeded(2), 600, { factor: 1 })));
  expect(verdict).toBe("pass");
  expect(reason).toContain("in this stage: shown to be below 1.3 times stable's");
});

test("fewer can be worse: 40 % fewer pages of a session at a margin of 30 %", () => {
  const gate = meanGate({ worse: "lower", cap: 40, margin: { ratio: 0.7 }, limit: { ratio: 0.49 }, unit: "pages" });
  const pages = (factor: number, seed: number) => invented(seeded(seed), 900, { factor, level: () => 6 });
  const fewer = verdictOf(gate, run(gate, pages(0.45, 3)));
  expect(fewer).toMatchObject({ verdict: "fail" });
  expect(fewer.reason).toContain("about 0.4");
  expect(verdictOf(gate, run(gate, pages(1.5, 4))).verdict).toBe("pass");
});

test("a margin in the metric's own unit, and on a floor that is not 0", () => {
  const gate = meanGate({ floor: 10, cap: 20, margin: { amount: 1 }, limit: { amount: 2 }, unit: "" });
  const tick = (canary: number): Amounted => ({
    canary: [canary, canary - 1],
    stable: [12, 13, 12, 13, 12, 13, 12, 13],
  });
  const worse = verdictOf(gate, run(gate, Array<Amounted>(400).fill(tick(15.5))));
  expect(worse.verdict).toBe("fail");
  expect(worse.reason).toContain("about 2.5 more, beyond the margin of 1 more");
  const alike = verdictOf(gate, run(gate, Array<Amounted>(400).fill(tick(13))));
  expect(alike.verdict).toBe("pass");
  expect(alike.reason).toContain("less than 2 above stable's");
});

test("how a run of ticks is cut into measurements makes no difference, and the evidence stays small", () =>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 59 }), fc.nat(1000), (cut, seed) => {
      const gate = meanGate();
      const ticks = invented(seeded(seed), 60, { factor: 1.2, perSecond: 12 });
      const first = fold(gate, initialEvidence(gate), amounts(gate, ticks.slice(0, cut)), where, ALARM);
      const both = fold(gate, first, amounts(gate, ticks.slice(cut), 1000, cut), where, ALARM);
      expect(both).toEqual(run(gate, ticks));
      expect(JSON.stringify(both).length).toBeLessThan(4096);
      expect(JSON.parse(JSON.stringify(both))).toEqual(both);
    }),
    { numRuns: 30 },
  ));

test("a stage begins: safety is gathered anew, harm goes on, totals of the release stay", () => {
  const gate = meanGate();
  const before = run(gate, invented(seeded(5), 60, { factor: 1.2 }));
  const after = enterStage(gate, before, { ...where, stagePlan: 2, stages: 2, stage: 1 }, ALARM) as MeanEvidence;
  expect(after.stage.n).toBe(0);
  expect(after.safe.every((log) => log === 0)).toBe(true);
  expect(after.total).toEqual(before.total);
  expect(verdictOf(gate, after)).toMatchObject({ measured: false });
});

test("what was gathered on another range is not compared with this one", () => {
  const gate = meanGate();
  const other = meanGate({ cap: 4000 });
  const evidence = run(gate, invented(seeded(6), 60, { factor: 1.2 }));
  expect(fold(other, evidence, amounts(gate, []), where, ALARM).look).toMatchObject({ last: "error" });
  const fresh = fold(other, evidence, amounts(other, invented(seeded(7), 1, { factor: 1 })), where, ALARM);
  expect((fresh as MeanEvidence).total.n0).toBeLessThan(100);
});

test("pairs: the same prompt on both versions needs far fewer of them, whatever prompts differ by", () => {
  const gate = meanGate({
    cap: 1,
    margin: { amount: 0.02 },
    limit: { amount: 0.04 },
    worse: "lower",
    pairs: true,
    unit: "",
  });
  const scored = (shift: number, seed: number): Amounted[] => {
    const random = seeded(seed);
    return Array.from({ length: 300 }, () => {
      const prompt = 0.2 + 0.6 * random();
      const noise = () => 0.05 * (random() - 0.5);
      const pair = [prompt + noise(), prompt + shift + noise()] as const;
      return { stable: [pair[0]], canary: [pair[1]], pairs: [pair] };
    });
  };
  const worse = verdictOf(gate, run(gate, scored(-0.1, 8)));
  expect(worse.verdict).toBe("fail");
  expect(worse.numbers["difference"]).toBeCloseTo(-0.1, 1);
  expect(worse.reason).toContain("less, beyond the margin of 0.02 less");
  expect(verdictOf(gate, run(gate, scored(0.1, 9)))).toMatchObject({ verdict: "pass", measured: true });
});

/** Whether the release is taken back, looked at after every second. */
function takenBack(gate: MeanGate, seed: number, seconds: number, nature: Nature): boolean {
  const random = seeded(seed);
  let evidence = initialEvidence(gate);
  const alarm = -Math.log(0.05);
  for (let k = 0; k < seconds; k += 5) {
    const ticks = invented(random, 5, { ...nature, level: (second) => nature.level?.(k + second) ?? 400 });
    evidence = fold(gate, evidence, amounts(gate, ticks, 1000, k), where, alarm);
    if (mergeHarm([gate], { tokens: evidence }, { falseRollback: 0.05, falsePromotion: 0.05 }).rollback) return true;
  }
  return false;
}

test("a canary exactly at its margin is rolled back no more often than promised, at any split, while the level swings", () => {
  const runs = 60;
  for (const [share, seed] of [
    [0.1, 100],
    [0.5, 300],
  ] as const) {
    const level = (second: number) => 400 + 150 * Math.sin(second / 20);
    const gate = meanGate({ cap: 8000 });
    const alarms = Array.from({ length: runs }, (_, i) =>
      takenBack(gate, seed + i, 90, { factor: 1.1, level, share }),
    ).filter(Boolean).length;
    // 5 % of them, and three standard errors
    expect(alarms).toBeLessThanOrEqual(runs * 0.05 + 3 * Math.sqrt(runs * 0.05 * 0.95));
  }
  expect(takenBack(meanGate(), 500, 90, { factor: 2 })).toBe(true);
});
