/** The clock of this machine, behind the Clock port. */
import type { Clock } from "./ports.ts";

/** Longer waits than a timer can hold are slept in parts. */
const LONGEST_MS = 2 ** 31 - 1;

export function systemClock(now: () => number, schedule: typeof setTimeout = setTimeout): Clock {
  return {
    now,
    wakeAt(at, callback) {
      let timer: NodeJS.Timeout;
      const sleep = () => {
        const left = at - now();
        timer = schedule(left <= LONGEST_MS ? callback : sleep, Math.max(0, Math.min(left, LONGEST_MS)));
      };
      sleep();
      return () => clearTimeout(timer);
    },
  };
}
