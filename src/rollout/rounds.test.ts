/** Rounds, whatever is answered and whenever: what Flagger's counting promises. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Measurement } from "../analysis/measurement.ts";
import { decide, type Observed } from "./decide.ts";
import { due } from "./due.ts";
import type { RolloutEvent } from "./events.ts";
import type { HookAnswer } from "./hook.ts";
import { initialStatus } from "./initial.ts";
import { specSchema, type Spec } from "./spec.ts";
import { isUnderway, type Status } from "./status.ts";

const START = 1_700_000_000_000;
const EVERY_MS = 10_000;
const FAILURES = 3;

function specOf(unanswered: "waits" | "fails", times: number): Spec {
  const check = { every: "10s", times, failures: FAILURES, unanswered };
  const written = {
    stable: { revision: "v1", backends: ["http://127.0.0.1:1"] },
    canary: { revision: "v2", backends: ["http://127.0.0.1:2"] },
    strategy: { canary: { steps: [{ setWeight: 10 }, { check }, { setWeight: 50 }, { check }] } },
    hooks: [{ name: "smoke", on: "rollout", url: "http://127.0.0.1:9", failures: 1 }],
    gates: [{ name: "limit", threshold: { value: "successRate", min: 0.9, every: "10s", failures: 1 } }],
  };
  return { name: "shop", ...specSchema.parse(written) };
}

interface Round {
  readonly value: number | null;
  readonly said: HookAnswer["said"];
}

const round: fc.Arbitrary<Round> = fc.record({
  value: fc.constantFrom(0.99, 0.99, 0.99, 0.5, null),
  said: fc.constantFrom("yes", "yes", "yes", "no", "error"),
});

interface Played {
  readonly events: readonly RolloutEvent[];
  readonly status: Status;
  /** When each round was asked, and what was answered. */
  readonly asked: readonly (Round & { readonly at: number })[];
}

/** One look a second; every round that is due takes the next of the answers, which come `lateMs` after they were asked. */
function play(spec: Spec, answers: readonly Round[], lateMs = 0): Played {
  let status = initialStatus(spec, START, "seed");
  const events: RolloutEvent[] = [];
  const asked: Played["asked"][number][] = [];
  const left = [...answers];
  for (let now = START; left.length > 0 && now < START + 1000 * EVERY_MS; now += 1000) {
    const dues = due(spec, status, now);
    const hook = dues.some(({ look }) => look === "hook");
    const window = dues.find((one) => one.look === "gate")?.window;
    const is = hook ? left.shift() : undefined;
    if (is !== undefined) asked.push({ ...is, at: now });
    const observed: Observed = {
      now: now + lateMs,
      plan: status.plan,
      canary: { ready: true },
      measurements: is === undefined || window === undefined ? {} : { limit: measured(is, window) },
      hooks: is === undefined ? {} : { smoke: { said: is.said, reason: "" } },
      signals: [],
    };
    const decided = decide(spec, status, observed);
    events.push(...decided.events);
    status = decided.status;
    if (status.release > 0 && !isUnderway(status)) break;
  }
  return { events, status, asked };
}

const measured = ({ value }: Round, window: Measurement["window"]): Measurement =>
  value === null ? { kind: "noData", window, reason: "nobody came" } : { kind: "value", window, value };

const passes = ({ value, said }: Round) => value === 0.99 && said === "yes";
const objects = ({ value, said }: Round) => value === 0.5 || said === "no";

test("a round fails once, failures add up, and the round after too many takes it back", () => {
  fc.assert(
    fc.property(
      fc.array(round, { minLength: 1, maxLength: 30 }),
      fc.constantFrom("waits", "fails"),
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(0, 10, 900),
      (answers, unanswered, times, lateMs) => {
        const { events, status, asked } = play(specOf(unanswered, times), answers, lateMs);
        const isFailure = (one: Round) => (unanswered === "fails" ? !passes(one) : objects(one));
        const failed = asked.filter(isFailure);
        const told = events.filter((event) => event.type === "roundFailed");
        expect(told.map((event) => event.failed)).toEqual(failed.map((_one, i) => i + 1));
        expect(failed.length).toBeLessThanOrEqual(FAILURES);
        expect(asked.every(({ at }, i) => i === 0 || at - asked[i - 1].at >= EVERY_MS)).toBe(true);
        if (status.phase === "promoted") expect(asked.filter(passes)).toHaveLength(2 * times);
        if (status.outcome !== "rolledBack") return;
        expect(failed).toHaveLength(FAILURES);
        // Flagger's count is looked at before the next round, not behind the last
        const last = failed[FAILURES - 1].at;
        expect(asked.at(-1)?.at).toBe(last);
        // late answers move the end by less than a look, and never ask once more
        const waited = (status.endedAt ?? 0) - last;
        if (lateMs === 0) expect(waited).toBe(EVERY_MS);
        else expect(Math.abs(waited - EVERY_MS)).toBeLessThan(1000);
      },
    ),
  );
});

test("the share moves after rounds that passed, and never after one that did not", () => {
  fc.assert(
    fc.property(fc.array(round, { minLength: 1, maxLength: 20 }), (answers) => {
      const { events, asked } = play(specOf("fails", 1), answers);
      const passed = asked.filter(passes).map(({ at }) => at);
      const moved = events.filter((event) => event.type === "stepEntered" && event.name === "setWeight");
      expect(moved.slice(1).map(({ at }) => at)).toEqual(passed.slice(0, moved.length - 1));
    }),
  );
});
