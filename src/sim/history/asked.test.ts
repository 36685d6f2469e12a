/** Gates that are asked about the past: which windows, which arms, and what is told of what could not be asked. */
import { expect, test } from "vitest";
import { amounts, failuresGate, latencyGate, meanGate } from "../../../test/analysis/made.ts";
import type { Measurement, Window } from "../../analysis/measurement.ts";
import type { Gate, Query } from "../../analysis/metric.ts";
import { answersFor, asStable, seriesAsked } from "./asked.ts";
import type { Stretch } from "./stretches.ts";

const source = { prometheus: { interval: 15_000, delay: 5000, stable: { track: "a" }, canary: { track: "b" } } };
const MINUTE = 60_000;
const stretch: Stretch = {
  name: "v2",
  from: 1000,
  to: 125 * MINUTE + 1000,
  stable: { revision: "v1", backends: [] },
  canary: { revision: "v2", backends: [] },
};
const quiet: Stretch = { ...stretch, name: "quiet", canary: null };
const { signal } = new AbortController();

interface Heard {
  readonly query: Query;
  readonly window: Window;
}

/** Asks a source that counts ten of each arm at the beginning of every window. */
async function asked(gates: readonly Gate[], of: Stretch, answer?: (window: Window) => Measurement) {
  const heard: Heard[] = [];
  const opened: Gate["source"][] = [];
  const usual = (window: Window): Measurement => {
    const arm = { n: 10, bad: 1 };
    return { kind: "counts", window, ticks: [{ at: window.from, plan: 0, stable: arm, canary: arm }] };
  };
  let answers = 0;
  const found = await seriesAsked(gates, of, {
    open: (settings) => {
      opened.push(settings);
      return {
        measure: async (query, window) => {
          heard.push({ query, window });
          return query.ask === "value" ? { kind: "value", window, value: window.to } : (answer ?? usual)(window);
        },
      };
    },
    signal,
    progress: () => answers++,
  });
  expect(answers).toBe(answersFor(gates, of));
  return { ...found, heard, opened };
}

const failures: Gate = { ...failuresGate(), source };

test("whole intervals inside the stretch, each once, in pieces that a source answers at once", async () => {
  const { heard, series } = await asked([failures], stretch);
  const windows = heard.map(({ window }) => window);
  expect(windows[0].from).toBe(15_000);
  expect(windows.at(-1)?.to).toBe(125 * MINUTE);
  windows.slice(1).forEach(({ from }, i) => expect(from).toBe(windows[i].to));
  for (const { from, to } of windows) expect((to - from) / 15_000).toBeLessThanOrEqual(240);
  expect(series).toMatchObject({ name: "v2", arms: "both" });
  expect(series.gates["failures"].ticks).toHaveLength(windows.length);
  expect(heard[0].query).toMatchObject({
    ask: "counts",
    split: { since: 1000, stable: { revision: "v1" }, canary: { revision: "v2" } },
  });
});

test("in a quiet time both arms are asked about as stable, and what stable counted is kept once", async () => {
  const { heard, opened, series } = await asked([failures], quiet);
  expect(heard[0].query).toMatchObject({ split: { stable: { revision: "v1" }, canary: { revision: "v1" } } });
  expect(opened[0]).toMatchObject({ prometheus: { stable: { track: "a" }, canary: { track: "a" } } });
  expect(series.arms).toBe("one");
  expect(series.gates["failures"].ticks[0]).toMatchObject({ stable: { n: 10, bad: 1 }, canary: { n: 0, bad: 0 } });
});

test("{{arm}} is stable wherever it stands", () => {
  const settings = {
    x: { counts: { total: 'n{arm="{{arm}}"}', part: "{{ arm }}.bad {{revision}}" }, stable: { a: "1" } },
  };
  expect(asStable(settings)).toEqual({
    x: {
      counts: { total: 'n{arm="stable"}', part: "stable.bad {{revision}}" },
      stable: { a: "1" },
      canary: { a: "1" },
    },
  });
});

test("a limit looks at each of its intervals, of both arms", async () => {
  const threshold = { value: "p99", arm: "canary", max: 1, everyMs: 10 * MINUTE, failures: 2 } as const;
  const gate: Gate = { name: "limit", weight: 1, dryRun: false, source, kind: "threshold", threshold };
  const { heard, series } = await asked([gate], stretch);
  expect(heard).toHaveLength(22);
  expect(series.gates["limit"]).toMatchObject({
    kind: "values",
    ticks: Array.from({ length: 11 }, (_, i) => {
      const at = (i + 2) * 10 * MINUTE;
      return { at, stable: at, canary: at };
    }),
  });
});

test("what cannot be asked is told, gate by gate", async () => {
  const gates = [
    { ...failures, source: { gateway: {} } },
    { ...latencyGate(), source },
  ];
  const silent = (window: Window): Measurement => ({ kind: "noData", window, reason: "no series of canary match x" });
  const { series, skipped } = await asked(gates, stretch, silent);
  expect(series.gates).toEqual({});
  expect(skipped).toEqual([
    { name: "failures, v2", why: "its source gateway cannot be asked about the past" },
    { name: "latency, v2", why: "no series of canary match x" },
  ]);
  const gap = (window: Window): Measurement => ({
    kind: "counts",
    window,
    ticks: [{ at: window.from, plan: 0, stable: { n: 1, bad: 0 }, canary: { n: 1, bad: 0 } }],
    gap: "10.0.0.1 has vanished",
  });
  expect((await asked([failures], stretch, gap)).skipped).toEqual([
    { name: "failures, v2", why: "not all of it was recorded: 10.0.0.1 has vanished" },
  ]);
  expect((await asked([failures], { ...stretch, to: 9000 })).skipped).toEqual([
    { name: "failures, v2", why: "it is shorter than an interval" },
  ]);
});

test("a source that fails is an error, not a quiet time", async () => {
  const failing = seriesAsked([failures], stretch, {
    open: () => ({ measure: () => Promise.reject(new Error("refused")) }),
    signal,
  });
  await expect(failing).rejects.toThrow("refused");
});

test("amounts are asked for on the gate's own range; of one version alone they cannot be split", async () => {
  const gate: Gate = { ...meanGate(), source };
  const answer = (window: Window): Measurement => ({ ...amounts(meanGate(), [{ stable: [1], canary: [2] }]), window });
  const { heard, series } = await asked([gate], stretch, answer);
  expect(heard[0].query).toMatchObject({ ask: "mean", floor: 0, cap: 2000, pairs: false });
  expect(series.gates["tokens"]).toMatchObject({ kind: "mean", floor: 0, cap: 2000 });
  expect(series.gates["tokens"].ticks).toHaveLength(heard.length);
  const { skipped } = await asked([gate], quiet, answer);
  expect(skipped).toEqual([{ name: "tokens, quiet", why: "amounts of one version cannot be split into two" }]);
});
