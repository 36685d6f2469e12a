import { expect, test } from "vitest";
import { RATIOS } from "./counts.ts";
import { gainOf, oddsGains, passageWithin, passedBy, pointsGains, quickest, ratioGains } from "./passage.ts";
import { seeded } from "./random.ts";

const truth = { theta: 0.04, theta0: 0.01, share: 0.2 };

test("a bet gains nothing where the edge of the null is the truth, and what it claims is most where it is true", () => {
  const edge = { theta: 0.01, theta0: 0.01 };
  const bets = [0.02, 0.03, 0.04, 0.06, 0.08].map((theta) => gainOf(truth, { theta, theta0: 0.01 }, edge).drift);
  expect(Math.max(...bets)).toBe(bets[2]);
  const atNull = { theta: 0.01, theta0: 0.01, share: 0.2 };
  for (const theta of [0.02, 0.04]) expect(gainOf(atNull, { theta, theta0: 0.01 }, edge).drift).toBeLessThan(0);
});

test.each([
  ["odds", oddsGains(truth, [1.5, 2, 3, 5]), oddsGains({ ...truth, theta: 0.01 }, [1.5, 2, 3, 5])],
  ["ratio", ratioGains(truth, 1.25, RATIOS), ratioGains({ ...truth, theta: 0.0125 }, 1.25, RATIOS)],
  ["points", pointsGains(truth, 0.005, RATIOS), pointsGains({ ...truth, theta: 0.015 }, 0.005, RATIOS)],
])("%s: some bet gains from harm, none at the edge of the margin", (_name, harmful, allowed) => {
  expect(Math.max(...harmful.map(({ drift }) => drift))).toBeGreaterThan(0);
  for (const { drift } of allowed) expect(drift).toBeLessThan(1e-12);
  expect(quickest(allowed, 100, 5)).toBeNull();
});

test("the first passage of a simulated walk is where the diffusion says, within a tenth", () => {
  const [edge, bet] = [
    { theta: 0.02, theta0: 0.02 },
    { theta: 0.06, theta0: 0.012 },
  ];
  const walk = { theta: 0.06, theta0: 0.012, share: 0.2 };
  const law = quickest([gainOf(walk, bet, edge)], 1, 6);
  const random = seeded(1);
  const times = Array.from({ length: 400 }, () => {
    let [log, units] = [0, 0];
    for (; log < 6; units++) {
      const tested = random() < walk.share;
      const bad = random() < (tested ? walk.theta : walk.theta0);
      const [p, q] = tested ? [bet.theta, edge.theta] : [bet.theta0, edge.theta0];
      log += bad ? Math.log(p / q) : Math.log((1 - p) / (1 - q));
    }
    return units;
  }).toSorted((a, b) => a - b);
  const mean = times.reduce((a, b) => a + b, 0) / times.length;
  if (law === null) throw new Error("it gains");
  expect(Math.abs(mean / law.meanSeconds - 1)).toBeLessThan(0.1);
  expect(Math.abs(times[380] / passageWithin(law, 0.95) - 1)).toBeLessThan(0.15);
  expect(passedBy(law, passageWithin(law, 0.7))).toBeCloseTo(0.7, 6);
});

test("what cannot be is refused by name", () => {
  const code = expect.objectContaining({ code: "STATISTICS_INPUT" });
  expect(() => quickest([], 1, 1)).toThrow(code);
  expect(() => quickest([{ drift: 1, square: 1 }], 0, 1)).toThrow(code);
  expect(() => quickest([{ drift: 1, square: 1 }], 1, NaN)).toThrow(code);
});
