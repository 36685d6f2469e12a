import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { metricSourceContract, type OpenMetricSource } from "../../test/contract/metric-source.ts";
import { sourceDeps } from "../../test/metrics/deps.ts";
import { splitSince } from "../../test/metrics/traffic.ts";
import { compileAssignment, type MutableRoute } from "../gateway/assign.ts";
import type { HeadView } from "../gateway/seam.ts";
import type { TrafficPlan } from "../rollout/traffic.ts";
import { paceOf } from "../rollout/gates.ts";
import { WHOLE } from "../stats/spread.ts";
import { EventBook, type ApplicationEvent, type LiveSplit } from "./events/book.ts";
import { createSource, sourceSchema } from "./index.ts";

const NOW = 1_700_000_040_000;
const window = { from: NOW, to: NOW + 60_000 };
const split: LiveSplit = { plan: 3, since: NOW - 1000, salt: "salt", canaryWeight: 2000, knowsUnits: true };
const asked = splitSince(NOW - 1000);

const event = (more: Partial<ApplicationEvent>): ApplicationEvent => ({
  name: "payment",
  arm: null,
  unit: null,
  value: 1,
  count: 1,
  at: NOW + 500,
  id: null,
  ...more,
});

function opened(settings: Record<string, unknown>, begunAt = NOW - 5000) {
  const clock = { now: begunAt };
  const book = new EventBook(() => clock.now);
  clock.now = NOW + 120_000;
  const source = createSource(sourceSchema.parse({ events: settings }), { ...sourceDeps(), events: book });
  const measure = (query: object, span = window) =>
    source.measure({ ...query, split: asked } as never, span, new AbortController().signal);
  const counts = (span = window) => measure({ ask: "counts", failures: [], count: "requests", traffic: "live" }, span);
  return {
    clock,
    book,
    source,
    measure,
    counts,
    take: (more: Partial<ApplicationEvent>, live: LiveSplit | null = split) => book.take("shop", live, event(more)),
  };
}

async function openContract(settings: Record<string, unknown>): Promise<OpenMetricSource> {
  const { source, take } = opened(settings, NOW - 8_000_000);
  const counted = { stable: { n: 0, bad: 0 }, canary: { n: 0, bad: 0 } };
  for (let i = 0; i < 300; i++) {
    const arm = i % 4 === 0 ? "canary" : "stable";
    const value = i % 10 === 0 ? 0 : 1;
    expect(take({ arm, value, at: NOW + i * 199 })).toBe("taken");
    counted[arm].n += 1;
    counted[arm].bad += 1 - value;
  }
  let broken = false;
  return {
    source: {
      measure: (query, span, signal) =>
        broken
          ? createSource(sourceSchema.parse({ events: settings }), {
              ...sourceDeps(),
              events: null,
            }).measure(query, span, signal)
          : source.measure(query, span, signal),
    },
    window,
    ...counted,
    cuts: [NOW + 15_000, NOW + 45_000],
    break: async () => void (broken = true),
    close: async () => {},
  };
}

metricSourceContract("amounts of applications", {
  open: () => openContract({ mean: "payment" }),
  mean: { ask: "mean", floor: 0, cap: 2, pairs: false, split: asked },
  value: { ask: "value", value: "payment", arm: "canary", split: asked },
});
metricSourceContract("events of applications", {
  open: () => openContract({ outcome: { name: "payment" } }),
  counts: { ask: "counts", failures: [], count: "requests", traffic: "live", split: asked },
  value: { ask: "value", value: "successRate", arm: "canary", split: asked },
});

