/** What every metric source must do. Each source's test calls `metricSourceContract`. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Counts, Histogram, Measurement, Tick, Window } from "../../src/analysis/measurement.ts";
import type { Query } from "../../src/analysis/metric.ts";
import type { MetricSource } from "../../src/engine/ports.ts";
import { momentsOf } from "../../src/stats/spread.ts";
import { requireHistogram } from "../../src/stats/histogram.ts";

/** A source and the traffic that it has recorded. */
export interface OpenMetricSource {
  readonly source: MetricSource;
  /** All the traffic lies in here, and none of it is still to come. */
  readonly window: Window;
  readonly stable: Counts;
  readonly canary: Counts;
  /** Moments between `window.from` and `window.to` at which a window may be cut. */
  readonly cuts: readonly number[];
  /** From here on the source cannot be asked any more. */
  break(): Promise<void>;
  close(): Promise<void>;
}

export interface MetricSourceUnderTest {
  open(): Promise<OpenMetricSource>;
  /** What the source can be asked. */
  readonly counts?: Query & { ask: "counts" };
  readonly histogram?: Query & { ask: "histogram" };
  readonly value?: Query & { ask: "value" };
  /** Each request is one amount. */
  readonly mean?: Query & { ask: "mean" };
}

const never = new AbortController().signal;
const code = (expected: string) => expect.objectContaining({ name: "SerinError", code: expected });

export function metricSourceContract(name: string, subject: MetricSourceUnderTest): void {
  describe(`${name} keeps the MetricSource contract`, () => {
    let opened: OpenMetricSource;
    beforeAll(async () => {
      opened = await subject.open();
    });
    afterAll(() => opened.close());
    const measure = (query: Query, window = opened.window) => opened.source.measure(query, window, never);
    const queries = [subject.counts, subject.histogram, subject.value, subject.mean].filter(
      (query) => query !== undefined,
    );

    test.runIf(subject.counts)("counts are those of the traffic, tick by tick, whole and never more bad than all", () =>
      countsAdd(opened, measure(subject.counts as Query)),
    );

    test.runIf(subject.histogram)("histograms hold every request once, in buckets that exist", async () => {
      const ticks = ticksOf<Histogram>(await measure(subject.histogram as Query));
      for (const arm of ["stable", "canary"] as const) {
        for (const tick of ticks) requireHistogram(tick[arm]);
        const done = ticks.flatMap((tick) => tick[arm].done).reduce((sum, [, count]) => sum + count, 0);
        expect(done).toBe(opened[arm].n);
      }
    });

    test.runIf(subject.mean)("amounts are as many as there were requests, each once, within the range", async () => {
      const measured = await measure(subject.mean as Query);
      if (measured.kind !== "mean") throw new Error(`expected amounts, found ${JSON.stringify(measured)}`);
      expect(measured).toMatchObject({ floor: subject.mean?.floor, cap: subject.mean?.cap });
      for (const arm of ["stable", "canary"] as const) {
        const moments = measured.ticks.map((tick) => momentsOf(tick[arm].spread));
        expect(moments.reduce((sum, { n }) => sum + n, 0)).toBe(opened[arm].n);
        for (const { n, sum } of moments) expect(sum).toBeLessThanOrEqual(n);
      }
    });

    test.runIf(subject.value)("a value is a finite number", async () => {
      const measured = await measure(subject.value as Query);
      expect(measured).toMatchObject({ kind: "value" });
      expect(Number.isFinite(measured.kind === "value" ? measured.value : NaN)).toBe(true);
    });

    test.each(queries)("the same window twice gives the same answer: $ask", async (query) => {
      expect(await measure(query)).toEqual(await measure(query));
    });

    test.each(queries)(
      "the answer says which part of the window it covers, and no more than was asked: $ask",
      async (query) => {
        const { window } = await measure(query);
        expect(window.from).toBeGreaterThanOrEqual(opened.window.from);
        expect(window.to).toBeLessThanOrEqual(opened.window.to);
        expect(window.to).toBeGreaterThan(window.from);
      },
    );

    test.runIf(subject.counts)("adjacent windows neither overlap nor leave anything out", async () => {
      const query = subject.counts as Query;
      const ends = [opened.window.from, ...opened.cuts, opened.window.to];
      const parts: Tick<Counts>[] = [];
      let from = ends[0];
      for (const to of ends.slice(1)) {
        const measured = await measure(query, { from, to });
        parts.push(...(measured.kind === "noData" ? [] : ticksOf<Counts>(measured)));
        from = measured.window.to;
      }
      expect(parts).toEqual(ticksOf<Counts>(await measure(query)));
    });

    test.each(queries)(
      "time without traffic is no data, or marked as not recorded; never a good number: $ask",
      async (query) => {
        const before = { from: opened.window.from - 7_200_000, to: opened.window.from - 3_600_000 };
        const measured = await measure(query, before);
        if (measured.kind === "noData") expect(measured.reason).not.toBe("");
        else expect(measured).toMatchObject({ gap: expect.stringMatching(/./) });
      },
    );

    test("an aborted look rejects with the reason of the abort", async () => {
      const reason = new Error("no longer wanted");
      const signal = AbortSignal.abort(reason);
      await expect(opened.source.measure(queries[0], opened.window, signal)).rejects.toBe(reason);
    });

    test("that it cannot be asked is an error, and neither data nor the lack of it", async () => {
      await opened.break();
      for (const query of queries) await expect(measure(query)).rejects.toEqual(code("SOURCE_FAILED"));
    });
  });
}

function ticksOf<S>(measured: Measurement): readonly Tick<S>[] {
  if (measured.kind === "counts" || measured.kind === "histogram") return measured.ticks as readonly Tick<S>[];
  throw new Error(`expected ticks, found ${JSON.stringify(measured)}`);
}

async function countsAdd(opened: OpenMetricSource, measuring: Promise<Measurement>): Promise<void> {
  const measured = await measuring;
  const ticks = ticksOf<Counts>(measured);
  expect(measured).not.toHaveProperty("gap");
  expect(ticks.map(({ at }) => at)).toEqual(ticks.map(({ at }) => at).toSorted((a, b) => a - b));
  for (const arm of ["stable", "canary"] as const) {
    const total = { n: 0, bad: 0 };
    for (const { at, [arm]: counts } of ticks) {
      expect(at).toBeGreaterThanOrEqual(measured.window.from);
      expect(at).toBeLessThan(measured.window.to);
      expect(Number.isInteger(counts.n) && Number.isInteger(counts.bad) && counts.bad <= counts.n).toBe(true);
      total.n += counts.n;
      total.bad += counts.bad;
    }
    expect({ arm, ...total }).toEqual({ arm, ...opened[arm] });
  }
}
