import { expect, test } from "vitest";
import { expectation, levels, ROUNDING, sizes } from "../../test/stats/exact.ts";
import { logSafetyEvidence, safetySize, scoreSafety, type Limit } from "./safety.ts";

const evidence = (limit: Limit, guess: number) => (block: Parameters<typeof scoreSafety>[1]) => {
  const logs = Array<number>(safetySize(limit)).fill(0);
  scoreSafety(logs, block, guess, limit);
  return Math.exp(logSafetyEvidence(logs));
};

const limits: readonly Limit[] = [
  { ratio: 2 },
  { ratio: 1.25 },
  { points: 0.01 },
  { points: 0.1 },
  { ratio: 2, points: 0.01 },
];

test.each(limits)(
  "limit %j: a canary at its limit, or beyond, is never expected to seem safe, whatever was guessed",
  (limit) => {
    for (const [n, n0] of sizes)
      for (const theta0 of levels)
        for (const worse of [1, 1.5]) {
          // worse than every limit that is set: that is what is to be excluded
          const theta = Math.max((limit.ratio ?? 0) * worse * theta0, theta0 + (limit.points ?? 0) * worse);
          if (theta > 1) continue;
          for (const guess of [0.001, 0.05, 0.4]) {
            const mean = expectation(n, n0, theta, theta0, evidence(limit, guess));
            expect(mean, `${n}:${n0} ${theta} against ${theta0}, guess ${guess}`).toBeLessThanOrEqual(1 + ROUNDING);
          }
        }
  },
);

test("an equal canary is expected to seem ever safer", () => {
  const mean = expectation(10, 40, 0.2, 0.2, (block) => Math.log(evidence({ ratio: 2 }, 0.2)(block)));
  expect(mean).toBeGreaterThan(0);
});

test("either limit will do: rare failures are shown safe by points long before by ratio", () => {
  const blocks = Array.from({ length: 40 }, () => ({ n: 50, bad: 0, n0: 950, bad0: 1 }));
  const of = (limit: Limit) => {
    const logs = Array<number>(safetySize(limit)).fill(0);
    for (const block of blocks) scoreSafety(logs, block, 0.001, limit);
    return logSafetyEvidence(logs);
  };
  expect(of({ ratio: 2, points: 0.005 })).toBeGreaterThan(Math.log(100));
  expect(of({ ratio: 2 })).toBeLessThan(Math.log(100));
});

test("nothing counted, nothing shown", () => {
  expect(evidence({ ratio: 2, points: 0.01 }, 0.01)({ n: 0, bad: 0, n0: 100, bad0: 1 })).toBe(1);
  expect(evidence({ ratio: 2 }, 0.01)({ n: 10, bad: 0, n0: 0, bad0: 0 })).toBe(1);
});
