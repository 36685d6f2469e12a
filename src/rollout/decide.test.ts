/** Whatever is observed, in whatever order: what must hold of every decision. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Measurement } from "../analysis/measurement.ts";
import { decide, type Observed } from "./decide.ts";
import { due } from "./due.ts";
import { sentence } from "./events.ts";
import { initialStatus } from "./initial.ts";
import { signalVerbs } from "./signals.ts";
import { specSchema, type Spec } from "./spec.ts";
import { isUnderway, type Status } from "./status.ts";
import type { TrafficPlan } from "./traffic.ts";

const START = 1_700_000_000_000;

const strategies = [
  { canary: { weights: [1, 10, 50], stage: "20s", atLeast: "2s" } },
  {
    canary: { steps: [{ setWeight: 5 }, { pause: {} }, { approve: {} }, { setWeight: 100 }, { pause: { for: "5s" } }] },
  },
  { canary: { steps: [{ setWeight: 5 }, { check: { every: "5s", times: 2, failures: 3, unanswered: "fails" } }] } },
  { canary: { steps: [{ setWeight: 5 }, { check: { every: "5s", failures: 2 } }, { setWeight: 50 }] } },
  { blueGreen: { mirror: 10, check: "10s", approve: true } },
  { abTest: { weight: 50, for: "10s" } },
  { shadow: { share: 10, for: "10s" } },
];

const afterwards = [{}, { watch: "10s" }, { watch: "1m", holdback: 10 }];

function specOf(strategy: unknown, whenUndecided: Spec["whenUndecided"], afterPromotion: object = {}): Spec {
  const written = {
    stable: { revision: "v1", backends: ["http://127.0.0.1:1"] },
    canary: { revision: "v2", backends: ["http://127.0.0.1:2"] },
    strategy,
    whenUndecided,
    afterPromotion,
    hooks: [{ name: "may-it", on: "confirmTrafficIncrease", url: "http://127.0.0.1:9" }],
    gates: [
      { name: "failures", failures: {} },
      { name: "latency", latency: {} },
      { name: "limit", threshold: { value: "successRate", min: 0.9, every: "2s", failures: 3 } },
    ],
  };
  return { name: "shop", ...specSchema.parse(written) };
}

interface Moment {
  readonly afterMs: number;
  readonly router: "live" | "late" | "away" | "lost";
  readonly ready: boolean | null;
  readonly source: "counts" | "bad" | "noData" | "error";
  readonly hook: "yes" | "no" | "error" | null;
  readonly verb: (typeof signalVerbs)[number] | null;
}

const moment: fc.Arbitrary<Moment> = fc.record({
  afterMs: fc.constantFrom(0, 250, 500, 1000, 5000, 60_000),
  router: fc.constantFrom("live", "live", "live", "late", "away", "lost"),
  ready: fc.constantFrom(true, true, false, null),
  source: fc.constantFrom("counts", "counts", "bad", "noData", "error"),
  hook: fc.constantFrom("yes", "yes", "no", "error", null),
  verb: fc.option(fc.constantFrom(...signalVerbs), { freq: 4 }),
});

/** What the world answers to what was due at a moment. */
function observed(spec: Spec, status: Status, now: number, is: Moment, live: TrafficPlan | null, id: number): Observed {
  const dues = due(spec, status, now);
  const asked = (look: string) => dues.some((one) => one.look === look);
  const readies = (arm: string) => dues.some((one) => one.look === "ready" && one.arm === arm);
  const measurements: Record<string, Measurement> = {};
  for (const one of dues) if (one.look === "gate") measurements[one.gate.name] = answer(one, is);
  return {
    now,
    plan: is.router === "away" ? undefined : is.router === "lost" ? null : is.router === "live" ? status.plan : live,
    canary: !readies("canary") || is.ready === null ? null : { ready: is.ready },
    previous: !readies("previous") || is.ready === null ? null : { ready: is.ready },
    measurements,
    hooks: asked("hook") && is.hook !== null ? { "may-it": { said: is.hook, reason: "because" } } : {},
    signals: is.verb === null ? [] : [{ id, at: now, signal: { verb: is.verb, by: "ann" } }],
  };
}

function answer({ query, window }: Extract<ReturnType<typeof due>[number], { look: "gate" }>, is: Moment): Measurement {
  if (is.source === "error") return { kind: "error", window, reason: "away" };
  if (is.source === "noData") return { kind: "noData", window, reason: "nobody came" };
  const at = { at: window.from, plan: 1_000_000 };
  if (query.ask === "value") return { kind: "value", window, value: is.source === "bad" ? 0.5 : 0.99 };
  if (query.ask === "counts") {
    const canary = { n: 100, bad: is.source === "bad" ? 60 : 0 };
    return { kind: "counts", window, ticks: [{ ...at, stable: { n: 1000, bad: 1 }, canary }] };
  }
  const slow = is.source === "bad" ? 120 : 60;
  const stable = { done: [[60, 1000] as const], carried: [] };
  return {
    kind: "histogram",
    window,
    ticks: [{ ...at, stable, canary: { done: [[slow, 100] as const], carried: [] } }],
  };
}

