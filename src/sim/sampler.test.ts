/** The invented requests follow the laws they are said to follow. */
import { expect, test } from "vitest";
import { crossed, lowerEdge, bucketOf, requireHistogram } from "../stats/histogram.ts";
import { normalBelow } from "../stats/special.ts";
import { arrive, Chance, durations, outcomes } from "./sampler.ts";

const behaviour = { failures: 0.02, medianMs: 20, sigma: 0.7 };

test.each([5, 24, 50, 3000, 40_000])("%d requests a second: latencies are log-normal at every boundary", (n) => {
  const seconds = Math.ceil(200_000 / n);
  const all = Array.from({ length: seconds }, (_, s) => durations(new Chance(s + 1), n, behaviour));
  for (const histogram of all) requireHistogram(histogram);
  for (const ms of [5, 20, 60, 110, 200]) {
    const boundary = bucketOf(ms * 1000);
    const over = all.reduce((sum, histogram) => sum + crossed(histogram, boundary), 0);
    const p = 1 - normalBelow(Math.log(lowerEdge(boundary) / 20_000) / 0.7);
    expect(Math.abs(over - p * n * seconds)).toBeLessThanOrEqual(5 * Math.sqrt(p * n * seconds));
  }
});

test("every request takes some time, and none comes where none are expected", () => {
  const { done } = durations(new Chance(3), 777, behaviour);
  expect(done.reduce((sum, [, count]) => sum + count, 0)).toBe(777);
  expect(durations(new Chance(3), 0, behaviour).done).toEqual([]);
  expect(arrive(new Chance(1), 0)).toBe(0);
});

test("arrivals and failures have their means", () => {
  let [came, bad] = [0, 0];
  for (let s = 1; s <= 2000; s++) {
    const chance = new Chance(s);
    const n = arrive(chance, 100);
    came += n;
    bad += outcomes(chance, n, behaviour).bad;
  }
  expect(Math.abs(came - 200_000)).toBeLessThan(5 * Math.sqrt(200_000));
  expect(Math.abs(bad - 4000)).toBeLessThan(5 * Math.sqrt(4000));
});