describe("whose an event is", () => {
  const plan: TrafficPlan = {
    version: 3,
    rollout: "shop",
    stable: { revision: "v1", backends: [] },
    canary: { revision: "v2", backends: [] },
    canaryWeight: 2000,
    mirrorWeight: 0,
    salt: "salt",
    unit: { header: { name: "x-user" } },
    matches: [],
  };
  /** The gateway's own answer for a request that names this unit. */
  function arms(unit: string): string {
    const head = { header: () => Buffer.from(unit, "utf8").toString("latin1"), cookie: () => null, remoteAddress: "" };
    const route = {} as MutableRoute;
    compileAssignment(plan, { uniform: () => 0, id: () => "" })(head as unknown as HeadView, route);
    return route.arm;
  }

  test("is whose the gateway would send the unit to, in any script", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }), async (unit) => {
        const { take, counts } = opened({ outcome: { name: "payment" } });
        take({ unit });
        const measured = await counts();
        expect(measured).toMatchObject({ kind: "counts" });
        const [tick] = measured.kind === "counts" ? measured.ticks : [];
        expect({ arm: arms(unit), n: 1 }).toEqual({
          arm: tick.canary.n === 1 ? "canary" : "stable",
          n: tick.canary.n + tick.stable.n,
        });
      }),
    );
  });

  test("is not known where each request is assigned alone, nor while nothing is released", () => {
    const { take } = opened({ mean: "payment" });
    expect(take({ unit: "anna" }, { ...split, knowsUnits: false })).toBe("unassigned");
    expect(take({ unit: "anna" }, null)).toBe("idle");
    expect(take({ arm: "canary" }, { ...split, knowsUnits: false })).toBe("taken");
  });
});

describe("what is left out", () => {
  test("what was before the split, or is too far from now", () => {
    const { take } = opened({ mean: "payment" });
    expect(take({ arm: "canary", at: split.since - 1 })).toBe("late");
    expect(take({ arm: "canary", at: NOW + 181_000 })).toBe("late");
    expect(take({ arm: "canary", at: split.since })).toBe("taken");
  });

  test("what comes after its span was judged: the same question has the same answer for ever", async () => {
    const { take, counts } = opened({ outcome: { name: "payment" } });
    take({ arm: "canary" });
    const first = await counts();
    expect(take({ arm: "canary" })).toBe("late");
    expect(take({ arm: "canary", at: window.to })).toBe("taken");
    expect(take({ arm: "canary", name: "refund" })).toBe("taken");
    expect(await counts()).toEqual(first);
  });

  test("what was taken before, by its id", () => {
    const { take } = opened({ mean: "payment" });
    expect([
      take({ arm: "canary", id: "a" }),
      take({ arm: "canary", id: "a" }),
      take({ arm: "canary", id: "b" }),
    ]).toEqual(["taken", "duplicate", "taken"]);
  });

  test("more than there is room for, and a gate is told", async () => {
    const { take, counts } = opened({ outcome: { name: "n0" } });
    for (let i = 0; i < 200; i++) expect(take({ arm: "stable", name: `n${i}` })).toBe("taken");
    expect(take({ arm: "stable", name: "n200" })).toBe("full");
    expect(await counts()).toMatchObject({ kind: "counts", gap: "more was reported than is kept" });
  });

  test("what was before this process began is told as not known", async () => {
    const { take, counts } = opened({ outcome: { name: "payment" } }, NOW + 10_000);
    take({ arm: "canary", at: NOW + 20_000 });
    expect(await counts()).toMatchObject({ gap: "what was reported before this process began is not known" });
  });

  test("what is older than gates ask for is forgotten", async () => {
    const { clock, take, book } = opened({ mean: "payment" });
    take({ arm: "canary", unit: "anna" });
    clock.now += 76 * 60_000;
    book.take("shop", split, event({ arm: "canary", at: clock.now }));
    expect(book.tallied("shop", "payment", window, 3).canary.n).toBe(0);
    expect(book.followed("shop", { of: "payment", to: "x", withinMs: 1 }, window, 3).canary.n).toBe(0);
  });
});

