import { expect, test } from "vitest";
import { z } from "zod";
import { formatListen, parseListen } from "./listen.ts";
import { gatewaySchema, workerCount } from "./options.ts";

test.each([
  ["127.0.0.1:8080", "127.0.0.1", 8080],
  [":80", "", 80],
  ["[::1]:8443", "::1", 8443],
  ["[fe80::1%eth0]:1", "fe80::1%eth0", 1],
  ["shop.internal:0", "shop.internal", 0],
])("listens at %s", (text, host, port) => {
  expect(parseListen(text)).toEqual({ host, port });
  expect(formatListen({ host, port })).toBe(text);
});

test.each(["8080", "::1:8080", "127.0.0.1", "127.0.0.1:", "a:65536", "http://a:80", "[::1]", "a b:1", "[x]:1"])(
  "%j is no address",
  (text) => {
    expect(parseListen(text)).toBeNull();
    expect(gatewaySchema.safeParse({ listen: text }).success).toBe(false);
  },
);

test("says everything where nothing was said", () => {
  expect(gatewaySchema.parse({})).toEqual({
    listen: { host: "127.0.0.1", port: 8080 },
    workers: 1,
    trustForwarded: 0,
    timeouts: { connect: 2000, response: 60_000, idle: 75_000, head: 10_000, drain: 10_000 },
    limits: { connections: 10_000, headBytes: 32_768, uriBytes: 8192 },
  });
});

test("unknown keys and bare numbers for durations are refused", () => {
  expect(gatewaySchema.safeParse({ timeout: "1s" }).success).toBe(false);
  expect(gatewaySchema.safeParse({ timeouts: { connect: 5 } }).success).toBe(false);
  expect(gatewaySchema.safeParse({ workers: 0 }).success).toBe(false);
});

test("every option is described in the JSON Schema", () => {
  const schema = z.toJSONSchema(gatewaySchema, { io: "input" }) as {
    properties: Record<string, { description?: string }>;
  };
  expect(Object.values(schema.properties).filter(({ description }) => description === undefined)).toEqual([]);
});

test("auto is at least one worker", () => {
  expect(workerCount({ workers: "auto" })).toBeGreaterThan(0);
  expect(workerCount({ workers: 3 })).toBe(3);
});
