/** What every clock must do. Each clock's test calls `clockContract`. */
import { describe, expect, test } from "vitest";
import type { Clock } from "../../src/engine/ports.ts";

export interface ClockUnderTest {
  readonly clock: Clock;
  /** Lets at least so many milliseconds of this clock pass. */
  readonly pass: (ms: number) => Promise<void>;
}

export function clockContract(name: string, make: () => ClockUnderTest): void {
  describe(`${name} keeps the Clock contract`, () => {
    test("now is in epoch milliseconds and does not stand still while time passes", async () => {
      const { clock, pass } = make();
      const before = clock.now();
      await pass(5);
      expect(clock.now()).toBeGreaterThanOrEqual(before + 5);
      expect(before).toBeGreaterThan(Date.UTC(2020, 0, 1));
    });

    test("calls back once, and never before its time", async () => {
      const { clock, pass } = make();
      const at = clock.now() + 10;
      const calls: number[] = [];
      clock.wakeAt(at, () => calls.push(clock.now()));
      await pass(30);
      await pass(30);
      expect(calls).toHaveLength(1);
      expect(calls[0]).toBeGreaterThanOrEqual(at);
    });

    test("a moment that has gone by is called back for soon, and not from within the call", async () => {
      const { clock, pass } = make();
      let called = false;
      clock.wakeAt(clock.now() - 1000, () => (called = true));
      expect(called).toBe(false);
      await pass(5);
      expect(called).toBe(true);
    });

    test("in the order of their moments, whatever the order of asking", async () => {
      const { clock, pass } = make();
      const order: string[] = [];
      const now = clock.now();
      clock.wakeAt(now + 20, () => order.push("later"));
      clock.wakeAt(now + 2, () => order.push("sooner"));
      await pass(50);
      expect(order).toEqual(["sooner", "later"]);
    });

    test("a cancelled call does not come, and cancelling twice or afterwards does no harm", async () => {
      const { clock, pass } = make();
      let calls = 0;
      const cancel = clock.wakeAt(clock.now() + 5, () => (calls += 1));
      cancel();
      cancel();
      const done = clock.wakeAt(clock.now() + 5, () => (calls += 10));
      await pass(20);
      done();
      expect(calls).toBe(10);
    });
  });
}
