/** The A/A strip in a release: folded with every measurement, told once when it gives way, and nothing called safe on it. */
import { expect, test } from "vitest";
import type { Measurement, Window } from "../analysis/measurement.ts";
import { SLICES } from "../analysis/strip.ts";
import { binomial, seeded, type Random } from "../stats/random.ts";
import { decide, type Observed } from "./decide.ts";
import { due } from "./due.ts";
import { sentence, type RolloutEvent } from "./events.ts";
import { initialStatus } from "./initial.ts";
import { specSchema, type Spec } from "./spec.ts";
import type { Status } from "./status.ts";

const START = 1_700_000_000_000;
const A_SLICE = 100;

function specOf(count: "units" | "requests"): Spec {
  const written = {
    stable: { revision: "v1", backends: ["http://127.0.0.1:1"] },
    canary: { revision: "v2", backends: ["http://127.0.0.1:2"] },
    strategy: { canary: { weights: [5], stage: "10m" } },
    gates: [{ name: "failures", failures: { count } }],
  };
  return { name: "shop", ...specSchema.parse(written) };
}

/** How often a slice of stable fails, and the canary. */
interface Truth {
  readonly slice: (index: number) => number;
  readonly canary: number;
}

const even: Truth = { slice: () => 0.01, canary: 0.01 };
/** A few clients that fail again and again: their slices do, all the time. */
const clustered: Truth = { slice: (index) => (index % 5 === 0 ? 0.035 : 0.0015), canary: 0.004 };

function measured(random: Random, { slice, canary }: Truth, window: Window, plan: number): Measurement {
  const n = Array.from({ length: SLICES }, () => A_SLICE);
  const bad = n.map((each, i) => binomial(random, each, slice(i)));
  const all = { n: SLICES * A_SLICE, bad: bad.reduce((a, b) => a + b) };
  const tick = { at: window.from, plan, stable: all, canary: { n: A_SLICE, bad: binomial(random, A_SLICE, canary) } };
  return { kind: "counts", window, ticks: [tick], slices: { n, bad } };
}

interface Played {
  readonly status: Status;
  readonly events: readonly RolloutEvent[];
}

function play(spec: Spec, truth: Truth, seconds: number, from?: Status): Played {
  const random = seeded(5);
  const events: RolloutEvent[] = [];
  let status = from ?? initialStatus(spec, START, "seed");
  for (let second = 0; second < seconds; second++) {
    const now = START + second * 1000;
    const measurements = Object.fromEntries(
      due(spec, status, now).flatMap((one) =>
        one.look === "gate" ? [[one.gate.name, measured(random, truth, one.window, status.plan.version)]] : [],
      ),
    );
    const seen: Observed = { now, plan: status.plan, canary: { ready: true }, measurements, hooks: {}, signals: [] };
    const decided = decide(spec, status, seen);
    // whoever asks again is told the same
    expect(decide(spec, status, seen)).toEqual(decided);
    status = decided.status;
    events.push(...decided.events);
  }
  return { status, events };
}

const told = ({ events }: Played) => events.filter(({ type }) => type === "promiseVoid");

test("where units are independent the strip stays quiet, and the gate passes", () => {
  const played = play(specOf("requests"), even, 400);
  expect(told(played)).toEqual([]);
  expect(played.status).toMatchObject({ phase: "promoted", verdicts: { failures: { verdict: "pass" } } });
  expect(JSON.stringify(played.status.strips).length).toBeLessThan(4096);
});

test.each([
  ["requests", "clustered", /requests hang together, count people instead: \d+ of 19 slices/],
  ["units", "void", /units hang together, the promised rates do not hold: \d+ of 19 slices/],
] as const)("%s that hang together: it is told once, and nothing is called safe", (count, ground, words) => {
  const played = play(specOf(count), clustered, 400);
  expect(told(played)).toHaveLength(1);
  expect(told(played)[0]).toMatchObject({ gate: "failures", ground, of: 19, crossed: 3 });
  expect(sentence(told(played)[0])).toMatch(words);
  const { verdict, reason } = played.status.verdicts["failures"];
  expect(verdict).toBe("inconclusive");
  expect(reason).toMatch(/^would pass, but (requests|units) hang together/);
  expect(played.status.phase).toBe("progressing");
});

test("harm takes it back whatever the ground, and the next release begins with another strip", () => {
  const spec = specOf("requests");
  const bad = play(spec, { ...clustered, canary: 0.2 }, 60);
  expect(bad.status).toMatchObject({ phase: "aborted", outcome: "rolledBack" });
  const signal = { id: 1, at: START, signal: { verb: "retry", by: "ann" } } as const;
  const seen: Observed = {
    now: START + 61_000,
    plan: bad.status.plan,
    canary: { ready: true },
    measurements: {},
    hooks: {},
    signals: [signal],
  };
  const again = decide(spec, bad.status, seen).status;
  expect(again).toMatchObject({ release: 2, phase: "progressing" });
  expect(again).not.toHaveProperty("strips");
});

test("slices that cannot be counts are an error of the source, and no part of the measurement is folded", () => {
  const spec = specOf("requests");
  const { status } = play(spec, even, 20);
  const [gate] = due(spec, status, START + 20_000).filter((one) => one.look === "gate");
  const wrong = measured(seeded(1), even, gate.window, status.plan.version) as Measurement & { kind: "counts" };
  const slices = { n: [1, 1], bad: [2, 0] };
  const seen: Observed = {
    now: START + 20_000,
    plan: status.plan,
    canary: { ready: true },
    measurements: { failures: { ...wrong, slices } },
    hooks: {},
    signals: [],
  };
  const after = decide(spec, status, seen).status;
  expect(after.verdicts["failures"]).toMatchObject({ verdict: "error", reason: expect.stringMatching(/bad must be/) });
  expect(after.strips).toEqual(status.strips);
});
