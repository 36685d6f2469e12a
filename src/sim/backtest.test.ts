/** Documents tried on time that was recorded: by Serin itself, as windows, as rows. */
import { expect, test } from "vitest";
import { specSchema, type Spec } from "../rollout/spec.ts";
import { alikeIn } from "./alike.ts";
import { backtest, playsIn } from "./backtest.ts";
import { backtestSentences } from "./backtest-words.ts";
import { readSeries } from "./history/read.ts";
import { splitCounts, splitHistogram } from "./history/split.ts";
import { play, readSpec, type Scene } from "./play.ts";
import { readRecord, type ReleaseRecord } from "./record.ts";
import { scenes } from "./scenarios/index.ts";
import { failing, good, steady } from "./scenarios/truths.ts";
import { Traffic, type Truth } from "./traffic.ts";
import { seeded } from "../stats/random.ts";

const specOf = (more: object = {}): Spec => ({
  name: "shop",
  ...specSchema.parse({
    stable: { revision: "v1", backends: ["http://127.0.0.1:1"] },
    canary: { revision: "v2", backends: ["http://127.0.0.1:2"] },
    strategy: { canary: { weights: [5, 25], stage: "5m", early: false } },
    ...more,
  }),
});
const promised = { falseRollback: 0.01, falsePromotion: 0.01 };
const START = Date.UTC(2026, 9, 1);

/** A minute by minute recording of invented traffic. */
function recorded(truth: Truth, weight: number, minutes: number): string {
  const plan = { version: 1, canaryWeight: weight, mirrorWeight: 0, canary: {} };
  const traffic = new Traffic(truth, 1, START, () => plan as never);
  const rows = Array.from({ length: minutes * 60 }, (_, i) => {
    const from = START + i * 1000;
    const query = { ask: "counts", failures: [], count: "requests", traffic: "live" } as const;
    const measured = traffic.measure(query, { from, to: from + 1000 });
    if (measured.kind !== "counts") return null;
    const [{ stable, canary }] = measured.ticks;
    const cells = [new Date(from).toISOString(), stable.n, stable.bad, ...(weight > 0 ? [canary.n, canary.bad] : [])];
    return cells.join(",");
  });
  return [
    `at,stable_n,stable_bad${weight > 0 ? ",canary_n,canary_bad" : ""}`,
    ...rows.filter((row) => row !== null),
  ].join("\n");
}

const failuresOnly = { gates: [{ name: "failures", failures: {} }] };

test("a past release that was worse would have been taken back, with when, by which gate and what it had cost", () => {
  const series = readSeries(recorded(steady(200, good, failing(0.04)), 500, 20), "march.csv");
  const { releases, quiet } = backtest(specOf(failuresOnly), series, { splits: 5 });
  expect(quiet).toEqual([]);
  expect(releases[0]).toMatchObject({
    name: "march.csv",
    from: START,
    ended: null,
    rolledBack: true,
    guilty: ["failures"],
  });
  expect(releases[0].tookMs).toBeLessThan(120_000);
  expect(releases[0].failures).toBeGreaterThan(3);
  const [sentence] = backtestSentences({ releases, quiet, skipped: [] }, promised);
  expect(sentence).toMatch(
    /^Of 1 past release 1 would have been rolled back: march.csv after \d+(\.\d)?s by failures\.$/,
  );
});

test("a past release that was as good would not", () => {
  const series = readSeries(recorded(steady(200), 500, 20), "april.csv");
  const found = backtest(specOf(failuresOnly), series, { splits: 5 });
  expect(found.releases[0]).toMatchObject({ rolledBack: false, tookMs: null, guilty: [] });
  expect(backtestSentences(found, promised)).toEqual(["Of 1 past release none would have been rolled back."]);
});

