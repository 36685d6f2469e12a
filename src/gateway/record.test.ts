/** Recorder and tally together, against a plain model of the same requests: every number is recounted from the list. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { failureKinds, type Counting, type FailureKind, type Query } from "../analysis/metric.ts";
import type { Counts, Histogram, Measurement, Tick } from "../analysis/measurement.ts";
import { foldSlices, judgeStrip, SLICES, startStrip, type Strip } from "../analysis/strip.ts";
import type { TrafficPlan } from "../rollout/traffic.ts";
import { BUCKETS, bucketOf, crossed, lowerEdge, resolved } from "../stats/histogram.ts";
import { seeded } from "../stats/random.ts";
import { TickRecorder } from "./record.ts";
import type { ArmName, Failure, TrafficKind } from "./seam.ts";
import { KEPT_TICKS, Tally } from "./tally.ts";
import { sliceOf, TICK_MS, tickOf, type TickReport } from "./tick.ts";

const seed = Number(process.env.SERIN_TEST_SEED ?? 20_240_503);
const T0 = 1_700_000_000_000;
const SECONDS = 8;
const END = T0 + SECONDS * 1000;

function planOf(version: number, over: Partial<TrafficPlan> = {}): TrafficPlan {
  const arm = { revision: "v", backends: [] };
  const base = { rollout: "shop", salt: "s", canaryWeight: 100, mirrorWeight: 0, unit: { address: {} }, matches: [] };
  return { version, ...base, stable: arm, canary: arm, ...over };
}

interface Request {
  readonly worker: number;
  readonly start: number;
  readonly tookMs: number;
  readonly arm: ArmName;
  readonly kind: TrafficKind;
  /** 0: none. */
  readonly unit: number;
  readonly outcome: "ok" | FailureKind | "abandoned" | "5xx+reset";
}

const outcomes: readonly Request["outcome"][] = ["ok", "ok", "ok", ...failureKinds, "abandoned", "5xx+reset"];
/** Odd fractions, so that no moment falls on the end of a tick or an edge of a bucket. */
const requestOf = fc
  .record({
    worker: fc.integer({ min: 0, max: 1 }),
    start: fc.integer({ min: 0, max: SECONDS * 1000 - 1 }),
    tookMs: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 5000 })),
    arm: fc.constantFrom<ArmName>("stable", "canary"),
    kind: fc.constantFrom<TrafficKind>("assigned", "assigned", "assigned", "forced", "mirrored"),
    unit: fc.integer({ min: 0, max: 6 }),
    outcome: fc.constantFrom(...outcomes),
  })
  .map((r): Request => ({ ...r, start: T0 + r.start + 0.137, tookMs: r.tookMs + 0.0311, unit: unitOf(r) }));

/** An assigned unit has one arm: even ones are on the canary. */
function unitOf(r: { unit: number; arm: ArmName; kind: TrafficKind }): number {
  return r.unit === 0 || r.kind !== "assigned" ? r.unit : r.unit * 2 + (r.arm === "canary" ? 0 : 1);
}

/** The other half of a unit's name, which says its slice. */
const lowOf = (unit: number): number => (unit * 5003) & 0xffff;

const failureOf = (outcome: Request["outcome"]): Failure | null =>
  outcome === "connect" || outcome === "reset" || outcome === "timeout"
    ? outcome
    : outcome === "5xx+reset"
      ? "reset"
      : null;
const kindOf = (outcome: Request["outcome"]): FailureKind | null =>
  outcome === "5xx" ? "5xx" : outcome === "ok" || outcome === "abandoned" ? null : failureOf(outcome);

/** Plays the requests through one recorder per worker into one tally, moment by moment. */
function play(requests: readonly Request[], workers = 2, until = END): Tally {
  const tally = new Tally(T0);
  tally.plan(planOf(1), T0);
  const recorders = Array.from({ length: workers }, (_, worker) => {
    tally.join(worker, tickOf(T0));
    return new TickRecorder(T0, (report) => tally.deliver(worker, report));
  });
  const moments: { at: number; run: () => void }[] = requests.flatMap((r) => {
    const recorder = recorders[r.worker % workers];
    let flight = -1;
    const begin = () => (flight = recorder.begin(r.arm, r.kind, r.unit, lowOf(r.unit), 1, r.start));
    const finish = (at: number) => {
      if (r.outcome === "abandoned") recorder.abandon(flight, at);
      else
        recorder.end(
          flight,
          r.outcome.startsWith("5xx") ? 503 : r.outcome === "ok" ? 200 : 0,
          failureOf(r.outcome),
          at,
        );
    };
    const end = r.start + r.tookMs;
    return [
      { at: r.start, run: begin },
      { at: end, run: () => finish(end) },
    ];
  });
  for (let at = T0 + TICK_MS; at <= until; at += TICK_MS) {
    moments.push({ at, run: () => recorders.forEach((recorder) => recorder.tick(at)) });
  }
  for (const { at, run } of moments.toSorted((a, b) => a.at - b.at)) if (at <= until) run();
  return tally;
}

