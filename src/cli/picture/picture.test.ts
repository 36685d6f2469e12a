/** The picture of a rollout: to the letter at three widths, and within its bounds whatever it shows. */
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  approvalView,
  endedView,
  events,
  idleView,
  NOW,
  pausedView,
  stripOf,
  viewOf,
} from "../../../test/cli/fixtures.ts";
import type { RolloutView } from "../../http/wire.ts";
import { ascii, cells, unicode } from "../glyphs.ts";
import { painted, unpainted } from "../paint.ts";
import { bar, evidenceBar } from "./bars.ts";
import { picture, type Scene } from "./index.ts";
import { percent, span } from "./numbers.ts";

const sceneOf = (view: RolloutView, more: Partial<Scene> = {}): Scene => ({
  view,
  events,
  notes: [],
  lostAt: null,
  now: NOW,
  ...more,
});

test.each([
  ["wide", 120, unicode],
  ["narrow", 40, unicode],
  ["without UTF-8", 80, ascii],
])("%s", async (name, width, glyphs) => {
  const views = [viewOf(), pausedView("undecided"), approvalView(), endedView("rolledBack"), idleView()];
  const lines = views.flatMap((view) => [
    ...picture(sceneOf(view), { width, glyphs, paint: unpainted }),
    "=".repeat(width),
  ]);
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(
    `../../../test/golden/cli-picture-${name.replaceAll(" ", "-")}.txt`,
  );
});

test("a connection that is lost is told, and since when", () => {
  const lines = picture(sceneOf(viewOf(), { lostAt: NOW - 42_000 }), { width: 100, glyphs: unicode, paint: unpainted });
  expect(lines[1]).toBe("! stale: the server has not answered for 42s; it is asked again and again");
});

test("copies are shown as copies", () => {
  const { plan } = viewOf();
  const view = viewOf({ weight: 0, liveWeight: null, plan: { ...plan, canaryWeight: 0, mirrorWeight: 1000 } });
  const text = picture(sceneOf(view), { width: 80, glyphs: unicode, paint: unpainted }).join("\n");
  expect(text).toMatch(/copies\s+━━─+\s+10 %/);
});

test("a paused step's clock is not shown as running", () => {
  const text = picture(sceneOf(pausedView()), { width: 80, glyphs: unicode, paint: unpainted }).join("\n");
  expect(text).not.toContain("time ");
});

const word = fc.string({ maxLength: 80, unit: "grapheme" });
const log = fc.double({ min: -50, max: 700, noNaN: true });
const gates = fc.array(
  fc.record({
    gate: word,
    verdict: fc.constantFrom("pass", "fail", "inconclusive", "error", null),
    reason: word,
    dryRun: fc.boolean(),
    logHarm: log,
    logSafe: log,
  }),
  { maxLength: 8 },
);
const steps = fc.tuple(fc.nat(40), fc.nat(40), word);
const anyView = fc.record({
  name: word,
  sentence: word,
  canary: word,
  gates,
  steps,
  logHarm: log,
  share: fc.integer({ min: 0, max: 10_000 }),
  crossed: fc.integer({ min: 0, max: 19 }),
});

test("no picture is wider or higher than its terminal, and what matters most comes first", () => {
  const size = fc.record({ width: fc.integer({ min: 20, max: 160 }), rows: fc.integer({ min: 3, max: 60 }) });
  fc.assert(
    fc.property(
      anyView,
      size,
      fc.constantFrom(unicode, ascii),
      fc.constantFrom(painted, unpainted),
      (any, { width, rows }, glyphs, paint) => {
        const [all, current, label] = any.steps;
        const stepList = Array.from({ length: all }, (_, index) => {
          const state = index < current ? "done" : index === current ? "current" : "next";
          return { index, kind: "analyze", options: { forMs: 60_000 }, label, state } as const;
        });
        const base = viewOf().gates[0];
        const view = viewOf({
          ...any,
          stepList,
          steps: all,
          step: Math.min(all, current),
          liveWeight: any.share,
          gates: any.gates.map((gate) => ({ ...base, ...gate })),
          strips: any.gates.slice(0, 2).map(({ gate }) => ({ ...stripOf(any.crossed), gate })),
        });
        const lines = picture(sceneOf(view), { width, glyphs, paint }, rows);
        expect(lines.length).toBeLessThanOrEqual(rows);
        for (const line of lines) expect(cells(stripVTControlCharacters(line))).toBeLessThanOrEqual(width);
        expect(stripVTControlCharacters(lines[0])).toContain("progressing");
      },
    ),
  );
});

test("bars: what has begun shows, and only what is whole looks whole", () => {
  const look = { glyphs: unicode, paint: unpainted };
  expect(bar(0, 4, "accent", look)).toBe("────");
  expect(bar(1e-9, 4, "accent", look)).toBe("╸───");
  expect(bar(0.5, 4, "accent", look)).toBe("━━──");
  expect(bar(0.999, 4, "accent", look)).toBe("━━━╸");
  expect(bar(1, 4, "accent", look)).toBe("━━━━");
  expect(bar(7, 4, "accent", look)).toBe("━━━━");
  expect(bar(-1, 4, "accent", look)).toBe("────");
  fc.assert(
    fc.property(
      fc.double({ noNaN: true }),
      fc.double({ noNaN: true }),
      fc.integer({ min: 1, max: 40 }),
      (a, b, width) => {
        const full = (part: number) =>
          bar(part, width, "accent", { glyphs: ascii, paint: unpainted }).replaceAll(".", "").length;
        expect(cells(bar(a, width, "accent", look))).toBe(width);
        if (a <= b) expect(full(a)).toBeLessThanOrEqual(full(b));
      },
    ),
  );
});

test("evidence is drawn on a logarithmic scale from 1 to its line", () => {
  const at = (e: number, label: "harm" | "safety" = "harm") => evidenceBar(label, Math.log(e), Math.log(100));
  expect([0.01, 1, 10, 100, 1e9].map((e) => at(e).part)).toEqual([0, 0, expect.closeTo(0.5, 9), 1, 1]);
  expect([1, 10, 100].map((e) => at(e).words)).toEqual(["1 of 100", "10 of 100", "100 reached"]);
  expect([1, 11, 100].map((e) => at(e).tone)).toEqual(["accent", "attention", "bad"]);
  expect([1, 11, 100].map((e) => at(e, "safety").tone)).toEqual(["accent", "accent", "good"]);
});

test("numbers for people", () => {
  expect([0, 1, 10, 497.5, 10_000].map(percent)).toEqual(["0 %", "0.01 %", "0.1 %", "5 %", "100 %"]);
  const spans = [-5, 400, 42_000, 120_000, 150_000, 3_600_000, 12_000_000, 172_800_000, 180_000_000];
  expect(spans.map(span)).toEqual(["0s", "0s", "42s", "2m", "2m30s", "1h", "3h20m", "2d", "2d2h"]);
});