test("a quiet time is split into pretend canaries: as few are taken back as is promised", () => {
  const series = readSeries(recorded(steady(60), 0, 34), "quiet.csv");
  expect(series.arms).toBe("one");
  const spec = specOf({ ...failuresOnly, whenUndecided: "advance" });
  expect(playsIn(spec, series, 40)).toBe(120);
  const found = backtest(spec, series, { splits: 40 });
  expect(found.quiet).toHaveLength(3);
  expect(found.quiet.reduce((sum, { promoted }) => sum + promoted, 0)).toBeGreaterThan(80);
  const taken = found.quiet.reduce((sum, { rolledBack }) => sum + rolledBack, 0);
  expect(taken / 120).toBeLessThan(0.01 + 3 * Math.sqrt((0.01 * 0.99) / 120));
  const [sentence] = backtestSentences(found, promised);
  expect(sentence).toMatch(
    /^Of 120 releases as good as stable, played in 3 quiet periods, .* at most 1 % is promised\.$/,
  );
});

test("a bad minute of everybody is no fault of a pretend canary; a fixed limit takes it for one", () => {
  const shock: Truth = { ...steady(60), stable: (second) => (second >= 120 && second < 180 ? failing(0.3) : good) };
  const series = readSeries(recorded(shock, 0, 11), "shock.csv");
  const limit = {
    gates: [{ name: "limit", threshold: { value: "failureRate", max: 0.05, every: "10s", failures: 3 } }],
  };
  expect(backtest(specOf(failuresOnly), series, { splits: 20 }).quiet[0].rolledBack).toBeLessThanOrEqual(2);
  expect(backtest(specOf(limit), series, { splits: 20 }).quiet[0]).toMatchObject({ rolledBack: 20, guilty: ["limit"] });
});

test("splitting gives every unit away once, in the share that is asked for", () => {
  const random = seeded(1);
  let given = 0;
  for (let i = 0; i < 400; i++) {
    const { stable, canary } = splitCounts(
      { at: i, plan: 1, stable: { n: 50, bad: 5 }, canary: { n: 0, bad: 0 } },
      0.3,
      random,
    );
    expect([stable.n + canary.n, stable.bad + canary.bad]).toEqual([50, 5]);
    given += canary.n;
  }
  expect(Math.abs(given - 6000)).toBeLessThan(5 * Math.sqrt(20_000 * 0.3 * 0.7));
  const tick = {
    at: 0,
    plan: 1,
    stable: {
      done: [
        [3, 10],
        [7, 1],
      ],
      carried: [[2, 1]],
    },
    canary: { done: [], carried: [] },
  } as const;
  const { stable, canary } = splitHistogram(tick, 0.5, random);
  const sum = (done: readonly (readonly [number, number])[]) => done.reduce((all, [, count]) => all + count, 0);
  expect(sum(stable.done) + sum(canary.done)).toBe(11);
});

async function recordOf(scene: Scene): Promise<string> {
  const { store } = await play(scene);
  const record: ReleaseRecord = {
    rollout: scene.name,
    release: 1,
    beginning: (await store.beginning(scene.name, 1)) ?? { version: 0, status: null as never },
    documents: await store.documents(scene.name),
    commits: await store.commits(scene.name, { release: 1, limit: 10_000 }),
    measurements: await store.measurements(scene.name, { release: 1, limit: 10_000 }),
  };
  return JSON.stringify(record);
}
const sceneOf = (name: string) => scenes.find((scene) => scene.name === name) as Scene;

test("a release that Serin recorded: the same gates take it back about when they did, and as then", async () => {
  const scene = sceneOf("failing-release");
  const series = readSeries(await recordOf(scene), "x.json");
  expect(series).toMatchObject({ name: "failing-release release 1", arms: "both", ended: "rolledBack" });
  expect(series.splits[0]).toMatchObject({ weight: 500, mirror: 0 });
  const spec = { ...specOf(), gates: specOf().gates };
  const { releases } = backtest(spec, series, { splits: 1 });
  expect(releases[0]).toMatchObject({ rolledBack: true, ended: "rolledBack" });
  expect(releases[0].weight).toBe(500);
});

