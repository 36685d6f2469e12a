import { describe, expect, test } from "vitest";
import { z } from "zod";
import { metricSourceContract, type OpenMetricSource } from "../../test/contract/metric-source.ts";
import { get, GatewayStage, until } from "../../test/gateway/stage.ts";
import { SerinError } from "../errors.ts";
import { TICK_MS } from "../gateway/tick.ts";
import { createSource, sourceSchema, type MetricSourceDeps } from "./index.ts";

const deps: MetricSourceDeps = {
  rollout: "shop",
  gateway: null,
  fetch: () => Promise.reject(new Error("no network in this test")),
  secrets: () => Promise.reject(new Error("no secrets in this test")),
  readFile: () => Promise.reject(new Error("no files in this test")),
  events: null,
  run: null,
  now: () => 0,
};

/** Forty people, half of them on the canary, one request each; every fifth answer of the canary is a failure. */
async function open(workers: number): Promise<OpenMetricSource> {
  const stage = await GatewayStage.begin();
  const gateway = await stage.open({ workers });
  const byUnit = { unit: { header: { name: "x-unit" } }, matches: [] };
  const startOf = (ms: number) => Math.floor(ms / TICK_MS) * TICK_MS;
  await gateway.apply(stage.plan(1, byUnit));
  // A moment before the gateway began is a gap, and the contract is about time that was recorded.
  const from = startOf(Date.now()) + TICK_MS;
  await until("the first whole tick", () => Date.now() >= from);
  const [stable, canary] = [
    { n: 0, bad: 0 },
    { n: 0, bad: 0 },
  ];
  const ends: number[] = [];
  for (let unit = 0; unit < 40; unit++) {
    stage.canary.status = unit % 5 === 0 ? 503 : 200;
    const { arm, status } = await get(gateway.port, { "x-unit": String(unit) });
    const counts = arm === "stable" ? stable : canary;
    counts.n += 1;
    if (status === 503) counts.bad += 1;
    ends.push(Date.now());
  }
  const to = startOf(Date.now()) + TICK_MS;
  const all = { ask: "counts", failures: ["5xx"], count: "requests", traffic: "live" } as const;
  await until("the counts to be final", async () => (await gateway.measure(all, { from, to })).window.to === to);
  const window = { from, to };
  const cuts = [ends[7], ends[21], ends[22]].filter((cut) => cut > from && cut < to);
  return {
    source: createSource({ gateway: {} }, { ...deps, gateway }),
    window,
    stable,
    canary,
    cuts,
    break: () => stage.stop().then(() => until("the client to hear of it", () => stage.lines.length > 0)),
    close: () => stage.close(),
  };
}

for (const [workers, count] of [
  [1, "requests"],
  [2, "units"],
] as const) {
  metricSourceContract(`the gateway source with ${workers} worker(s), counting ${count}`, {
    open: () => open(workers),
    counts: { ask: "counts", failures: ["5xx"], count, traffic: "live" },
    histogram: { ask: "histogram", count, traffic: "live" },
    value: { ask: "value", value: "successRate", arm: "canary" },
  });
}

describe("sources in documents", () => {
  test("exactly one, its settings complete", () => {
    expect(sourceSchema.parse({ gateway: {} })).toEqual({ gateway: {} });
    expect(sourceSchema.safeParse({}).error?.issues[0].message).toMatch(
      /^expected exactly one of gateway, .+, found none$/,
    );
    expect(sourceSchema.safeParse({ gatway: {} }).success).toBe(false);
    expect(sourceSchema.safeParse({ gateway: { port: 1 } }).success).toBe(false);
    expect(sourceSchema.safeParse("gateway").success).toBe(false);
  });

  test("editors are told the same", () => {
    expect(z.toJSONSchema(sourceSchema, { io: "input" })).toMatchObject({
      properties: { gateway: { type: "object", additionalProperties: false } },
      oneOf: expect.arrayContaining([{ required: ["gateway"] }]) as unknown,
      additionalProperties: false,
    });
  });

  test("a source that is not registered is a defect, not a missing number", () => {
    expect(() => createSource({ oracle: {} }, deps)).toThrow(SerinError);
  });

  test("without a gateway of Serin's the gateway source cannot be asked", async () => {
    const source = createSource({ gateway: {} }, deps);
    const query = { ask: "value", value: "p99", arm: "canary" } as const;
    const measuring = source.measure(query, { from: 0, to: 1000 }, new AbortController().signal);
    await expect(measuring).rejects.toMatchObject({ code: "SOURCE_FAILED" });
  });
});
