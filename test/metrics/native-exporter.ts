/**
 * A service whose latencies are native histograms. Those are only scraped in protocol buffers (io.prometheus.client), which
 * no exporter library for this runtime writes yet: so the few fields that matter are written here.
 */
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

const SCHEMA = 3;
const GROWTH = 2 ** (2 ** -SCHEMA);

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const more = rest > 127;
    bytes.push((rest % 128) + (more ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return bytes;
}

const zigzag = (value: number) => varint(value >= 0 ? value * 2 : -value * 2 - 1);
const tag = (field: number, wire: number) => varint(field * 8 + wire);
const number = (field: number, value: number) => [...tag(field, 0), ...varint(value)];
const signed = (field: number, value: number) => [...tag(field, 0), ...zigzag(value)];
const bytes = (field: number, value: readonly number[]) => [...tag(field, 2), ...varint(value.length), ...value];
const text = (field: number, value: string) => bytes(field, [...Buffer.from(value, "utf8")]);

function double(field: number, value: number): number[] {
  const buffer = Buffer.alloc(8);
  buffer.writeDoubleLE(value);
  return [...tag(field, 1), ...buffer];
}

/** Counts by bucket index: bucket i holds (g^(i-1), g^i] seconds. */
type Buckets = ReadonlyMap<number, number>;

function histogram(buckets: Buckets, sum: number): number[] {
  const sorted = [...buckets].toSorted(([a], [b]) => a - b);
  const total = sorted.reduce((all, [, count]) => all + count, 0);
  let [next, before] = [0, 0];
  const spans: number[] = [];
  const deltas: number[] = [];
  for (const [index, count] of sorted) {
    // one span for each bucket: its distance from where the last one ended
    spans.push(...bytes(12, [...signed(1, index - next), ...number(2, 1)]));
    deltas.push(...signed(13, count - before));
    [next, before] = [index + 1, count];
  }
  return [
    ...number(1, total),
    ...double(2, sum),
    ...signed(5, SCHEMA),
    ...double(6, 1e-9),
    ...number(7, 0),
    ...spans,
    ...deltas,
  ];
}

const label = (name: string, value: string) => bytes(1, [...text(1, name), ...text(2, value)]);

export class NativeExporter implements AsyncDisposable {
  readonly #versions = new Map<string, { buckets: Map<number, number>; sum: number }>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((_request, response) => {
      const type = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
      response.writeHead(200, { "content-type": type }).end(Buffer.from(this.#page()));
    });
  }

  static async open(): Promise<NativeExporter> {
    const exporter = new NativeExporter();
    exporter.#server.listen(0, "127.0.0.1");
    await once(exporter.#server, "listening");
    // a histogram without a bucket is not known to be a native one
    for (const version of ["v1", "v2"]) exporter.observe(version, 0.001);
    return exporter;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  observe(version: string, seconds: number): void {
    const series = this.#versions.get(version) ?? { buckets: new Map<number, number>(), sum: 0 };
    const index = Math.ceil(Math.log(seconds) / Math.log(GROWTH));
    series.buckets.set(index, (series.buckets.get(index) ?? 0) + 1);
    series.sum += seconds;
    this.#versions.set(version, series);
  }

  #page(): number[] {
    const HISTOGRAM = 4;
    const metrics = [...this.#versions].flatMap(([version, { buckets, sum }]) =>
      bytes(4, [...label("version", version), ...bytes(7, histogram(buckets, sum))]),
    );
    const family = [...text(1, "shop_native_seconds"), ...text(2, "latencies"), ...number(3, HISTOGRAM), ...metrics];
    return [...varint(family.length), ...family];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
