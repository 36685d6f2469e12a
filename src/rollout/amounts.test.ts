import fc from "fast-check";
import { expect, test } from "vitest";
import {
  durationFrom,
  durationSchema,
  formatDuration,
  innerRateSchema,
  parseDuration,
  rateSchema,
  shareSchema,
  someShareSchema,
} from "./amounts.ts";

test.each([
  ["0s", 0],
  ["250ms", 250],
  ["90s", 90_000],
  ["1.5h", 5_400_000],
  ["1h30m", 5_400_000],
  ["1d2h3m4s5ms", 93_784_005],
])("%s is %d milliseconds", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
  expect(durationSchema.parse(text)).toBe(ms);
});

test.each(["", "5", "5 m", "m", "-5m", "5m5h", "1.5ms", "5min", "1e3s", "٣s", " 5m", "5m\n", ".5s"])(
  "%j is no duration",
  (text) => {
    expect(parseDuration(text)).toBeNull();
    expect(durationSchema.safeParse(text).success).toBe(false);
  },
);

test("every duration that is written is read", () => {
  fc.assert(
    fc.property(fc.nat(3650 * 86_400_000), (ms) => {
      expect(parseDuration(formatDuration(ms))).toBe(ms);
    }),
  );
});

test("durations have bounds", () => {
  expect(durationSchema.safeParse("3650d").success).toBe(true);
  expect(durationSchema.safeParse(`${"9".repeat(400)}d`).error?.issues[0].message).toBe(
    "expected a duration of at most 3650d",
  );
  expect(durationFrom(1000).safeParse("999ms").error?.issues[0].message).toBe("expected a duration of at least 1s");
  expect(durationFrom(1000).parse("1s")).toBe(1000);
});

test.each([
  [5, 500],
  ["5%", 500],
  ["0.01%", 1],
  [0.07, 7],
  [33.33, 3333],
  ["100 %", 10_000],
  [0, 0],
])("a share of %j is %d basis points", (written, basis) => {
  expect(shareSchema.parse(written)).toBe(basis);
});

test("every share of whole basis points is exact, as a number and as text", () => {
  fc.assert(
    fc.property(fc.nat(10_000), (basis) => {
      expect(shareSchema.parse(basis / 100)).toBe(basis);
      expect(shareSchema.parse(`${basis / 100}%`)).toBe(basis);
    }),
  );
});

test.each([-1, 101, 0.001, NaN, Infinity, "5", "5 percent", "-1%", "101%", ""])("%j is no share", (written) => {
  expect(shareSchema.safeParse(written).success).toBe(false);
});

test.each([
  ["1%", 0.01],
  [0.01, 0.01],
  ["100%", 1],
  [0, 0],
])("a rate of %j is %d", (written, rate) => {
  expect(rateSchema.parse(written)).toBe(rate);
});

test("nothing and everything are refused where they cannot be tested", () => {
  expect(someShareSchema.safeParse(0).success).toBe(false);
  expect(someShareSchema.parse("0.01%")).toBe(1);
  for (const written of [0, 1, "100%", "0%"]) expect(innerRateSchema(1).safeParse(written).success).toBe(false);
  expect(innerRateSchema(0.5).safeParse(0.5).error?.issues[0].message).toBe("expected a rate above 0 and below 0.5");
});
