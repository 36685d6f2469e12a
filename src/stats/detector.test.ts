import { expect, test } from "vitest";
import { RATIO_WEIGHTS, RATIOS, scoreConditional } from "./counts.ts";
import { alarms, startDetector, watch, type Detector } from "./detector.ts";
import { binomial, poisson, seeded, type Random } from "./random.ts";

const BLOCKS = 400;

function block(random: Random, theta: number, theta0: number, detector: Detector): Detector {
  const increments = RATIOS.map(() => 0);
  const n = poisson(random, 50);
  scoreConditional(increments, { n, bad: binomial(random, n, theta), n0: 950, bad0: binomial(random, 950, theta0) }, 1);
  return watch(detector, increments);
}

/** Blocks until the alarm, `limit` when there is none. `theta` is the tested arm's rate at a block. */
function run(seed: number, theta: (k: number) => number, limit: number): number {
  const random = seeded(seed);
  let detector = startDetector(RATIOS.length);
  for (let k = 1; k <= limit; k++) {
    detector = block(random, theta(k), 0.01, detector);
    if (alarms(detector, RATIO_WEIGHTS, BLOCKS)) return k;
  }
  return limit;
}
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

test("while all is well it runs, on average, at least as long as promised", () => {
  const runs = Array.from({ length: 60 }, (_, i) => run(i, () => 0.01, 5 * BLOCKS));
  expect(mean(runs)).toBeGreaterThan(BLOCKS);
});

test("a fault is found as soon after a long good time as after a short one", () => {
  const delay = (onset: number) =>
    mean(
      Array.from({ length: 60 }, (_, i) => run(100 + i, (k) => (k > onset ? 0.05 : 0.01), onset + 200) - onset).filter(
        (d) => d > 0,
      ),
    );
  const [soon, late] = [delay(5), delay(150)];
  expect(late).toBeLessThan(1.3 * soon);
  expect(late).toBeLessThan(20);
});

test("the state is JSON", () => {
  const detector = startDetector(2);
  expect(JSON.parse(JSON.stringify(detector))).toEqual(detector);
  expect(alarms(detector, [0.5, 0.5], 10)).toBe(false);
  expect(watch(detector, [0, Math.log(3)])).toEqual([0, Math.log(3)]);
  expect(() => alarms(detector, [0.5, 0.5], 0)).toThrow(/blocks must be/);
});
