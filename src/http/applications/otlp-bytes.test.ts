/**
 * OTLP in protocol buffers. The bytes are made by OpenTelemetry's own encoder, which knows nothing of this reader; that a real
 * exporter is answered: `routes/applications.test.ts`.
 */
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { expect, test } from "vitest";
import { answerBytes, metricsIn, refusalBytes } from "./otlp-bytes.ts";
import { otlpSchema, understood } from "./otlp.ts";

/** Everything that instruments can send, in one report. */
async function reported(): Promise<ResourceMetrics> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA);
  const resource = resourceFromAttributes({ "serin.rollout": "shop", "service.version": "v2", big: 2 ** 40 });
  const views = [{ instrumentName: "sizes", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const }];
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ resource, readers: [reader], views });
  const meter = provider.getMeter("shop");
  meter.createCounter("orders").add(7, { "serin.value": 0.5, paid: true });
  meter.createUpDownCounter("seats").add(-3);
  meter.createGauge("temperature").record(-2.75, { "serin.arm": "canary", "serin.pair": "größe" });
  const latency = meter.createHistogram("latency", { advice: { explicitBucketBoundaries: [1, 10, 100] } });
  for (const ms of [0.5, 20, 400]) latency.record(ms);
  meter.createHistogram("sizes").record(42);
  await reader.forceFlush();
  const [all] = exporter.getMetrics();
  await provider.shutdown();
  return all;
}

test("bytes and JSON of one report are understood alike", async () => {
  const report = await reported();
  const bytes = ProtobufMetricsSerializer.serializeRequest(report) ?? new Uint8Array();
  const json: unknown = JSON.parse(new TextDecoder().decode(JsonMetricsSerializer.serializeRequest(report)));
  const [ofBytes, ofJson] = [metricsIn(bytes), json].map((read) => understood(otlpSchema.parse(read)));
  expect(ofBytes).toEqual(ofJson);
  expect(ofBytes).toHaveLength(5);
  for (const event of [
    { name: "orders", count: 7, value: 0.5, rollout: "shop" },
    { name: "temperature", value: -2.75, arm: "canary", pair: "größe" },
    { name: "latency", count: 3, value: 420.5 / 3 },
    { name: "sizes", count: 1, value: 42 },
  ])
    expect(ofBytes).toContainEqual(expect.objectContaining({ event: expect.objectContaining(event) as unknown }));
  expect(ofBytes).toContainEqual({ refused: expect.stringContaining("seats") as unknown });
});

test("bounds and counts of buckets arrive, packed and one by one", () => {
  const double = (value: number) => [...new Uint8Array(new Float64Array([value]).buffer)];
  const inside = (number: number, bytes: readonly number[]) => [(number << 3) | 2, bytes.length, ...bytes];
  const point = [...inside(7, [...double(1), ...double(10)]), (7 << 3) | 1, ...double(100)];
  const body = inside(1, inside(2, inside(2, inside(9, inside(1, point)))));
  expect(metricsIn(Uint8Array.from(body))).toEqual({
    resourceMetrics: [
      { scopeMetrics: [{ metrics: [{ histogram: { dataPoints: [{ explicitBounds: [1, 10, 100] }] } }] }] },
    ],
  });
});

test("a report that is cut short anywhere is refused or is a shorter report, and never anything else", async () => {
  const bytes = ProtobufMetricsSerializer.serializeRequest(await reported()) ?? new Uint8Array();
  for (let end = 1; end < bytes.length; end++) {
    expect(() => metricsIn(bytes.subarray(0, end)), `${end} of ${bytes.length}`).toThrow("no OTLP metrics");
  }
});

test("any bytes are read or refused as a mistake of the sender", async () => {
  const whole = ProtobufMetricsSerializer.serializeRequest(await reported()) ?? new Uint8Array();
  const spoilt = fc
    .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
    .map((changes) => {
      const copy = whole.slice();
      for (const [at, byte] of changes) copy[at] = byte;
      return copy;
    });
  fc.assert(
    fc.property(fc.oneof(spoilt, fc.uint8Array({ maxLength: 64 })), (bytes) => {
      try {
        otlpSchema.safeParse(metricsIn(bytes));
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: "USAGE" });
      }
    }),
    { numRuns: 2000 },
  );
});

test("nothing that protocol buffers could name reaches a prototype", () => {
  expect(Object.keys(metricsIn(new Uint8Array()) as object)).toEqual([]);
});

test("answers are read by OpenTelemetry's own decoder", () => {
  const partialSuccess = { rejectedDataPoints: "3", errorMessage: "orders: expected the attribute serin.rollout" };
  expect(ProtobufMetricsSerializer.deserializeResponse(answerBytes({ partialSuccess }))).toMatchObject({
    partialSuccess: { errorMessage: partialSuccess.errorMessage },
  });
  expect(answerBytes({})).toHaveLength(0);
  const status = new BinaryReader(refusalBytes("too large"));
  expect([status.tag(), status.string()]).toEqual([[2, 2], "too large"]);
});
