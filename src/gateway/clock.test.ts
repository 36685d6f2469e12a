import { expect, test } from "vitest";
import { SteadyClock } from "./clock.ts";

function clocks() {
  const at = { wall: 1_700_000_000_000, monotonic: 5000.25 };
  const clock = new SteadyClock(
    () => at.wall,
    () => at.monotonic,
  );
  const pass = (ms: number) => {
    at.wall += ms;
    at.monotonic += ms;
  };
  return { at, clock, pass };
}

test("runs with the monotonic clock, fractions included", () => {
  const { at, clock, pass } = clocks();
  expect(clock.now()).toBe(1_700_000_000_000);
  pass(0.5);
  expect(clock.now()).toBe(1_700_000_000_000.5);
  at.wall += 30;
  expect(clock.adjust()).toBe(-30);
  expect(clock.now()).toBe(1_700_000_000_000.5);
});

test("is brought forward after the machine slept, or the clock was set forward", () => {
  const { at, clock } = clocks();
  at.wall += 3_600_000;
  expect(clock.adjust()).toBe(-3_600_000);
  expect(clock.now()).toBe(at.wall);
  expect(clock.adjust()).toBe(0);
});

test("never goes back; says how far it is ahead of a clock that was set back", () => {
  const { at, clock, pass } = clocks();
  at.wall -= 10_000;
  expect(clock.adjust()).toBe(10_000);
  expect(clock.now()).toBe(1_700_000_000_000);
  pass(1000);
  expect(clock.adjust()).toBe(10_000);
  expect(clock.now()).toBe(1_700_000_001_000);
});
