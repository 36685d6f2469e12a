import { expect, test } from "vitest";
import { liveOf } from "../../../test/live.ts";
import { noPoints, withPoint } from "./points.ts";

const at = (n: number) => liveOf({ requests: n, units: n }, { requests: 2 * n, units: null });

test("however long it lasts there are 240 points at most, in order, the first and the last among them", () => {
  let points = noPoints;
  for (let n = 0; n < 5000; n++) {
    points = withPoint(points, n * 5000, at(n));
    expect(points.at.length).toBeLessThanOrEqual(240);
    expect(points.at.at(-1)).toBe(n * 5000);
  }
  expect(points.at.length).toBeGreaterThan(100);
  expect(points.at[0]).toBe(0);
  expect(points.at).toEqual(points.at.toSorted((a, b) => a - b));
  expect(points.stable.units).toEqual(points.at.map((ms) => ms / 5000));
  expect(points.canary.requests).toEqual(points.at.map((ms) => (2 * ms) / 5000));
  expect(new Set(points.canary.units)).toEqual(new Set([null]));
});

test("what is asked for often is no more points, and the newest is what was heard last", () => {
  let points = noPoints;
  for (let n = 0; n <= 100; n++) points = withPoint(points, n * 200, at(n));
  expect(points.at.length).toBeLessThanOrEqual(6);
  expect(points.stable.requests.at(-1)).toBe(100);
});
