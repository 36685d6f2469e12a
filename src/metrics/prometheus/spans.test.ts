import { describe, expect, test } from "vitest";
import { targetsOf } from "./rises.ts";
import { minusCounter } from "./samples.ts";
import { place, requireScrapes, type Span } from "./spans.ts";

const scraped = (...at: readonly number[]) =>
  targetsOf(
    [
      {
        labels: { job: "shop", instance: "a:1" },
        role: "total",
        samples: at.map((moment) => [moment, moment] as const),
      },
    ],
    minusCounter,
  );

const span: Span = { window: { from: 60_000, to: 120_000 }, every: 15_000, since: 0 };

const counts = (at: readonly number[], of = span) => {
  const { byInterval, gaps } = place("canary", scraped(...at), of);
  return { counts: Object.fromEntries([...byInterval].map(([i, rises]) => [i, rises.length])), gaps };
};

describe("rises in intervals", () => {
  test("belong to the interval in which their later scrape lies, its end included and its beginning not", () => {
    expect(counts([45_000, 60_000, 75_000, 75_001, 120_000, 120_001])).toEqual({
      counts: { 0: 1, 1: 1, 3: 1 },
      gaps: [],
    });
  });

  test("of another plan are left out: the earlier scrape was before this one", () => {
    expect(counts([58_000, 73_000, 88_000, 103_000, 118_000], { ...span, since: 60_000 }).counts).toEqual({
      1: 1,
      2: 1,
      3: 1,
    });
  });

  test("over more than three intervals are of none, and that is told", () => {
    expect(counts([59_000, 105_000, 118_000])).toEqual({
      counts: { 3: 1 },
      gaps: ["a:1 of shop, canary, was not scraped for 46s"],
    });
  });

  test("a process that is gone is told once, in the window in which it has been gone for three intervals", () => {
    const gone = "a:1 of shop, canary, has vanished: what it counted since its last scrape is not known";
    expect(counts([45_000, 60_000]).gaps).toEqual([gone]);
    expect(counts([45_000, 60_000, 75_000]).gaps).toEqual([gone]);
    expect(counts([45_000, 60_000, 76_000]).gaps).toEqual([]);
    expect(counts([45_000, 60_000, 76_000], { ...span, window: { from: 120_000, to: 135_000 } }).gaps).toEqual([gone]);
    expect(counts([0, 14_000]).gaps).toEqual([]);
  });
});

describe("how often is scraped", () => {
  test("must be no less than how often is compared", () => {
    expect(() => requireScrapes(scraped(0, 60_000, 120_000), 15_000)).toThrow(
      "the series are scraped every 1m and compared every 15s: set interval to no less than the scrape interval",
    );
    expect(() => requireScrapes(scraped(0, 30_000, 45_000), 15_000)).not.toThrow();
    expect(() => requireScrapes(scraped(0), 15_000)).not.toThrow();
  });
});
