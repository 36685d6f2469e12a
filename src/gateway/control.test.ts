import fc from "fast-check";
import { expect, test } from "vitest";
import type { Measurement } from "../analysis/measurement.ts";
import { SerinError } from "../errors.ts";
import { failedOf, parseReply, parseRequest, PROTOCOL, readAnswer, readError, readHello } from "./control.ts";
import { gatewaySchema } from "./options.ts";

const seed = Number(process.env.SERIN_TEST_SEED ?? 20_240_504);

const line = (ask: string, given: unknown = {}, over: object = {}) =>
  JSON.stringify({ protocol: PROTOCOL, id: 1, ask, with: given, ...over });
const read = (text: string) => parseRequest(text).read();
const window = { from: 1000, to: 2000 };

test("requests are read with their types", () => {
  expect(read(line("read"))).toEqual({ id: 1, ask: "read", with: {} });
  const query = { ask: "counts", failures: ["5xx"], count: "units", traffic: "live" };
  expect(read(line("measure", { query, window }))).toMatchObject({ ask: "measure", with: { query, window } });
  const options = gatewaySchema.parse({});
  expect(read(line("configure", { options }))).toMatchObject({ with: { options } });
});

test.each([
  ["no JSON", "GET / HTTP/1.1", "USAGE", /no request to a gateway/],
  ["no object", "[]", "USAGE", /expected object/],
  ["nothing", "", "USAGE", /no request/],
  ["an unknown key", line("read", {}, { sudo: true }), "USAGE", /sudo/],
  ["an id that is none", line("read", {}, { id: -1 }), "USAGE", /id/],
  ["an unknown ask", line("reboot"), "USAGE", /"reboot"/],
  ["a name of Object's", line("constructor"), "USAGE", /"constructor"/],
  ["more than was asked for", line("read", { plan: 1 }), "USAGE", /^read: .*plan/],
  ["a plan that is none", line("apply", { plan: { version: -1 } }), "USAGE", /^apply: plan.version/],
  [
    "a window without an end",
    line("measure", { query: { ask: "value", value: "p99", arm: "canary" }, window: { from: 1 } }),
    "USAGE",
    /window.to/,
  ],
  [
    "an unknown failure",
    line("measure", { query: { ask: "counts", failures: ["boredom"], count: "units", traffic: "live" }, window }),
    "USAGE",
    /query.failures.0/,
  ],
  ["another protocol", line("read", {}, { protocol: PROTOCOL + 1 }), "CONFLICT", /another version of Serin/],
])("%s is refused in words", (_what, text, code, message) => {
  const refused = () => read(text);
  expect(refused).toThrow(SerinError);
  expect(refused).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
});

test("hello and stop are understood in every protocol", () => {
  for (const ask of ["hello", "stop"]) {
    expect(read(line(ask, {}, { protocol: 99 }))).toEqual({ id: 1, ask, with: {} });
  }
});

test("whatever comes in is either a request or refused", () => {
  const near = fc.record(
    {
      protocol: fc.oneof(fc.constant(PROTOCOL), fc.anything()),
      id: fc.oneof(fc.nat(), fc.anything()),
      ask: fc.oneof(fc.constantFrom("hello", "apply", "read", "measure", "live", "configure", "stop"), fc.string()),
      with: fc.anything(),
    },
    { requiredKeys: [] },
  );
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    near.map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(text, (written) => {
      try {
        expect(read(written).id).toBeGreaterThanOrEqual(0);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(SerinError);
        expect(["USAGE", "CONFLICT"]).toContain((thrown as SerinError).code);
      }
    }),
    { seed, numRuns: 500 },
  );
});

const tick = { at: 1000, plan: 3 };
const histogram = { done: [[3, 4]], carried: [[1, -1]] } as const;
const measurements: readonly Measurement[] = [
  { kind: "counts", window, ticks: [{ ...tick, stable: { n: 9, bad: 1 }, canary: { n: 1, bad: 0 } }] },
  { kind: "histogram", window, ticks: [{ ...tick, stable: histogram, canary: histogram }], gap: "250ms: why" },
  { kind: "value", window, value: 0.25 },
  { kind: "noData", window, reason: "there were no requests" },
  { kind: "error", window, reason: "why" },
];

test.each(measurements)("a measurement crosses unchanged: $kind", (measurement) => {
  const { ok } = JSON.parse(JSON.stringify({ ok: measurement })) as { ok: unknown };
  expect(readAnswer("measure", ok)).toEqual(measurement);
});

test("an answer that does not fit is nobody's answer", () => {
  const unreachable = expect.objectContaining({ code: "GATEWAY_UNREACHABLE" });
  expect(() => readAnswer("measure", { kind: "counts", window })).toThrow(unreachable);
  expect(() => readAnswer("live", {})).toThrow(unreachable);
  for (const text of [
    "",
    "{}",
    "null",
    '{"id":1}',
    '{"id":"1","ok":1}',
    '{"id":1,"error":{}}',
    '{"id":1,"ok":1,"more":2}',
  ]) {
    expect(() => parseReply(text)).toThrow(unreachable);
  }
});

test("errors cross with code, message and details; a code of a newer Serin becomes INTERNAL", () => {
  const error = new SerinError("CONFLICT", "no", { details: { live: 3 } });
  const crossed = readError(failedOf(error));
  expect(crossed).toMatchObject({ code: "CONFLICT", message: "no", details: { live: 3 } });
  expect(readError({ code: "toString", message: "m", details: {} }).code).toBe("INTERNAL");
});

test("a host of another protocol is told apart from one that is broken", () => {
  const options = gatewaySchema.parse({});
  const hello = { protocol: PROTOCOL, version: "1.0.0", name: "shop", pid: 7, startedAt: 1, options, port: 8080 };
  expect(readHello(hello, "shop")).toEqual(hello);
  const other = { ...hello, protocol: PROTOCOL + 1, anything: "else" };
  const conflict = { code: "CONFLICT", message: expect.stringContaining('"serin stop shop"') };
  expect(() => readHello(other, "shop")).toThrow(expect.objectContaining(conflict));
  expect(() => readHello({ ...hello, port: "8080" }, "shop")).toThrow(/port/);
});
