import { expect, test } from "vitest";
import { rangeIn, releaseIn } from "./time.ts";
import { stretchesOf } from "./stretches.ts";

const document = {
  stable: { revision: "v1", backends: ["http://127.0.0.1:1"] },
  canary: { revision: "v2", backends: ["http://127.0.0.1:2"] },
};
const MINUTE = 60_000;
const at = (minute: number) => minute * MINUTE;

test("a range is cut into releases and what lies between, in order, and nothing is counted twice", () => {
  const told = [
    { from: at(70), to: at(90), stable: "v2", canary: "v3" },
    { from: at(-5), to: at(20) },
    { from: at(200), to: at(210) },
  ];
  const cut = stretchesOf({ from: 0, to: at(100) }, told, document);
  const seen = cut.map(({ from, to, stable, canary }) => [
    from / MINUTE,
    to / MINUTE,
    stable.revision,
    canary?.revision ?? null,
  ]);
  expect(seen).toEqual([
    [0, 20, "v1", "v2"],
    [20, 70, "v2", null],
    [70, 90, "v2", "v3"],
    [90, 100, "v1", null],
  ]);
  expect(cut[0].name).toMatch(/^v2 of 19(69-12-31|70-01-01)T\d\d:\d\dZ$/);
});

test("moments between releases are no quiet times, and overlapping releases leave none", () => {
  const told = [
    { from: at(1), to: at(30) },
    { from: at(20), to: at(40) },
    { from: at(40) + 1000, to: at(60) },
  ];
  const cut = stretchesOf({ from: 0, to: at(60) }, told, document);
  expect(cut.filter(({ canary }) => canary === null)).toEqual([
    { name: "quiet", from: 0, to: at(1), stable: document.stable, canary: null },
  ]);
  expect(stretchesOf({ from: 0, to: at(5) }, [], { ...document, canary: null })).toHaveLength(1);
});

const NOW = Date.UTC(2026, 10, 8);

test.each([
  ["7d", Date.UTC(2026, 10, 1), NOW],
  ["2026-11-02T10:00Z/2026-11-02T12:00Z", Date.UTC(2026, 10, 2, 10), Date.UTC(2026, 10, 2, 12)],
  ["2026-11-07/2027-01-01", Date.UTC(2026, 10, 7), NOW],
  ["1793527200/1793530800", 1_793_527_200_000, 1_793_530_800_000],
])("%s is a range", (text, from, to) => {
  expect(rangeIn(text, NOW)).toEqual({ from, to });
});

test.each(["yesterday", "2026-11-02", "2026-11-03/2026-11-02", "2027-01-01/2027-02-01", ""])("%j is none", (text) => {
  expect(() => rangeIn(text, NOW)).toThrow(expect.objectContaining({ code: "USAGE" }));
});

test("a release is what was released, against what, and when", () => {
  const range = { from: Date.UTC(2026, 10, 2), to: Date.UTC(2026, 10, 3) };
  expect(releaseIn("v2=2026-11-02/2026-11-03")).toEqual({ canary: "v2", ...range });
  expect(releaseIn("v1:v2=2026-11-02/2026-11-03")).toEqual({ stable: "v1", canary: "v2", ...range });
  for (const text of ["v2", "2026-11-02/2026-11-03", "v2=", "v2=7"])
    expect(() => releaseIn(text)).toThrow(expect.objectContaining({ code: "USAGE" }));
});