const window = { from: T0, to: END };
/** When the tick of a moment began. */
const tickAt = (ms: number) => tickOf(ms) * TICK_MS;

function ticks<S>(measured: Measurement): readonly Tick<S>[] {
  if (measured.kind === "counts" || measured.kind === "histogram") return measured.ticks as readonly Tick<S>[];
  expect(measured.kind).toBe("noData");
  return [];
}

function ended(requests: readonly Request[]): readonly Request[] {
  return requests.filter((r) => r.outcome !== "abandoned" && r.start + r.tookMs < window.to);
}

/** Units at risk and failing, recounted tick by tick with sets. */
function modelUnits(requests: readonly Request[], mask: readonly FailureKind[]): Map<number, Counts> {
  const gone = new Set<number>();
  const model = new Map<number, Counts>();
  for (let at = T0; at < window.to; at += TICK_MS) {
    const here = ended(requests).filter((r) => tickAt(r.start + r.tookMs) === at);
    const bad = (r: Request) => mask.some((kind) => kind === kindOf(r.outcome));
    const units = new Set(here.filter((r) => r.unit !== 0 && !gone.has(r.unit)).map((r) => r.unit));
    const failing = new Set(here.filter((r) => units.has(r.unit) && bad(r)).map((r) => r.unit));
    const solo = here.filter((r) => r.unit === 0);
    const n = units.size + solo.length;
    if (n > 0) model.set(at, { n, bad: failing.size + solo.filter(bad).length });
    for (const unit of failing) gone.add(unit);
  }
  return model;
}

const streams = [
  { traffic: "live", kind: "assigned" },
  { traffic: "mirrored", kind: "mirrored" },
] as const;

test("counts of requests and of units equal a recount, for every choice of kinds, over two workers", () => {
  fc.assert(
    fc.property(
      fc.array(requestOf, { maxLength: 120 }),
      fc.subarray([...failureKinds], { minLength: 1 }),
      fc.constantFrom(...streams),
      (requests, failures, { traffic, kind }) => {
        const tally = play(requests);
        const ask = (count: "units" | "requests") =>
          ticks<Counts>(tally.measure({ ask: "counts", failures, count, traffic }, window));
        for (const arm of ["stable", "canary"] as const) {
          const mine = requests.filter((r) => r.arm === arm && r.kind === kind);
          const total = (found: readonly Tick<Counts>[], of: "n" | "bad") =>
            found.reduce((sum, tick) => sum + tick[arm][of], 0);
          const all = ask("requests");
          expect(total(all, "n")).toBe(ended(mine).length);
          const isBad = (r: Request) => failures.some((kindAsked) => kindAsked === kindOf(r.outcome));
          expect(total(all, "bad")).toBe(ended(mine).filter(isBad).length);
          const units = new Map(ask("units").map((tick) => [tick.at, tick[arm]]));
          for (const [at, counts] of units) if (counts.n === 0) units.delete(at);
          expect(units).toEqual(modelUnits(mine, failures));
        }
      },
    ),
    { seed, numRuns: 150 },
  );
});

