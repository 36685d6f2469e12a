import { expect, test, vi } from "vitest";
import { clockContract } from "../../test/contract/clock.ts";
import { systemClock } from "./clock.ts";

const now = () => Date.now();

clockContract("the system's clock", () => ({
  clock: systemClock(now),
  pass: async (ms) => {
    const until = Date.now() + ms + 5;
    while (Date.now() < until) await new Promise((resolve) => setTimeout(resolve, until - Date.now()));
  },
}));

test("waits longer than a timer can hold are slept in parts", () => {
  vi.useFakeTimers();
  try {
    const clock = systemClock(now);
    const month = 31 * 86_400_000;
    let called = false;
    clock.wakeAt(clock.now() + month, () => (called = true));
    vi.advanceTimersByTime(month - 1);
    expect(called).toBe(false);
    vi.advanceTimersByTime(1);
    expect(called).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});
