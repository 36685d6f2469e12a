/** Newcomers: who draws is counted once, a fair draw raises no alarm, and a split that is not the wanted one does. */
import { expect, test } from "vitest";
import { seeded } from "../../examples/demo/chance.ts";
import { Newcomers } from "./newcomers.ts";

const ALARM = Math.log(100);
const word = (random: () => number) => Math.floor(random() * 2 ** 32) >>> 0;

/** The largest evidence while `people` come, the canary's arm drawn with probability `truly` under a weight of 5 %. */
function worst(seed: number, people: number, truly: number, most?: number): number {
  const random = seeded(seed);
  const newcomers = new Newcomers(most);
  let log = -Infinity;
  for (let person = 0; person < people; person++) {
    const [a, b] = [word(random), word(random)];
    const arm = random() < truly ? "canary" : "stable";
    for (let visit = 0; visit < 3; visit++) newcomers.come(a, b, arm, 500);
    log = Math.max(log, newcomers.draws?.log ?? -Infinity);
  }
  return log;
}

test("who comes again does not draw again, and weights of 0 and 100 % leave nothing to draw", () => {
  const newcomers = new Newcomers();
  newcomers.come(1, 1, "stable", 0);
  newcomers.come(2, 1, "canary", 10_000);
  expect(newcomers.draws).toBeNull();
  for (const weight of [500, 500, 2500]) newcomers.come(3, 1, "stable", weight);
  newcomers.come(1, 1, "canary", 2500);
  expect(newcomers.draws?.newcomers).toBe(1);
});

test("300 fair splits of 2,000 people, looked at after each (seeds 1 to 300): at most 1 of 100 alarms, with what chance adds", () => {
  const alarms = Array.from({ length: 300 }, (_, i) => worst(i + 1, 2000, 0.05)).filter((log) => log >= ALARM).length;
  expect(alarms).toBeLessThanOrEqual(3 + 2 * Math.sqrt(3));
});

test.each([
  ["half of the wanted share", 0.025],
  ["twice the wanted share", 0.1],
  ["nobody", 0],
])("%s is an alarm within 2,000 people (seed 7)", (_name, truly) => {
  expect(worst(7, 2000, truly)).toBeGreaterThan(ALARM);
});

test("when there are too many, people are left out by hash, and the draw stays fair (seed 3)", () => {
  expect(worst(3, 20_000, 0.05, 1024)).toBeLessThan(ALARM);
  expect(worst(3, 20_000, 0.1, 1024)).toBeGreaterThan(ALARM);
});