test("stable is counted by slices too, units as the gate counts them: together they are stable", () => {
  fc.assert(
    fc.property(
      fc.array(requestOf, { maxLength: 120 }),
      fc.subarray([...failureKinds], { minLength: 1 }),
      (all, failures) => {
        const tally = play(all);
        const named = ended(all).filter((r) => r.arm === "stable" && r.kind === "assigned" && r.unit !== 0);
        const ask = (count: "units" | "requests", traffic: "live" | "mirrored" = "live") =>
          tally.measure({ ask: "counts", failures, count, traffic }, window);
        const slice = (index: number) => named.filter((r) => sliceOf(lowOf(r.unit)) === index);
        const isBad = (r: Request) => failures.some((kind) => kind === kindOf(r.outcome));
        const requests = Array.from({ length: SLICES }, (_, i) => ({
          n: slice(i).length,
          bad: slice(i).filter(isBad).length,
        }));
        const units = Array.from({ length: SLICES }, (_, i) => totalOf([...modelUnits(slice(i), failures).values()]));
        expect(slicesIn(ask("requests"))).toEqual(named.length === 0 ? null : requests);
        expect(slicesIn(ask("units"))).toEqual(named.length === 0 ? null : units);
        expect(slicesIn(ask("units", "mirrored"))).toBeNull();
      },
    ),
    { numRuns: 100 },
  );
});

test("clients that fail again and again are seen in the slices as requests, and not as people", () => {
  const random = seeded(23);
  const requests = Array.from({ length: 6000 }, (): Request => {
    const unit = 1 + Math.floor(random() * 400);
    const fails = unit % 50 === 0 || random() < 0.002;
    const outcome = fails ? "5xx" : "ok";
    return { worker: unit % 2, start: T0 + random() * 7000, tookMs: 5, arm: "stable", kind: "assigned", unit, outcome };
  });
  const tally = play(requests);
  const judged = (count: Counting) => {
    const query: Query = { ask: "counts", failures: ["5xx"], count, traffic: "live" };
    let strip: Strip | undefined;
    for (let from = T0; from < END; from += 500)
      strip = foldSlices(strip, tally.measure(query, { from, to: from + 500 }));
    return judgeStrip(strip ?? startStrip(SLICES), count);
  };
  expect(judged("requests")).toMatchObject({ ground: "clustered" });
  expect(judged("units")).toMatchObject({ ground: "valid" });
});

const totalOf = (all: readonly Counts[]): Counts =>
  all.reduce((sum, { n, bad }) => ({ n: sum.n + n, bad: sum.bad + bad }), { n: 0, bad: 0 });

function slicesIn(measured: Measurement): Counts[] | null {
  if (measured.kind !== "counts" || measured.slices === undefined) return null;
  const { n, bad } = measured.slices;
  return n.map((each, i) => ({ n: each, bad: bad[i] }));
}

/** How many of the requests were first known in the tick to have crossed the boundary, or to stay below it. */
function modelCrossings(
  requests: readonly Request[],
  at: number,
  boundary: number,
): { crossed: number; resolved: number } {
  let [over, under] = [0, 0];
  for (const r of requests) {
    const end = r.start + r.tookMs;
    const bucket = bucketOf(r.tookMs * 1000);
    const moment = r.start + lowerEdge(boundary) / 1000;
    // While it runs a request is looked at only at the end of a tick; then its age tells.
    const known = bucket >= boundary ? tickAt(moment) : NaN;
    if (known === at && moment < window.to) over += 1;
    if (bucket < boundary && r.outcome !== "abandoned" && tickAt(end) === at) under += 1;
  }
  return { crossed: over, resolved: over + under };
}

test("each request crosses each boundary once, in the tick when its age first shows it: hangs are seen while they last", () => {
  const boundaries = [1, 20, 64, 100, 150, 180, 200, 225, 240, 255, 260, BUCKETS - 1];
  fc.assert(
    fc.property(fc.array(requestOf, { maxLength: 60 }), fc.constantFrom(...streams), (requests, { traffic, kind }) => {
      const query: Query = { ask: "histogram", count: "requests", traffic };
      const found = ticks<Histogram>(play(requests).measure(query, window));
      for (const arm of ["stable", "canary"] as const) {
        const mine = requests.filter((r) => r.arm === arm && r.kind === kind);
        for (let at = T0; at < window.to; at += TICK_MS) {
          const here = found.find((tick) => tick.at === at)?.[arm] ?? { done: [], carried: [] };
          for (const boundary of boundaries) {
            const counted = { crossed: crossed(here, boundary), resolved: resolved(here, boundary) };
            expect({ at, boundary, ...counted }).toEqual({ at, boundary, ...modelCrossings(mine, at, boundary) });
          }
        }
      }
    }),
    { seed, numRuns: 120 },
  );
});

