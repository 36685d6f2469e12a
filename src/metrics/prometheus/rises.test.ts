import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { targetsOf, type Series } from "./rises.ts";
import { minusCounter } from "./samples.ts";

const series = (role: string, samples: readonly (readonly [number, number])[], labels = {}): Series<number> => ({
  labels: { job: "shop", instance: "a:1", ...labels },
  role,
  samples,
});

const risesOf = (all: readonly Series<number>[]) =>
  targetsOf(all, minusCounter).flatMap(({ rises }) =>
    rises.map(({ from, to, of }) => ({ from, to, ...Object.fromEntries(of.map(({ role, rise }) => [role, rise])) })),
  );

describe("what a process counted between two scrapes", () => {
  test("is the difference of its counters", () => {
    const samples = [
      [0, 5],
      [15, 7],
      [30, 7],
    ] as const;
    expect(risesOf([series("total", samples)])).toEqual([
      { from: 0, to: 15, total: 2 },
      { from: 15, to: 30, total: 0 },
    ]);
  });

  test("begins at 0 for a series that appears where others were scraped before: the first error is one", () => {
    const total = series("total", [
      [0, 100],
      [15, 120],
    ]);
    const bad = series("bad", [[15, 1]], { code: "500" });
    expect(risesOf([total, bad])).toEqual([{ from: 0, to: 15, total: 20, bad: 1 }]);
  });

  test("is not known for a process that is seen for the first time", () => {
    expect(risesOf([series("total", [[15, 1_000_000]])])).toEqual([]);
  });

  test("after a restart is what all its counters say, also those that have passed their old value", () => {
    const total = series("total", [
      [0, 100],
      [15, 50],
    ]);
    const bad = series("bad", [
      [0, 2],
      [15, 7],
    ]);
    expect(risesOf([total, bad])).toEqual([{ from: 0, to: 15, total: 50, bad: 7 }]);
  });

  test("of two processes is kept apart: one that restarts says nothing of the other", () => {
    const a = series("total", [
      [0, 100],
      [15, 10],
    ]);
    const b = series(
      "total",
      [
        [3, 100],
        [18, 140],
      ],
      { instance: "b:1" },
    );
    expect(risesOf([a, b])).toEqual([
      { from: 0, to: 15, total: 10 },
      { from: 3, to: 18, total: 40 },
    ]);
  });

  test("whatever happens, is never more than happened, and all of it while nothing restarts", () => {
    const moment = fc.record({ total: fc.nat(20), bad: fc.nat(20), restart: fc.boolean() });
    fc.assert(
      fc.property(fc.array(moment, { minLength: 2, maxLength: 20 }), fc.boolean(), (moments, restarts) => {
        let [total, bad] = [0, 0];
        const samples: { total: [number, number][]; bad: [number, number][] } = { total: [], bad: [] };
        const happened: { total: number; bad: number }[] = [];
        moments.forEach((moment, i) => {
          if (restarts && moment.restart) [total, bad] = [0, 0];
          [total, bad] = [total + moment.total + moment.bad, bad + moment.bad];
          samples.total.push([i, total]);
          samples.bad.push([i, bad]);
          happened.push({ total: moment.total + moment.bad, bad: moment.bad });
        });
        const rises = risesOf([series("total", samples.total), series("bad", samples.bad)]);
        rises.forEach((rise, i) => {
          const { total: n, bad: part } = rise as unknown as { total: number; bad: number };
          const real = happened[i + 1];
          if (!restarts) expect({ n, part }).toEqual({ n: real.total, part: real.bad });
          expect(n).toBeLessThanOrEqual(real.total);
          expect(part).toBeLessThanOrEqual(real.bad);
        });
      }),
    );
  });
});