const plays = fc.record({
  strategy: fc.constantFrom(...strategies),
  whenUndecided: fc.constantFrom("hold" as const, "advance" as const, "rollback" as const),
  afterPromotion: fc.constantFrom(...afterwards),
  moments: fc.array(moment, { maxLength: 40 }),
});

test("every decision keeps the promises of the state", () => {
  fc.assert(
    fc.property(plays, ({ strategy, whenUndecided, afterPromotion, moments }) => {
      const spec = specOf(strategy, whenUndecided, afterPromotion);
      let status = initialStatus(spec, START, "seed");
      let [now, live] = [START, null as TrafficPlan | null];
      for (const [index, is] of moments.entries()) {
        now += is.afterMs;
        const seen = observed(spec, status, now, is, live, index + 1);
        const frozen = JSON.stringify(status);
        const next = decide(spec, status, seen);
        expect(JSON.stringify(status)).toBe(frozen);
        expect(decide(spec, status, seen)).toEqual(next);
        holds(status, next.status, seen, next);
        if (is.router === "live") live = status.plan;
        status = next.status;
      }
    }),
  );
});

function holds(before: Status, after: Status, seen: Observed, { events }: ReturnType<typeof decide>): void {
  // plain JSON: what is remembered is what was decided
  expect(JSON.parse(JSON.stringify(after))).toEqual(after);
  // plans are levels with growing versions: the same version is the same plan
  expect(after.plan.version).toBeGreaterThanOrEqual(before.plan.version);
  if (after.plan.version === before.plan.version) expect(after.plan).toEqual(before.plan);
  // what is watched was promoted, everybody (but a holdback) has it, and there is somewhere to go back to
  const { watch, plan } = after;
  if (watch !== undefined) {
    expect([after.phase, plan.canaryWeight, plan.matches]).toEqual(["promoted", 10_000 - watch.holdback, []]);
    expect([plan.canary?.revision, plan.stable]).toEqual([after.stable.revision, after.previous]);
  }
  // nobody meets a canary of which no release is under way
  if (!isUnderway(after) && watch === undefined)
    expect([after.plan.canary, after.plan.canaryWeight, after.plan.mirrorWeight]).toEqual([null, 0, 0]);
  // what counts as live is what the router reported last
  if (after.liveAt !== null && seen.plan !== undefined) expect(after.plan).toEqual(seen.plan);
  // an outcome and an end belong together
  expect(after.outcome !== null).toBe(after.release > 0 && !isUnderway(after));
  // it is always known when to look again, and every event has its sentence
  expect(after.wakeAt).toBeGreaterThanOrEqual(seen.now);
  for (const event of events) expect(sentence(event)).toMatch(/^[^\s].*\.$/);
}

test("without evidence nothing is ever promoted, unless a person or the document says so", () => {
  const blind = moment.filter(({ source, verb }) => source !== "counts" && source !== "bad" && verb === null);
  fc.assert(
    fc.property(fc.array(blind, { maxLength: 60 }), (moments) => {
      const spec = specOf(strategies[0], "hold");
      let status = initialStatus(spec, START, "seed");
      let now = START;
      for (const [index, is] of moments.entries()) {
        now += is.afterMs;
        status = decide(spec, status, observed(spec, status, now, is, null, index + 1)).status;
        expect(["idle", "progressing", "paused"]).toContain(status.phase);
      }
    }),
  );
});

test("harm takes a release back from whatever step, also while a person has paused it", () => {
  const spec = specOf(strategies[0], "hold");
  let status = initialStatus(spec, START, "seed");
  const go = (now: number, is: Partial<Moment>) => {
    const all: Moment = { afterMs: 0, router: "live", ready: true, source: "counts", hook: "yes", verb: null, ...is };
    const next = decide(spec, status, observed(spec, status, now, all, null, now));
    status = next.status;
    return next;
  };
  for (let i = 0; i < 8; i++) go(START + i * 500, {});
  go(START + 5000, { verb: "pause" });
  expect(status.pausedBy).toBe("person");
  const { events } = go(START + 6000, { source: "bad" });
  expect(status.outcome).toBe("rolledBack");
  expect(events.map(({ type }) => type)).toContain("rolledBack");
});

test("a router that is ahead, as after a restored backup, is told again under a version above its own", () => {
  const spec = specOf(strategies[0], "hold");
  const status = initialStatus(spec, START, "seed");
  const seen = { now: START, canary: null, measurements: {}, hooks: {}, signals: [] };
  const ahead = { ...status.plan, version: 41, canaryWeight: 500, salt: "another" };
  const outbidding = decide(spec, status, { ...seen, plan: ahead }).status;
  expect(outbidding.plan).toEqual({ ...status.plan, version: 42 });
  const settled = decide(spec, outbidding, { ...seen, plan: outbidding.plan }).status;
  expect(settled.liveAt).toBe(START);
});