test("latency of units takes at most one request per unit, worker and tick, chosen when it begins", () => {
  fc.assert(
    fc.property(fc.array(requestOf, { maxLength: 80 }), (requests) => {
      const query: Query = { ask: "histogram", count: "units", traffic: "live" };
      const found = ticks<Histogram>(play(requests, 2, T0 + 60_000).measure(query, { from: T0, to: T0 + 60_000 }));
      for (const arm of ["stable", "canary"] as const) {
        const taken = new Set<string>();
        const firsts = requests
          .filter((r) => r.arm === arm && r.kind === "assigned")
          .toSorted((a, b) => a.start - b.start)
          .filter((r) => {
            const key = `${r.worker} ${r.unit} ${tickAt(r.start)}`;
            return r.unit === 0 || (!taken.has(key) && taken.add(key) !== null);
          });
        const wanted = firsts.filter((r) => r.outcome !== "abandoned").length;
        const done = found.flatMap((tick) => tick[arm].done).reduce((sum, [, count]) => sum + count, 0);
        expect(done).toBe(wanted);
      }
    }),
    { seed, numRuns: 100 },
  );
});

test("splitting the requests over workers differently changes no count", () => {
  fc.assert(
    fc.property(fc.array(requestOf, { maxLength: 100 }), (requests) => {
      const queries: Query[] = [
        { ask: "counts", failures: ["5xx", "timeout"], count: "units", traffic: "live" },
        { ask: "counts", failures: [...failureKinds], count: "requests", traffic: "live" },
        { ask: "histogram", count: "requests", traffic: "live" },
        { ask: "value", value: "p90", arm: "canary" },
      ];
      const one = play(requests, 1);
      const two = play(requests, 2);
      for (const query of queries) expect(two.measure(query, window)).toEqual(one.measure(query, window));
      expect(two.exposure()).toEqual(one.exposure());
    }),
    { seed, numRuns: 100 },
  );
});

test("exposure counts different people, whatever became of their requests, forced ones apart", () => {
  const base = { worker: 0, tookMs: 5, arm: "canary", kind: "assigned" } as const;
  const at = (ms: number) => T0 + ms;
  const tally = play([
    { ...base, start: at(10), unit: 2, outcome: "ok" },
    { ...base, start: at(1200), unit: 2, outcome: "5xx" },
    { ...base, start: at(20), unit: 4, outcome: "abandoned" },
    { ...base, start: at(30), unit: 6, outcome: "ok", kind: "forced" },
    { ...base, start: at(40), unit: 0, outcome: "ok" },
  ]);
  expect(tally.exposure().canary).toEqual({
    units: 2,
    unitsFailed: 1,
    sessions: 2,
    forced: 1,
    requests: 4,
    failures: 1,
  });
  expect(tally.exposure()).toMatchObject({ salt: "s", since: T0, exact: true, idle: { requests: 0 } });
  expect(tally.exposure().stable.units).toBe(0);
  tally.plan(planOf(2, { salt: "next" }), T0);
  expect(tally.exposure()).toMatchObject({ salt: "next", canary: { units: 0, requests: 0 } });
});

test("who comes for the first time is counted as soon as their request begins, however long its answer takes", () => {
  const tally = new Tally(T0);
  tally.join(0, tickOf(T0));
  const recorder = new TickRecorder(T0, (report) => tally.deliver(0, report));
  tally.plan(planOf(1, { canaryWeight: 1000 }), T0);
  const hanging = recorder.begin("canary", "assigned", 9, lowOf(9), 1, T0 + 1);
  recorder.tick(T0 + 1000);
  expect(tally.exposure()).toMatchObject({ draws: { newcomers: 1 }, canary: { units: 0 } });
  recorder.end(hanging, 200, null, T0 + 30_000);
  recorder.flush(T0 + 31_000);
  expect(tally.exposure()).toMatchObject({ draws: { newcomers: 1 }, canary: { units: 1 } });
});