test.each([
  ["mean", "tokens"],
  ["series", "load"],
])("a recorded release with a %s gate is taken back by it again", async (name, gate) => {
  const scene = sceneOf(name);
  const series = readSeries(await recordOf(scene), "x.json");
  const spec = readSpec(name, scene.spec);
  expect(backtest(spec, series, { splits: 1 }).releases[0]).toMatchObject({ rolledBack: true, guilty: [gate] });
});

test("a series gate's history is read from a record: all of its intervals, and how long they remember", async () => {
  const record = readRecord(await recordOf(sceneOf("series-without-history")), "x.json");
  const { pairs, correlation, block, revisions } = alikeIn(record, "load");
  expect(pairs.length).toBeGreaterThan(55);
  expect(pairs[0].every((number) => number > 200 && number < 1000)).toBe(true);
  expect(correlation).toBeLessThan(0.5);
  expect(block).toBeGreaterThanOrEqual(3);
  expect(revisions).toEqual(["v1", "v2"]);
  expect(() => alikeIn(record, "other")).toThrow("no numbers of a series gate named other");
});

test("what a document would not have promoted is told as promoted then", async () => {
  const scene = { ...sceneOf("dry-run"), name: "shop" };
  const series = readSeries(await recordOf(scene), "x.json");
  expect(series.ended).toBe("promoted");
  const found = backtest(specOf(), series, { splits: 1 });
  expect(backtestSentences(found, promised)[0]).toMatch(
    /^Of 1 past release 1 would have been rolled back, 1 of them had been promoted: shop release 1 after /,
  );
});

test("windows as JSON, counts and latencies", () => {
  const ticks = Array.from({ length: 120 }, (_, i) => ({
    at: START + i * 1000,
    stable: { n: 50, bad: 0 },
    canary: { n: 5, bad: 1 },
  }));
  const timed = ticks.map(({ at }) => ({ at, stable: { done: [[90, 50]] }, canary: { done: [[140, 5]] } }));
  const text = JSON.stringify({
    name: "by hand",
    series: [
      { kind: "counts", gate: "failures", ticks },
      { kind: "histogram", ticks: timed },
    ],
  });
  const series = readSeries(text, "windows.json");
  expect(series).toMatchObject({ name: "by hand", arms: "both" });
  expect(backtest(specOf(), series, { splits: 1 }).releases[0].rolledBack).toBe(true);
});

test.each([
  ["", "is empty"],
  ["at,stable_n\n", "the column stable_bad is missing"],
  ["at,stable_n,stable_bad,errors\n", 'there is no column "errors"'],
  ["at,stable_n,stable_bad,canary_n\n", "go together"],
  ["at,stable_n,stable_bad\nyesterday,1,0\n", 'history:2: "yesterday" is no time'],
  ["at,stable_n,stable_bad\n1793527200,1,2\n", "history:2: stable's counts"],
  ["at,stable_n,stable_bad\n1793527200,1\n", "history:2: expected 3 columns, found 2"],
  ["{", "is not JSON"],
  ['{"series":[]}', "series"],
  ['{"series":[{"kind":"counts","ticks":[{"at":1,"stable":{"n":1,"bad":2}}]}]}', "bad to be at most n"],
  ['{"rollout":"x"}', "rollout and release are missing"],
])("%j is refused: %s", (text, message) => {
  expect(() => readSeries(text, "history")).toThrow(expect.objectContaining({ code: "DOCUMENT_UNREADABLE" }));
  expect(() => readSeries(text, "history")).toThrow(message);
});

test("times are ISO 8601 or epoch seconds or milliseconds, and rows need no order", () => {
  const rows = ["2026-10-01T00:00:02Z,1,0", "1790812801,2,0", "1790812800000,3,0", "2026-10-01 00:00:03,4,0"];
  const { gates } = readSeries(["at,stable_n,stable_bad", ...rows].join("\n"), "x");
  expect(gates[""].ticks.map(({ at }) => at - START)).toEqual([0, 1000, 2000, 3000]);
});