describe("conversions", () => {
  const settings = { conversion: { of: "visit", to: "order", within: "10m" } };

  test("count people once, as converted when they did it in time", async () => {
    const { take, counts } = opened(settings);
    for (const unit of ["a", "b", "c", "d"]) take({ name: "visit", unit, arm: "canary", at: NOW + 1000 });
    take({ name: "visit", unit: "a", arm: "canary", at: NOW + 30_000 });
    take({ name: "visit", unit: "e", arm: "stable", at: NOW + 31_000 });
    take({ name: "order", unit: "a", arm: "canary", at: NOW + 90_000 });
    take({ name: "order", unit: "a", arm: "canary", at: NOW + 91_000 });
    take({ name: "order", unit: "e", arm: "stable", at: NOW + 31_500 });
    take({ name: "order", unit: "f", arm: "canary", at: NOW + 31_500 });
    expect(await counts()).toMatchObject({
      ticks: [
        { at: NOW, canary: { n: 4, bad: 3 }, stable: { n: 0, bad: 0 } },
        { at: NOW + 30_000, canary: { n: 0, bad: 0 }, stable: { n: 1, bad: 0 } },
      ],
    });
  });

  test("one that came too late is none", async () => {
    const { clock, take, counts } = opened(settings);
    clock.now = NOW + 700_000;
    take({ name: "visit", unit: "a", arm: "canary", at: NOW });
    take({ name: "order", unit: "a", arm: "canary", at: NOW + 600_001 });
    expect(await counts()).toMatchObject({ ticks: [{ canary: { n: 1, bad: 1 } }] });
  });

  test("gates wait as long as people may take", () => {
    const source = sourceSchema.parse({ events: settings });
    expect(paceOf({ source })).toEqual({ intervalMs: 15_000, delayMs: 610_000 });
  });
});

describe("means and outcomes", () => {
  test("a mean is of one arm, over all that was reported", async () => {
    const { take, measure } = opened({ mean: "basket" });
    take({ name: "basket", arm: "canary", value: 10 });
    take({ name: "basket", arm: "canary", value: 40, count: 2 });
    take({ name: "basket", arm: "stable", value: 1000 });
    expect(await measure({ ask: "value", value: "basket", arm: "canary" })).toEqual({
      kind: "value",
      window,
      value: 30,
    });
    expect(
      await measure({ ask: "value", value: "basket", arm: "canary" }, { from: NOW + 60_000, to: NOW + 75_000 }),
    ).toMatchObject({ kind: "noData" });
  });

  test("which value is bad is said; others than 0 and 1 are none", async () => {
    const { take, counts } = opened({ outcome: { name: "error", bad: 1 } });
    take({ name: "error", arm: "canary", value: 1 });
    take({ name: "error", arm: "canary", value: 0, count: 4 });
    expect(await counts()).toMatchObject({ ticks: [{ canary: { n: 5, bad: 1 } }] });
    take({ name: "error", arm: "canary", value: 0.5, at: NOW + 61_000 });
    await expect(counts({ from: NOW + 60_000, to: NOW + 75_000 })).rejects.toThrow("values other than 0 and 1");
  });
});