test("people on both arms are told apart by why; what is served without a canary is not the release's", () => {
  const tally = new Tally(T0);
  tally.join(0, tickOf(T0));
  const recorder = new TickRecorder(T0, (report) => tally.deliver(0, report));
  const plans = [
    planOf(1),
    planOf(2, { canaryWeight: 5000 }),
    planOf(3, { canaryWeight: 1000 }),
    planOf(4, { canaryWeight: 0, canary: null }),
  ];
  for (const plan of plans) tally.plan(plan, T0);
  let now = T0 + 1;
  const serve = (
    unit: number,
    arm: ArmName,
    plan: number,
    failure: Failure | null = null,
    kind: TrafficKind = "assigned",
  ) => {
    now += 1;
    recorder.end(recorder.begin(arm, kind, unit, lowOf(unit), plan, now), failure === null ? 200 : 0, failure, now + 1);
  };
  for (const [unit, arm, plan] of [
    [1, "stable", 1],
    [1, "canary", 2],
    [2, "canary", 2],
    [2, "stable", 3],
    [3, "canary", 1],
    [3, "stable", 2],
    [0, "stable", 4],
  ] as const)
    serve(unit, arm, plan);
  serve(4, "canary", 3, "connect");
  serve(5, "stable", 3);
  serve(5, "canary", 3, null, "forced");
  recorder.tick(T0 + 1000);
  // after a promotion some are held back on what was stable before: that is no release
  tally.plan(planOf(5, { canaryWeight: 1000, stable: { revision: "w", backends: [] } }), T0 + 1000);
  now = T0 + 1000;
  serve(6, "canary", 5);
  serve(7, "stable", 5);
  recorder.flush(T0 + 2000);
  const { moves, stable, canary, idle } = tally.exposure();
  expect(moves).toEqual({ cameOver: 1, movedBack: 1, fellBack: 1, forced: 1, flipped: 1 });
  expect([stable.requests, canary.requests, idle.requests]).toEqual([4, 4, 3]);
  expect([stable.units, canary.units]).toEqual([4, 4]);
  // 1, 2, 3 and the two of the third plan, each by the first arm they met
  expect(tally.exposure().draws?.newcomers).toBe(5);
  tally.plan(planOf(6, { salt: "next", unit: { request: {} } }), T0);
  expect(tally.exposure()).toMatchObject({ moves: null, canary: { units: null, sessions: null } });
});

/** One worker that ends one request a tick, under the plan that `planAt` says. */
function steady(tally: Tally, ticks: number, planAt: (tick: number) => number, outcome: 200 | 500 = 200): void {
  const recorder = new TickRecorder(T0, (report) => tally.deliver(0, report));
  for (let tick = 0; tick < ticks; tick++) {
    const now = T0 + tick * TICK_MS + 1;
    recorder.end(recorder.begin("canary", "assigned", 7, 7, planAt(tick), now), outcome, null, now + 1);
  }
  recorder.tick(T0 + ticks * TICK_MS);
}

const failing: Query = { ask: "counts", failures: ["5xx"], count: "units", traffic: "live" };

test("a unit fails once a stage: plans that split alike go on with it, another weight begins anew", () => {
  const tally = new Tally(T0);
  tally.join(0, tickOf(T0));
  for (const plan of [
    planOf(1),
    planOf(2, { stable: { revision: "v", backends: ["http://b"] } }),
    planOf(3, { canaryWeight: 500 }),
  ])
    tally.plan(plan, T0);
  steady(tally, 6, (tick) => 1 + Math.floor(tick / 2), 500);
  const found = ticks<Counts>(tally.measure(failing, window));
  expect(found.map(({ plan, canary }) => [plan, canary.n, canary.bad])).toEqual([
    [1, 1, 1],
    [3, 1, 1],
  ]);
});

test("windows are cut to whole ticks that are final; adjacent windows add up", () => {
  const tally = new Tally(T0);
  tally.join(0, tickOf(T0));
  tally.plan(planOf(1), T0);
  steady(tally, 20, () => 1);
  const query: Query = { ask: "counts", failures: ["5xx"], count: "requests", traffic: "live" };
  const cut = tally.measure(query, { from: T0 + 1400, to: T0 + 60_000 });
  expect(cut).toMatchObject({ kind: "counts", window: { from: T0 + 1250, to: T0 + 5000 } });
  expect(cut).not.toHaveProperty("gap");
  expect(ticks<Counts>(cut).map(({ at }) => at)).toEqual(Array.from({ length: 15 }, (_, i) => T0 + 1250 + i * TICK_MS));
  const parts = [T0, T0 + 700, T0 + 740, T0 + 2900, T0 + 5000];
  const summed = parts.slice(1).flatMap((to, i) => ticks(tally.measure(query, { from: parts[i], to })));
  expect(summed).toEqual(ticks(tally.measure(query, { from: T0, to: T0 + 5000 })));
  const early = tally.measure(query, { from: T0 + 5000, to: T0 + 9000 });
  expect(early).toMatchObject({ kind: "noData", window: { from: T0 + 5000, to: T0 + 5000 } });
});

