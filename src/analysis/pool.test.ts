import fc from "fast-check";
import { expect, test } from "vitest";
import { ALARM, counts, failuresGate, where } from "../../test/analysis/made.ts";
import { binomial, poisson, seeded } from "../stats/random.ts";
import { fold, initialEvidence } from "./evidence.ts";
import { decidingFailures, type FailuresEvidence } from "./failures.ts";
import { hasBoth, isFull, isOver, joined, kept, nothing, sum } from "./pool.ts";

const block = (n: number, n0: number) => ({ n, bad: 0, n0, bad0: 0 });

test.each([
  [block(5, 95), 0, true],
  [block(0, 1000), 0, false],
  [block(1000, 0), 60_000, false],
  [block(1, 19), 0, false],
  [block(1, 19), 4999, false],
  [block(1, 19), 5000, true],
  [block(1, 18), 5000, false],
])("%j after %d ms: full %s", (counted, waited, full) =>
  expect(isFull({ plan: 1, at: 1000, block: counted }, 1000 + waited)).toBe(full),
);

test("another plan, a long silence and a clock that goes back begin anew", () => {
  const pool = { plan: 3, at: 1_000_000, block: nothing };
  expect(isOver(pool, 3, 1_000_000)).toBe(false);
  expect(isOver(pool, 4, 1_000_000)).toBe(true);
  expect(isOver(pool, 3, 1_120_000)).toBe(true);
  expect(isOver(pool, 3, 999_999)).toBe(true);
});

test("when it is full depends on how many were assigned, never on how they fared", () =>
  fc.assert(
    fc.property(fc.nat(200), fc.nat(200), fc.nat(10_000), fc.nat(100), (n, n0, waited, bad) => {
      const fared = { n, bad: Math.min(n, bad), n0, bad0: Math.min(n0, bad) };
      expect(isFull({ plan: 1, at: 0, block: fared }, waited)).toBe(
        isFull({ plan: 1, at: 0, block: block(n, n0) }, waited),
      );
    }),
  ));

test("joining adds, and keeps the beginning", () => {
  const pool = joined(joined(null, { n: 1, bad: 1, n0: 2, bad0: 0 }, 7, 500), { n: 3, bad: 0, n0: 4, bad0: 1 }, 7, 750);
  expect(pool).toEqual({ plan: 7, at: 500, block: { n: 4, bad: 1, n0: 6, bad0: 1 } });
  expect(hasBoth(pool.block)).toBe(true);
});

test("the past fades with time, however it is cut into ticks", () => {
  const quarter = Array.from({ length: 40 }, (_, k) => kept(1000 + 250 * k, 1250 + 250 * k)).reduce((a, b) => a * b);
  expect(quarter).toBeCloseTo(kept(1000, 11_000), 12);
  expect(kept(0, 5_000_000)).toBe(1);
  expect(kept(9000, 8000)).toBe(1);
  expect(sum({ n: 10, bad: 2, n0: 8, bad0: 4 }, block(1, 1), 0.5)).toEqual({ n: 6, bad: 1, n0: 5, bad0: 2 });
});

/** Mean seconds to an alarm through the gate, with ticks of `ms`. */
function secondsToAlarm(perSecond: number, theta: number, ms: number, runs: number): number {
  const gate = failuresGate({ margin: { ratio: 1 } });
  let total = 0;
  for (let run = 0; run < runs; run++) {
    const random = seeded(run);
    let evidence = initialEvidence(gate) as FailuresEvidence;
    const side = (rate: number, p: number) => {
      const n = poisson(random, (rate * ms) / 1000);
      return { n, bad: binomial(random, n, p) };
    };
    let k = 0;
    while (decidingFailures(evidence) < ALARM && k * ms < 3_600_000) {
      const tick = { canary: side(perSecond * 0.05, theta), stable: side(perSecond * 0.95, 0.01) };
      evidence = fold(gate, evidence, counts([tick], ms, k++), where, ALARM) as FailuresEvidence;
    }
    total += (k * ms) / 1000;
  }
  return total / runs;
}

test("with little traffic, ticks of a quarter of a second see a fault as soon as ticks of five seconds", () => {
  // without pools it takes 7 times as long at 2 requests a second, 1.7 times at 10
  const [quarter, five] = [secondsToAlarm(2, 0.5, 250, 60), secondsToAlarm(2, 0.5, 5000, 60)];
  expect(quarter / five).toBeLessThan(1.25);
  expect(quarter).toBeLessThan(120);
});
