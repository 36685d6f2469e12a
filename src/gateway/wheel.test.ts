import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Expiring, Wheel } from "./wheel.ts";

let now = 1000;
let wheel: Wheel;
beforeEach(() => {
  vi.useFakeTimers();
  now = 1000;
  wheel = new Wheel(() => now, 100);
});
afterEach(() => {
  wheel.stop();
  vi.useRealTimers();
});

function pass(ms: number): void {
  for (let left = ms; left > 0; left -= 10) {
    now += 10;
    vi.advanceTimersByTime(10);
  }
}

function member(deadline: number): Expiring & { expired: number[] } {
  const expired: number[] = [];
  const made = { deadline, expired, expire: () => void expired.push(now) };
  wheel.add(made);
  return made;
}

test("a deadline is never early, and late by two turns at most", () => {
  for (const ms of [0, 1, 99, 100, 101, 250]) {
    const set = now;
    const made = member(wheel.in(ms));
    pass(600);
    expect(made.expired[0]).toBeGreaterThanOrEqual(set + ms);
    expect(made.expired[0]).toBeLessThanOrEqual(set + ms + 200);
    wheel.delete(made);
  }
});

test("Infinity never comes, and a deadline that is moved in time does not either", () => {
  const never = member(wheel.in(Infinity));
  const moved = member(wheel.in(300));
  for (let i = 0; i < 10; i++) {
    pass(150);
    moved.deadline = wheel.in(300);
  }
  expect([never.expired, moved.expired]).toEqual([[], []]);
});

test("members may leave while the wheel turns", () => {
  const all = Array.from({ length: 5 }, () => member(wheel.in(100)));
  for (const made of all) made.expire = () => all.forEach((other) => wheel.delete(other));
  pass(500);
  expect(all[4].expired).toEqual([]);
});