/** A report without requests, so many ticks after T0. */
const empty = (tick: number, over: Partial<TickReport> = {}): TickReport => ({
  tick: tickOf(T0) + tick,
  cells: [],
  lost: 0,
  inFlight: 0,
  ...over,
});

test("no tick is final before every worker delivered it", () => {
  const tally = new Tally(T0);
  tally.join(1, tickOf(T0));
  tally.join(2, tickOf(T0));
  tally.deliver(1, empty(0));
  tally.deliver(1, empty(1));
  expect(tally.finalTo).toBe(T0);
  tally.deliver(2, empty(0));
  expect(tally.finalTo).toBe(T0 + TICK_MS);
  tally.leave(2, T0 + 400, true);
  expect(tally.finalTo).toBe(T0 + 2 * TICK_MS);
});

const live: Query = { ask: "value", value: "requestRate", arm: "canary" };
const gapOf = (measured: Measurement) => ("gap" in measured ? measured.gap : undefined);

test("gaps are marked: a dead worker, a silent one, none at all, lost requests, time before the record began", () => {
  const tally = new Tally(T0);
  tally.join(1, tickOf(T0));
  tally.join(2, tickOf(T0));
  tally.leave(2, T0 + 100, false);
  for (let tick = 0; tick < 16; tick++) tally.deliver(1, empty(tick, { lost: tick === 8 ? 9 : 0 }));
  const at = (from: number, to: number) => gapOf(tally.measure(live, { from: T0 + from * 1000, to: T0 + to * 1000 }));
  expect(at(0, 1)).toMatch(/^250ms from .*: a worker ended/);
  expect(at(1, 2)).toBeUndefined();
  expect(at(1, 4)).toMatch(/^250ms from .* 9 requests found no room/);
  expect(at(-5, 1)).toMatch(/^5s from .*not yet kept; 250ms from/);
  tally.tick(T0 + 8000);
  expect(tally.finalTo).toBe(T0 + 5000);
  expect(at(4, 5)).toMatch(/did not answer in time/);
  tally.leave(1, T0 + 8000, true);
  tally.tick(T0 + 20_000);
  expect(at(10, 15)).toMatch(/no worker was running/);
});

test("old ticks make room, and asking for them says so", () => {
  const tally = new Tally(T0);
  tally.join(0, tickOf(T0));
  tally.plan(planOf(1), T0);
  steady(tally, KEPT_TICKS + 200, () => 1);
  const all = { from: T0, to: T0 + (KEPT_TICKS + 200) * TICK_MS };
  const measured = tally.measure({ ...failing, count: "requests" }, all);
  expect(ticks(measured)).toHaveLength(KEPT_TICKS);
  expect(gapOf(measured)).toMatch(/^50s from .* no longer/);
});

test("the live share is that of the last ten seconds, and of the present stage only", () => {
  const tally = new Tally(T0);
  tally.join(0, tickOf(T0));
  for (const plan of [planOf(1), planOf(2, { canaryWeight: 2500 })]) tally.plan(plan, T0);
  expect(tally.share()).toEqual({ windowMs: 0, share: null });
  const recorder = new TickRecorder(T0, (report) => tally.deliver(0, report));
  for (let i = 0; i < 15_000; i += 10) {
    const canary = i < 4000 ? i % 20 === 0 : i % 40 === 0;
    const now = T0 + i + 1;
    const arm = canary ? "canary" : "stable";
    recorder.end(
      recorder.begin(arm, i % 30 === 0 ? "forced" : "assigned", 0, 0, i < 4000 ? 1 : 2, now),
      200,
      null,
      now,
    );
  }
  recorder.tick(T0 + 6000);
  const { windowMs, share } = tally.share();
  expect(windowMs).toBe(10_000);
  expect(Math.abs((share ?? 0) - 2500)).toBeLessThan(10);
});

