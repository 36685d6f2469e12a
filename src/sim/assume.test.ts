import { expect, test } from "vitest";
import { assumptionInWords, assumptionOf, readAssumptions } from "./assume.ts";

test("words become numbers: shares, rates, times, and multiples of stable's", () => {
  const said = readAssumptions([
    "traffic=12000/m",
    "stable.failures=0.2%",
    "canary.failures=x3",
    "stable.latency=20ms",
    "stable.p99=0.1s",
    "canary.latency=x1.5",
    "canary.from=10m",
  ]);
  const { assumed, notes } = assumptionOf(said);
  expect(notes).toEqual([]);
  expect(assumed.perSecond).toBe(200);
  expect(assumed.stable).toMatchObject({ failures: 0.002, medianMs: 20 });
  expect(assumed.canary.failures).toBeCloseTo(0.006, 12);
  expect(assumed.canary.medianMs).toBeCloseTo(30, 12);
  expect(assumed.canary.sigma).toBeCloseTo(assumed.stable.sigma, 12);
  expect(assumed.fromMs).toBe(600_000);
});

test("a longer tail leaves the median where it is", () => {
  const { assumed } = assumptionOf(readAssumptions(["stable.latency=20ms", "stable.p99=100ms", "canary.p99=x2"]));
  expect(assumed.canary.medianMs).toBe(20);
  expect(assumed.canary.sigma).toBeGreaterThan(assumed.stable.sigma);
});

test("what was measured comes before defaults, and both are told", () => {
  const { assumed, notes } = assumptionOf({}, { perSecond: 321, failures: 0.004, medianMs: 12, p99Ms: 90 });
  expect(assumed).toMatchObject({ perSecond: 321, stable: { failures: 0.004, medianMs: 12 } });
  expect(notes).toEqual([
    "traffic 321/s (measured)",
    "stable fails 0.4 % (measured)",
    "stable's median 12 ms (measured)",
    "its p99 90 ms (measured)",
  ]);
  expect(assumptionInWords(assumptionOf({}))).toBe(
    "100 requests a second; stable fails 0.5 %, takes 50 ms (p99 250 ms); the canary fails 0.5 %, takes 50 ms (p99 250 ms). " +
      "Not said: traffic 100/s (a default), stable fails 0.5 % (a default), stable's median 50 ms (a default), its p99 250 ms (a default).",
  );
});

test.each([
  ["canary.failure=1%", 'nothing called "canary.failure"'],
  ["traffic=200", 'traffic takes a rate such as 200/s or 5000/m, not "200"'],
  ["traffic=0/s", "traffic takes a rate"],
  ["stable.failures=2", "stable.failures takes a share"],
  ["stable.failures=0", "stable.failures takes a share"],
  ["canary.latency=fast", "canary.latency takes a time"],
  ["canary.from=10", "canary.from takes a duration"],
  ["traffic", "traffic takes a rate"],
  ["__proto__=1", 'nothing called "__proto__"'],
])("%s is refused in words", (text, message) => {
  expect(() => readAssumptions([text])).toThrow(expect.objectContaining({ code: "USAGE" }));
  expect(() => readAssumptions([text])).toThrow(message);
});

test("what does not fit together is refused", () => {
  const usage = (message: string) =>
    expect.objectContaining({ code: "USAGE", message: expect.stringContaining(message) });
  expect(() => readAssumptions(["traffic=1/s", "traffic=2/s"])).toThrow(usage("said twice"));
  expect(() => assumptionOf(readAssumptions(["stable.failures=40%", "canary.failures=x3"]))).toThrow(usage("120 %"));
  expect(() => assumptionOf(readAssumptions(["stable.latency=200ms", "stable.p99=100ms"]))).toThrow(
    usage("above the median"),
  );
});
