import fc from "fast-check";
import { expect, test } from "vitest";
import {
  logMixtureEvidence,
  stakedForMinutes,
  stakedForStages,
  stakeMinutes,
  stakeStage,
  STAKES,
  startMixture,
  unstaked,
} from "./onset.ts";

const weights = [0.25, 0.75];
const HOUR = 3_600_000;

/** What a release does: stages entered, minutes passing, in any order a clock allows. */
const moments = fc.array(
  fc.oneof(
    fc.record({ stage: fc.integer({ min: 0, max: 30 }), stages: fc.integer({ min: 1, max: 12 }) }),
    fc.record({
      elapsed: fc.double({ min: -HOUR, max: 30 * HOUR, noNaN: true }),
      planned: fc.constantFrom(0, 60_000, HOUR, 24 * HOUR, Infinity),
    }),
  ),
  { maxLength: 60 },
);

test("whatever happens, no more is staked than there is, and staking alone is no evidence", () =>
  fc.assert(
    fc.property(moments, (happened) => {
      const mixture = startMixture(2);
      for (const moment of happened) {
        if ("stage" in moment) stakeStage(mixture, moment.stage, moment.stages);
        else stakeMinutes(mixture, moment.elapsed, moment.planned);
        expect(STAKES.start + mixture.stages + mixture.minutes).toBeLessThanOrEqual(1 + 1e-12);
        expect(unstaked(mixture)).toBeGreaterThanOrEqual(0);
        expect(logMixtureEvidence(mixture, weights)).toBeCloseTo(0, 12);
      }
    }),
  ));

test("what is due grows with time and with stages", () => {
  expect(STAKES.start + STAKES.stages + STAKES.minutes).toBeCloseTo(1, 15);
  const dueBy = [0, 0.25, 0.5, 0.75, 1, 1];
  [0, 1, 2, 3, 4, 9].forEach((stage, i) => expect(stakedForStages(stage, 5)).toBeCloseTo(STAKES.stages * dueBy[i], 15));
  expect(stakedForStages(0, 1)).toBe(STAKES.stages);
  for (let minute = 0; minute < 500; minute++)
    expect(stakedForMinutes((minute + 1) * 60_000, HOUR)).toBeGreaterThan(stakedForMinutes(minute * 60_000, HOUR));
  expect(stakedForMinutes(1e15, HOUR)).toBeLessThanOrEqual(STAKES.minutes);
  expect(stakedForMinutes(59_999, HOUR)).toBe(0);
});

test("a fault after a long good time is paid for by the restart, not by the debt", () => {
  const mixture = startMixture(1);
  for (let minute = 0; minute < 30; minute++) {
    stakeMinutes(mixture, minute * 60_000, HOUR);
    mixture.logs[0] -= 10;
  }
  stakeMinutes(mixture, 30 * 60_000, HOUR);
  mixture.logs[0] += 12;
  expect(logMixtureEvidence(mixture, [1])).toBeGreaterThan(5);
});

test("what was all lost is not lost: the rest still counts as 1", () => {
  const mixture = startMixture(2);
  mixture.logs.fill(-1000);
  expect(logMixtureEvidence(mixture, weights)).toBeCloseTo(Math.log(1 - STAKES.start), 12);
});