describe("amounts", () => {
  const asking = { ask: "mean", floor: 0, cap: 40, pairs: false };
  /** Fortieths of the range are points of it, behind 24 finer ones. */
  const at = (fortieth: number, values = 1) => [fortieth === 0 ? 0 : 24 + fortieth, values * WHOLE];

  test("each report by itself, of both arms, cut at the ends of the range", async () => {
    const { take, measure } = opened({ mean: "tokens" });
    take({ name: "tokens", arm: "canary", value: 10 });
    take({ name: "tokens", arm: "canary", value: 30, count: 2 });
    take({ name: "tokens", arm: "canary", value: 1000 });
    take({ name: "tokens", arm: "stable", value: 10, at: NOW + 16_000 });
    expect(await measure(asking)).toEqual({
      kind: "mean",
      window,
      each: "value",
      floor: 0,
      cap: 40,
      ticks: [
        {
          at: NOW,
          plan: 3,
          canary: { spread: [at(10), at(30, 2), at(40)], outside: 1 },
          stable: { spread: [], outside: 0 },
        },
        {
          at: NOW + 15_000,
          plan: 3,
          canary: { spread: [], outside: 0 },
          stable: { spread: [at(10)], outside: 0 },
        },
      ],
    });
    expect(await measure(asking, { from: NOW + 60_000, to: NOW + 75_000 })).toMatchObject({ kind: "noData" });
  });

  test("by person: what each of those who came did within the time, none of it included", async () => {
    const { clock, take, measure } = opened({ perUnit: { of: "visit", sum: "page", within: "1m" } });
    clock.now = NOW + 700_000;
    for (const unit of ["a", "b"]) take({ name: "visit", unit, arm: "canary", at: NOW + 1000 });
    take({ name: "visit", unit: "c", arm: "stable", at: NOW + 1000 });
    for (const after of [1000, 2000, 61_000, 61_001])
      take({ name: "page", unit: "a", arm: "canary", at: NOW + after, value: after === 2000 ? 2 : 1 });
    take({ name: "page", unit: "c", arm: "stable", at: NOW + 500 });
    expect(await measure(asking)).toMatchObject({
      each: "unit",
      ticks: [{ canary: { spread: [at(0), at(4)] }, stable: { spread: [at(0)] } }],
    });
    expect(await measure({ ask: "value", value: "depth", arm: "canary" })).toMatchObject({ value: 2 });
    expect(
      paceOf({ source: sourceSchema.parse({ events: { perUnit: { of: "a", sum: "b", within: "1m" } } }) }),
    ).toEqual({
      intervalMs: 15_000,
      delayMs: 70_000,
    });
  });

  test("by person, on average: who did none of it is not counted", async () => {
    const { clock, take, measure } = opened({ perUnit: { of: "visit", mean: "score", within: "1m" } });
    clock.now = NOW + 700_000;
    for (const unit of ["a", "b"]) take({ name: "visit", unit, arm: "canary", at: NOW + 1000 });
    for (const value of [10, 30]) take({ name: "score", unit: "a", arm: "canary", at: NOW + 2000, value });
    expect(await measure(asking)).toMatchObject({ ticks: [{ canary: { spread: [at(20)] } }] });
  });

  test("pairs are whole when both versions have reported; the first report of each counts", async () => {
    const { take, measure } = opened({ mean: "score" });
    const report = (arm: "stable" | "canary", pair: string, value: number, after: number) =>
      take({ name: "score", arm, pair, value, at: NOW + after });
    report("stable", "r1", 30, 100);
    report("stable", "r1", 50, 200);
    report("canary", "r1", 14, 16_000);
    report("canary", "r2", 20, 300);
    expect(await measure({ ...asking, pairs: true })).toMatchObject({
      ticks: [
        {
          at: NOW + 15_000,
          stable: { spread: [at(30)] },
          canary: { spread: [at(14)] },
          pairs: { more: [], less: [at(16)] },
        },
      ],
    });
  });

  test("what is only known roughly cannot be cut, and no outcome has an amount", async () => {
    const { take, measure } = opened({ mean: "tokens" });
    take({
      name: "tokens",
      arm: "canary",
      value: 20,
      count: 2,
      values: [
        [8, 1],
        [32, 1],
      ],
    });
    take({ name: "tokens", arm: "stable", value: 20 });
    expect(await measure(asking)).toMatchObject({ ticks: [{ canary: { spread: [at(8), at(32)] } }] });
    await expect(measure({ ...asking, cap: 16 })).rejects.toThrow("cannot be cut at 16 afterwards");
    await expect(opened({ outcome: { name: "x" } }).measure(asking)).rejects.toThrow("have no amounts");
  });

  test("values that were judged make room for others, and their sums stay", async () => {
    const { clock, book, take, measure } = opened({ mean: "tokens" });
    for (let i = 0; i < 300_000; i++) take({ name: "tokens", arm: "canary", value: i });
    await measure(asking, { from: NOW + 20 * 60_000, to: NOW + 20 * 60_000 + 15_000 });
    clock.now = NOW + 20 * 60_000;
    const later = { name: "tokens", arm: "canary", at: NOW + 20 * 60_000 + 20_000 } as const;
    for (let i = 0; i < 300_000; i++) take({ ...later, value: i });
    const span = { from: NOW + 20 * 60_000 + 15_000, to: NOW + 20 * 60_000 + 30_000 };
    const measured = await measure(asking, span);
    expect(measured).not.toHaveProperty("gap");
    expect(book.tallied("shop", "tokens", window, 3).canary.n).toBe(300_000);
  });

  test("for values by themselves there is less room, and a gate is told", async () => {
    const { take, measure } = opened({ mean: "tokens" });
    for (let i = 0; i < 500_001; i++) take({ name: "tokens", arm: "canary", value: i });
    expect(await measure(asking)).toMatchObject({ gap: "more was reported than is kept" });
    expect(await measure({ ask: "value", value: "tokens", arm: "canary" })).toMatchObject({ value: 250_000 });
  });
});
