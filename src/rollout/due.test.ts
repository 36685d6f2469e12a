/** When gates are looked at: the gateway at every look, others at their own pace and about the present plan alone. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Window } from "../analysis/measurement.ts";
import type { Query, ValuesQuery } from "../analysis/metric.ts";
import { due } from "./due.ts";
import { initialStatus } from "./initial.ts";
import { specSchema, type Spec } from "./spec.ts";
import type { Status } from "./status.ts";

const MINUTE = 60_000;
/** A round minute. */
const START = 1_700_000_040_000;

const source = { elsewhere: { interval: 15_000, delay: 5000 } };
const spec: Spec = {
  name: "shop",
  ...specSchema.parse({
    stable: { revision: "v1", backends: ["http://127.0.0.1:1"] },
    canary: { revision: "v2", backends: ["http://127.0.0.1:2"] },
    gates: [
      { name: "own", failures: {} },
      { name: "counted", source, failures: {} },
      { name: "limited", source, threshold: { max: 1, every: "1m" } },
    ],
  }),
};

/** A stage that went live at `liveAt`, with everything measured up to `measured`. */
function statusOf(liveAt: number | null, measured: number): Status {
  const status = initialStatus(spec, START, "seed");
  const canary = { revision: "v2", backends: ["http://127.0.0.1:2"] };
  return {
    ...status,
    phase: "progressing",
    canary,
    plan: { ...status.plan, version: 7, canary, canaryWeight: 500 },
    begun: true,
    liveAt,
    measuredTo: { own: measured, counted: measured, limited: measured },
  };
}

function looks(status: Status, now: number): Record<string, { window: Window; query: Query | ValuesQuery }> {
  const asked = due(spec, status, now).flatMap((one) => (one.look === "gate" ? [one] : []));
  return Object.fromEntries(asked.map(({ gate, window, query }) => [gate.name, { window, query }]));
}

describe("a source with a pace of its own", () => {
  test("is asked about whole intervals of round times, once they are settled", () => {
    const status = statusOf(START + 1000, START + 1000);
    expect(looks(status, START + 34_999)["counted"]).toBeUndefined();
    expect(looks(status, START + 35_000)["counted"].window).toEqual({ from: START + 15_000, to: START + 30_000 });
    expect(looks(status, START + 65_400)["counted"].window).toEqual({ from: START + 15_000, to: START + 60_000 });
  });

  test("is asked about nothing that was before the present plan was live, and not while no plan is", () => {
    const window = { from: START + 105_000, to: START + 120_000 };
    expect(looks(statusOf(START + 91_000, START + 30_000), START + 125_000)["counted"].window).toEqual(window);
    expect(Object.keys(looks(statusOf(null, START), START + 10 * MINUTE))).toEqual(["own"]);
  });

  test("is told which split is live, and since when; the gateway knows", () => {
    const asked = looks(statusOf(START + 1000, START + 1000), START + 10 * MINUTE);
    expect(asked["counted"].query).toEqual({
      ask: "counts",
      failures: ["5xx", "connect", "reset", "timeout"],
      count: "requests",
      traffic: "live",
      split: {
        plan: 7,
        since: START + 1000,
        stable: { revision: "v1", backends: ["http://127.0.0.1:1"] },
        canary: { revision: "v2", backends: ["http://127.0.0.1:2"] },
      },
    });
    expect(asked["own"].query).toEqual({
      ask: "counts",
      failures: ["5xx", "connect", "reset", "timeout"],
      count: "units",
      traffic: "live",
    });
  });

  test("a fixed limit is checked for the last whole one of its own intervals, and is called by its gate", () => {
    const { window, query } = looks(statusOf(START + 1000, START + 1000), START + 5 * MINUTE + 4999)["limited"];
    expect(window).toEqual({ from: START + 3 * MINUTE, to: START + 4 * MINUTE });
    expect(query).toMatchObject({ ask: "value", value: "limited", arm: "canary" });
  });

  test("whatever the moments of looking, windows follow on each other and hold whole intervals", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 60 }), (waits) => {
        let [now, status] = [START + 1, statusOf(START + 1, START + 1)];
        let end: number | null = null;
        for (const wait of waits) {
          now += wait;
          const window = looks(status, now)["counted"]?.window;
          if (window === undefined) continue;
          expect(window.from).toBe(end ?? START + 15_000);
          expect((window.to - window.from) % 15_000).toBe(0);
          expect(window.to).toBeLessThanOrEqual(now - 5000);
          expect(window.to).toBeGreaterThan(now - 5000 - 15_000);
          end = window.to;
          status = { ...status, measuredTo: { ...status.measuredTo, counted: end } };
        }
      }),
    );
  });
});

test("what is asked of the gateway is everything since the last look", () => {
  expect(looks(statusOf(START, START + 100), START + 600)["own"].window).toEqual({
    from: START + 100,
    to: START + 600,
  });
});
