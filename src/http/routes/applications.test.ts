/** Events of applications over real sockets: how they are written, what becomes of them, and as OpenTelemetry sends them. */
import { gzipSync } from "node:zlib";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AggregationTemporality, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { describe, expect, test } from "vitest";
import { codeOf, messageOf, openApi, type Api } from "../../../test/http/ask.ts";
import { NOW, yamlOf } from "../../../test/http/world.ts";
import { EventBook, type ApplicationEvent } from "../../metrics/events/book.ts";

const open = async () => {
  const book = new EventBook(() => NOW + 5000);
  const api = await openApi({ applications: book });
  const tallied = (name: string) => {
    const { stable, canary } = book.tallied("shop", name, { from: NOW, to: NOW + 10_000 }, 2);
    return { stable: stable.n, canary: canary.n };
  };
  return { api, book, tallied, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
};

const all = (more: object) => ({ taken: 0, late: 0, duplicate: 0, idle: 0, unassigned: 0, full: 0, ...more });
const post = (api: Api, path: string, type: string, body: string) =>
  api.ask(path, { method: "POST", headers: { "content-type": type }, body });

describe("events", () => {
  test("one, a list, or one a line", async () => {
    await using world = await open();
    const { api, tallied } = world;
    const one = { rollout: "shop", name: "order", arm: "canary" };
    expect(await api.post("/v1/events", one)).toMatchObject({ status: 202, body: all({ taken: 1 }) });
    expect(await api.post("/v1/events", [one, { ...one, arm: "stable", count: 3 }])).toMatchObject({
      body: all({ taken: 2 }),
    });
    const lines = `${JSON.stringify(one)}\n\n${JSON.stringify({ ...one, rollout: "quiet" })}\n`;
    expect(await post(api, "/v1/events", "application/x-ndjson", lines)).toMatchObject({
      body: all({ taken: 1, idle: 1 }),
    });
    expect(tallied("order")).toEqual({ stable: 3, canary: 3 });
  });

  test("what becomes of each is told, and counted for scrapers", async () => {
    await using world = await open();
    const { api } = world;
    const one = { rollout: "shop", name: "order", arm: "canary" };
    const events = [
      { ...one, id: "a" },
      { ...one, id: "a" },
      { ...one, at: NOW - 60_000 },
      { rollout: "shop", name: "order", unit: "anna" },
    ];
    expect(await api.post("/v1/events", events)).toMatchObject({
      body: all({ taken: 1, duplicate: 1, late: 1, unassigned: 1 }),
    });
    const { text } = await api.ask("/metrics");
    expect(text).toContain(`serin_application_events_total{rollout="shop",fate="duplicate"} 1`);
  });

  test("a unit is mapped to its arm by the live plan", async () => {
    await using world = await open();
    const { api, book } = world;
    await api.world.put(yamlOf("people").replace("by: request", "by: { header: x-user }"));
    await api.world.pass("people", 2);
    const events = Array.from({ length: 2000 }, (_, i) => ({ rollout: "people", name: "order", unit: `user-${i}` }));
    expect(await api.post("/v1/events", events)).toMatchObject({ body: all({ taken: 2000 }) });
    const { stable, canary } = book.tallied("people", "order", { from: NOW, to: NOW + 60_000 }, 2);
    expect(stable.n + canary.n).toBe(2000);
    // 5 % of them: 100, within five standard deviations
    expect(Math.abs(canary.n - 100)).toBeLessThan(50);
  });

  test.each([
    [[{ rollout: "shop", name: "order" }], "event 1: expected arm or unit, found neither"],
    [
      [
        { rollout: "shop", name: "order", arm: "canary" },
        { rollout: "shop", name: "a b", arm: "canary" },
      ],
      "event 2: name: expected a name",
    ],
    [{ rollout: "shop", name: "order", arm: "both" }, "event 1: arm"],
    [{ rollout: "shop", name: "order", arm: "canary", value: "much" }, "event 1: value"],
    [{ rollout: "shop", name: "order", arm: "canary", count: 0 }, "event 1: count"],
    [{ rollout: "shop", name: "order", arm: "canary", amount: 3 }, "event 1"],
    [[null], "event 1"],
  ])("%j is refused, and nothing of it taken", async (body, words) => {
    await using world = await open();
    const answer = await world.api.post("/v1/events", body);
    expect([answer.status, codeOf(answer)]).toEqual([400, "USAGE"]);
    expect(messageOf(answer)).toContain(words);
    expect(world.tallied("order")).toEqual({ stable: 0, canary: 0 });
  });

  test("lines are told by their number; what is no JSON, of another type, or of nobody, is refused", async () => {
    await using world = await open();
    const { api } = world;
    const good = JSON.stringify({ rollout: "shop", name: "order", arm: "canary" });
    const broken = await post(api, "/v1/events", "application/x-ndjson", `${good}\n{"rollout":`);
    expect([broken.status, messageOf(broken)]).toEqual([400, "line 2 is no JSON"]);
    expect((await post(api, "/v1/events", "text/plain", good)).status).toBe(415);
    expect((await api.post("/v1/events", { rollout: "nobody", name: "order", arm: "canary" })).status).toBe(404);
    const many = Array.from({ length: 10_001 }, () => ({}));
    expect(messageOf(await api.post("/v1/events", many))).toBe("10001 events at once: expected at most 10000");
  });

  test("a server that takes none says so", async () => {
    await using api = await openApi();
    expect((await api.post("/v1/events", { rollout: "shop", name: "order", arm: "canary" })).status).toBe(404);
  });
});

describe("OpenTelemetry", () => {
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const request = (metrics: readonly object[], resource: readonly object[]) => ({
    resourceMetrics: [{ resource: { attributes: resource }, scopeMetrics: [{ scope: { name: "shop" }, metrics }] }],
  });
  const shop = attribute("serin.rollout", "shop");
  const at = String((NOW + 1500) * 1_000_000);
  const sum = (name: string, points: readonly object[], aggregationTemporality: number | string = 1) => ({
    name,
    sum: { aggregationTemporality, isMonotonic: true, dataPoints: points },
  });

  test("deltas are so many events, told apart by arm or revision", async () => {
    await using world = await open();
    const points = [
      { asInt: "7", timeUnixNano: at, startTimeUnixNano: at, attributes: [attribute("serin.arm", "stable")] },
    ];
    const answer = await world.api.post("/otlp/v1/metrics", request([sum("orders", points)], [shop]));
    expect(answer).toMatchObject({ status: 200, body: {} });
    const byRevision = request(
      [sum("orders", [{ asInt: 2, timeUnixNano: at }], "AGGREGATION_TEMPORALITY_DELTA")],
      [shop, attribute("service.version", "v2")],
    );
    expect(await world.api.post("/otlp/v1/metrics", byRevision)).toMatchObject({ body: {} });
    expect(world.tallied("orders")).toEqual({ stable: 7, canary: 2 });
  });

  test("gauges are one event, histograms so many of their mean", async () => {
    await using world = await open();
    const canary = [shop, attribute("serin.arm", "canary")];
    const gauge = { name: "depth", gauge: { dataPoints: [{ asDouble: 2.5, timeUnixNano: at }] } };
    const histogram = {
      name: "basket",
      histogram: { aggregationTemporality: 1, dataPoints: [{ count: "4", sum: 100, timeUnixNano: at }] },
    };
    expect(await world.api.post("/otlp/v1/metrics", request([gauge, histogram], canary))).toMatchObject({ body: {} });
    const of = (name: string) => world.book.tallied("shop", name, { from: NOW, to: NOW + 10_000 }, 2).canary;
    expect([of("depth"), of("basket")]).toMatchObject([
      { n: 1, sum: 2.5 },
      { n: 4, sum: 100 },
    ]);
  });

  test("a histogram's values differ as its buckets allow, and a sum that they do not allow is told", async () => {
    await using world = await open();
    const canary = [shop, attribute("serin.arm", "canary")];
    const point = {
      timeUnixNano: at,
      explicitBounds: [1, 4, 16],
      bucketCounts: ["0", "2", "1", "0"],
      count: "3",
      max: 10,
    };
    const tokens = (sumOf: number) => ({
      name: "gen_ai.client.token.usage",
      histogram: { aggregationTemporality: 1, dataPoints: [{ ...point, sum: sumOf }] },
    });
    expect(await world.api.post("/otlp/v1/metrics", request([tokens(14)], canary))).toMatchObject({ body: {} });
    const span = { from: NOW, to: NOW + 10_000 };
    const { values, rough } = world.book.valued("shop", "gen_ai.client.token.usage", span, 2).canary;
    expect(new Map(values)).toEqual(
      new Map([
        [10, 1],
        [3, 1],
        [1, 1],
      ]),
    );
    expect(rough).toBe(10);
    const wrong = await world.api.post("/otlp/v1/metrics", request([tokens(90)], canary));
    expect(wrong.body).toMatchObject({
      partialSuccess: { errorMessage: "gen_ai.client.token.usage: its sum does not fit its buckets" },
    });
  });

  test("what cannot be taken is told, and the rest is taken", async () => {
    await using world = await open();
    const good = sum("orders", [{ asInt: "1", timeUnixNano: at, attributes: [attribute("serin.arm", "canary")] }]);
    const total = sum("total", [{ asInt: "9", timeUnixNano: at, attributes: [attribute("serin.arm", "canary")] }], 2);
    const nobody = sum("nobody", [{ asInt: "9", timeUnixNano: at }]);
    const stranger = sum("stranger", [
      { asInt: "9", timeUnixNano: at, attributes: [attribute("service.version", "v9")] },
    ]);
    const answer = await world.api.post("/otlp/v1/metrics", request([good, total, nobody, stranger], [shop]));
    expect(answer).toMatchObject({
      status: 200,
      body: {
        partialSuccess: { rejectedDataPoints: "3", errorMessage: expect.stringContaining("must be deltas") as unknown },
      },
    });
    expect(world.tallied("orders")).toEqual({ stable: 0, canary: 1 });
  });
});

describe("OpenTelemetry in protocol buffers", () => {
  const bytes = { "content-type": "application/x-protobuf" };
  const send = (api: Api, body: Uint8Array, headers: Record<string, string> = {}) =>
    api.ask("/otlp/v1/metrics", { method: "POST", headers: { ...bytes, ...headers }, body });

  /** A report of as many orders, as OpenTelemetry's own exporter sends it. */
  async function report(api: Api, orders: number, compression: "gzip" | "none"): Promise<void> {
    const url = `${api.url}/otlp/v1/metrics`;
    const settings = { url, compression, temporalityPreference: AggregationTemporality.DELTA };
    // its own enums for these words are not exported by the package that takes them
    const exporter = new OTLPMetricExporter(settings as never);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const resource = resourceFromAttributes({ "serin.rollout": "shop", "service.version": "v2" });
    const provider = new MeterProvider({ resource, readers: [reader] });
    provider.getMeter("shop").createCounter("orders").add(orders);
    await provider.forceFlush();
    await provider.shutdown();
  }

  test.each(["none", "gzip"] as const)("a real exporter is understood, compression %s", async (compression) => {
    const book = new EventBook(() => Date.now());
    const taken: ApplicationEvent[] = [];
    const take: EventBook["take"] = (...all) => (taken.push(all[2]), book.take(...all));
    await using api = await openApi({ applications: { take } });
    await report(api, 7, compression);
    expect(taken).toMatchObject([{ name: "orders", arm: "canary", count: 7, value: 1 }]);
  });

  test("what is not taken is told in bytes, as OpenTelemetry's own decoder reads them", async () => {
    await using world = await open();
    const { api } = world;
    const metric = (name: string) => [10, name.length, ...Buffer.from(name), 58, 4, 10, 0, 16, 1];
    const inside = (tag: number, inner: readonly number[]) => [tag, inner.length, ...inner];
    const body = Uint8Array.from(inside(10, inside(18, inside(18, metric("orders")))));
    const response = await fetch(`${api.url}/otlp/v1/metrics`, { method: "POST", headers: bytes, body });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/x-protobuf"]);
    // a point without a number counts nothing, so there is nothing to be refused
    expect((await response.bytes()).length).toBe(0);
    const gauge = [10, 5, ...Buffer.from("depth"), 42, 2, 10, 0];
    const refused = await fetch(`${api.url}/otlp/v1/metrics`, {
      method: "POST",
      headers: bytes,
      body: Uint8Array.from(inside(10, inside(18, inside(18, gauge)))),
    });
    expect(ProtobufMetricsSerializer.deserializeResponse(await refused.bytes())).toMatchObject({
      partialSuccess: { errorMessage: "depth: expected the attribute serin.rollout" },
    });
  });

  test("what is no report, or too large once it is unpacked, is refused as a Status", async () => {
    await using world = await open();
    const { api } = world;
    const broken = await send(api, Uint8Array.from([10, 200, 1]));
    expect([broken.status, broken.headers.get("content-type")]).toEqual([400, "application/x-protobuf"]);
    expect(broken.text).toContain("the body is no OTLP metrics in protocol buffers");
    const bomb = gzipSync(Buffer.alloc(100_000_000));
    const large = await send(api, bomb, { "content-encoding": "gzip" });
    expect([large.status, large.text.includes("at most 1048576 bytes")]).toEqual([413, true]);
    const cut = await send(api, gzipSync(Buffer.from([10, 0])).subarray(0, 12), { "content-encoding": "gzip" });
    expect([cut.status, cut.text.includes("cut short")]).toEqual([400, true]);
    expect((await send(api, new Uint8Array(), { "content-encoding": "br" })).status).toBe(415);
    const json = { "content-type": "application/json", "content-encoding": "gzip" };
    expect((await send(api, gzipSync("{}"), json)).body).toEqual({});
    const lines = {
      method: "POST",
      headers: { ...json, "content-type": "application/x-ndjson" },
      body: gzipSync("{}"),
    };
    expect((await api.ask("/v1/events", lines)).status).toBe(415);
  });
});
