/** What a gateway says of live traffic, with what a test does not care about filled in. */
import type { Live } from "../src/http/wire.ts";
import type { Met } from "../src/rollout/exposure.ts";

type Arm = Pick<Met, "requests" | "units"> & Partial<Met>;

const met = (arm: Arm): Met => ({ failures: 0, unitsFailed: 0, sessions: arm.units, forced: 0, ...arm });

export function liveOf(stable: Arm, canary: Arm, more: Partial<Omit<Live, "stable" | "canary">> = {}): Live {
  return {
    at: 0,
    plan: 1,
    windowMs: 10_000,
    share: 497.5,
    salt: "s.1",
    since: 0,
    exact: true,
    moves: { cameOver: 0, movedBack: 0, fellBack: 0, forced: 0, flipped: 0 },
    idle: { requests: 0, failures: 0 },
    draws: null,
    ...more,
    stable: met(stable),
    canary: met(canary),
  };
}
