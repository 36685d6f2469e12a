import { expect, test } from "vitest";
import { RATIO_WEIGHTS, RATIOS, scoreConditional } from "./counts.ts";
import { logWeightedSum } from "./logs.ts";
import { plannedAlarm } from "./planned-window.ts";
import { bernoulli, seeded } from "./random.ts";
import { chanceToNotice, closedForm, smallestRatio, stoppingLaw, timeToNotice } from "./stopping.ts";

const question = { perSecond: 200, share: 0.05, theta: 0.006, theta0: 0.002, margin: 1, alpha: 0.01 };

test("the law sums to one, and is what event-by-event play comes to", () => {
  const [share, p, alpha, events] = [0.05, 0.2, 0.05, 60];
  const law = stoppingLaw(p, share, 1, alpha, events, RATIOS, RATIO_WEIGHTS);
  expect(law.at.reduce((a, b) => a + b, law.never)).toBeCloseTo(1, 9);
  const runs = 4000;
  let [alarmed, late] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const random = seeded(run);
    const logs = RATIOS.map(() => 0);
    for (let k = 1; k <= events; k++) {
      const bad = Number(bernoulli(random, p));
      // a thousand good units in the arms' proportion around each bad event
      scoreConditional(logs, { n: 50, bad, n0: 950, bad0: 1 - bad }, 1);
      if (logWeightedSum(logs, RATIO_WEIGHTS) < -Math.log(alpha)) continue;
      alarmed++;
      if (k > 20) late++;
      break;
    }
  }
  const near = (found: number, expected: number) =>
    expect(Math.abs(found / runs - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / runs));
  near(alarmed, 1 - law.never);
  near(
    late,
    law.at.slice(21).reduce((a, b) => a + b, 0),
  );
});

test.each([
  [0.05, 63.1],
  [0.25, 68.6],
  [0.5, 79.8],
])("planned for 1,500 bad events, share %d: the alarm is at %d instead of 100", (share, expected) => {
  const alarm = plannedAlarm(share, 1, 0.01, 1500);
  expect(Math.exp(alarm)).toBeCloseTo(expected, 0);
  const spent = (log: number) => 1 - stoppingLaw(share, share, 1, Math.exp(-log), 1500).never;
  expect(spent(alarm)).toBeLessThanOrEqual(0.01);
  expect(spent(alarm - 0.02)).toBeGreaterThan(0.01);
});

test("more traffic, more share, more harm and less margin are noticed sooner; the bound is sooner still", () => {
  const { meanSeconds, seconds, boundSeconds } = timeToNotice(question, 0.95);
  expect(boundSeconds).toBeLessThan(meanSeconds);
  expect(meanSeconds).toBeLessThan(seconds);
  for (const easier of [{ perSecond: 400 }, { share: 0.25 }, { theta: 0.01 }])
    expect(timeToNotice({ ...question, ...easier }, 0.95).seconds).toBeLessThan(seconds);
  expect(timeToNotice({ ...question, margin: 1.25 }, 0.95).seconds).toBeGreaterThan(seconds);
});

test("within the margin nothing is to be noticed", () => {
  const answer = timeToNotice({ ...question, theta: 0.002 }, 0.95);
  expect([answer.meanSeconds, answer.seconds, answer.extraFailures]).toEqual([Infinity, Infinity, Infinity]);
  expect(closedForm({ ...question, theta: 0.002 }, 0.95).seconds).toBe(Infinity);
  expect(chanceToNotice({ ...question, theta: 0.002 }, 3600)).toBeLessThanOrEqual(0.01);
});

test("time, chance and smallest ratio are one law read three ways", () => {
  const { seconds } = timeToNotice(question, 0.95);
  expect(chanceToNotice(question, seconds)).toBeCloseTo(0.95, 3);
  expect(smallestRatio(question, seconds, 0.95)).toBeCloseTo(3, 1);
  expect(smallestRatio(question, 0.1, 0.95)).toBe(Infinity);
});

test("the closed form is near the exact law", () => {
  const [exact, closed] = [timeToNotice(question, 0.95), closedForm(question, 0.95)];
  expect(closed.meanSeconds / exact.meanSeconds).toBeCloseTo(1, 1);
  expect(closed.seconds / exact.seconds).toBeCloseTo(1, 1);
});

test.each([
  { perSecond: 0 },
  { share: 0 },
  { share: 1.2 },
  { theta: Number.NaN },
  { theta0: 1 },
  { alpha: 0 },
  { margin: 0.9 },
])("refused by name: %j", (wrong) => expect(() => timeToNotice({ ...question, ...wrong }, 0.95)).toThrow(/must be/));