test("a clock that is set back starts the record over, marked; a sleeping machine leaves a gap", () => {
  const tally = new Tally(T0);
  tally.join(0, tickOf(T0));
  tally.plan(planOf(1), T0);
  const recorder = new TickRecorder(T0, (report) => tally.deliver(0, report));
  const serve = (now: number) => recorder.end(recorder.begin("canary", "assigned", 7, 7, 1, now), 200, null, now + 1);
  serve(T0 + 10);
  recorder.tick(T0 + 90_000);
  tally.tick(T0 + 90_000);
  expect(gapOf(tally.measure(live, { from: T0, to: T0 + 90_000 }))).toMatch(
    /^1m\d\d.*s from .*: a worker did not answer in time/,
  );
  const back = T0 - 3_600_000;
  recorder.tick(back);
  tally.tick(back);
  serve(back + 10);
  recorder.tick(back + 2000);
  const measured = tally.measure(live, { from: back, to: back + 2000 });
  expect(measured).toMatchObject({ kind: "value", value: 0.5 });
  expect(gapOf(measured)).toMatch(/set back/);
});

test("values: rates of the window, latencies in milliseconds, a hang counts by its age", () => {
  const base = { worker: 0, arm: "canary", kind: "assigned", unit: 2 } as const;
  const quick = Array.from({ length: 90 }, (_, i): Request => ({
    ...base,
    start: T0 + i * 10,
    tookMs: 20,
    outcome: i < 9 ? "5xx" : "ok",
  }));
  const hung = Array.from({ length: 10 }, (_, i): Request => ({
    ...base,
    start: T0 + i,
    tookMs: 60_000,
    outcome: "ok",
  }));
  const tally = play([...quick, ...hung]);
  const value = (name: string, arm: ArmName = "canary") => {
    const measured = tally.measure({ ask: "value", value: name, arm }, window);
    return measured.kind === "value" ? measured.value : measured.kind;
  };
  expect(value("failureRate")).toBeCloseTo(0.1, 9);
  expect(value("successRate")).toBeCloseTo(0.9, 9);
  expect(value("requestRate")).toBeCloseTo(90 / SECONDS, 9);
  expect(value("p50")).toBeGreaterThan(19);
  expect(value("p50")).toBeLessThan(21);
  expect(value("p99")).toBeGreaterThan(7000);
  expect(value("p99", "stable")).toBe("noData");
  expect(() => value("p42")).toThrow(/no value named p42/);
});

test("forced requests and copies count in values where all are asked for, and only there", () => {
  const one = { worker: 0, arm: "canary", unit: 2, start: T0, tookMs: 20 } as const;
  const tally = play([
    { ...one, kind: "assigned", outcome: "ok" },
    { ...one, kind: "forced", outcome: "5xx" },
    { ...one, kind: "mirrored", outcome: "5xx" },
    { ...one, kind: "mirrored", outcome: "ok" },
  ]);
  const query = { ask: "value", value: "failureRate", arm: "canary" } as const;
  expect(tally.measure(query, window)).toMatchObject({ kind: "value", value: 0 });
  expect(tally.measure({ ...query, all: true }, window)).toMatchObject({ kind: "value", value: 0.5 });
  const quick = tally.measure({ ...query, value: "p99", all: true }, window);
  expect(quick).toMatchObject({ kind: "value", value: expect.closeTo(20, 0) });
});

test("a flood of units loses none of the requests and says what it could not tell apart", () => {
  const reports: TickReport[] = [];
  const recorder = new TickRecorder(T0, (report) => reports.push(report));
  for (let i = 1; i <= 70_000; i++)
    recorder.end(recorder.begin("stable", "assigned", i, i, 1, T0 + 1), 200, null, T0 + 2);
  recorder.flush(T0 + 10);
  const [{ cells, lost }] = reports;
  expect(cells[0].counts[0]).toBe(70_000);
  expect(cells[0].active.length / 3 + lost).toBe(70_000);
  expect(lost).toBeGreaterThan(0);
});

test("requests of long gone plans end without a trace, those of recent ones are counted for their plan", () => {
  const tally = new Tally(T0);
  tally.join(0, tickOf(T0));
  for (let version = 1; version <= 6; version++) tally.plan(planOf(version), T0);
  const recorder = new TickRecorder(T0, (report) => tally.deliver(0, report));
  const flights = [1, 2, 3, 4, 5, 6].map((plan) =>
    recorder.begin("canary", "assigned", plan, plan, plan, T0 + plan * 1001),
  );
  for (const flight of flights) recorder.end(flight, 200, null, T0 + 6100);
  recorder.tick(T0 + 8000);
  const found = ticks<Counts>(tally.measure({ ...failing, count: "requests" }, window)).filter(
    (tick) => tick.canary.n > 0,
  );
  expect(found.map(({ plan }) => plan)).toEqual([3, 4, 5, 6]);
  expect(recorder.inFlight).toBe(0);
});
