/** What a real Prometheus makes of native histograms, of processes that restart and vanish, and of Serin's own metrics. */
import { describe, expect, test } from "vitest";
import { openApi } from "../../../test/http/ask.ts";
import { liveOf } from "../../../test/http/world.ts";
import type { Live } from "../../http/wire.ts";
import { isAbsent } from "../../../test/metrics/binary.ts";
import { sourceDeps } from "../../../test/metrics/deps.ts";
import { Exporter } from "../../../test/metrics/exporter.ts";
import { NativeExporter } from "../../../test/metrics/native-exporter.ts";
import { startPrometheus, type Scraper } from "../../../test/metrics/prometheus.ts";
import { SECOND, splitSince } from "../../../test/metrics/traffic.ts";
import type { Measurement, Window } from "../../analysis/measurement.ts";
import { bucketOf } from "../../stats/histogram.ts";
import { createSource, sourceSchema } from "../index.ts";

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const ceil = (ms: number) => Math.ceil(ms / SECOND) * SECOND;
const signal = new AbortController().signal;
const split = splitSince(0);

/** The next whole second after every target was scraped, once it has come: nothing is counted before it. */
async function begun(prometheus: Scraper, selector: string): Promise<number> {
  const from = ceil(await prometheus.scraped(selector, 2)) + SECOND;
  await sleep(Math.max(0, from - Date.now()));
  return from;
}

/** Up to a moment whose scrapes are stored. */
async function settled(): Promise<number> {
  const to = ceil(Date.now()) + 2 * SECOND;
  await sleep(Math.max(0, to + 1500 - Date.now()));
  return to;
}

const source = (address: string, settings: Record<string, unknown>) =>
  createSource(sourceSchema.parse({ prometheus: { address, interval: "1s", ...settings } }), sourceDeps());

const counts = (made: ReturnType<typeof source>, window: Window) =>
  made.measure({ ask: "counts", failures: [], count: "requests", traffic: "live", split }, window, signal);

const totalOf = (measured: Measurement) =>
  (measured.kind === "counts" ? measured.ticks : []).reduce(
    (sum, { stable, canary }) => [sum[0] + stable.n, sum[1] + canary.n],
    [0, 0],
  );

describe.skipIf(isAbsent("prometheus", "prometheus"))("a real Prometheus", () => {
  test("native histograms: every latency once, placed for harm and for safety", async () => {
    await using exporter = await NativeExporter.open();
    await using prometheus = await startPrometheus([{ name: "shop", ports: [exporter.port] }]);
    const from = await begun(prometheus, "up");
    for (let i = 0; i < 200; i++) {
      exporter.observe("v1", 0.01);
      if (i % 10 === 0) exporter.observe("v2", 0.1);
      if (i % 50 === 0) await sleep(600);
    }
    const window = { from, to: await settled() };
    const made = source(prometheus.address, { histogram: `shop_native_seconds{version="{{revision}}"}` });
    const measured = await made.measure(
      { ask: "histogram", count: "requests", traffic: "live", split },
      window,
      signal,
    );
    if (measured.kind !== "histogram") throw new Error(JSON.stringify(measured));
    const placed = (arm: "stable" | "canary", where: "done" | "doneForSafety") =>
      measured.ticks.flatMap((tick) => tick[arm][where] ?? []);
    const all = (entries: readonly (readonly [number, number])[]) => entries.reduce((sum, [, count]) => sum + count, 0);
    expect([all(placed("stable", "done")), all(placed("canary", "done"))]).toEqual([200, 20]);
    // a bucket of schema 3 is 9 % wide: for harm stable lies at its upper end and the canary at its lower
    for (const [bucket] of placed("stable", "done")) expect(bucket).toBeGreaterThanOrEqual(bucketOf(10_000));
    for (const [bucket] of placed("stable", "doneForSafety")) expect(bucket).toBeLessThanOrEqual(bucketOf(10_000));
    for (const [bucket] of placed("canary", "done")) expect(bucket).toBeLessThanOrEqual(bucketOf(100_000));
    for (const [bucket] of placed("canary", "doneForSafety")) expect(bucket).toBeGreaterThanOrEqual(bucketOf(100_000));
    const near = (measured.bounds ?? []).filter((bound) => bound > 9000 && bound < 12_000);
    expect(near.length).toBeGreaterThanOrEqual(2);
  });

  test("a process that begins anew is counted from 0, and one that is gone is told", async () => {
    const first = await Exporter.open();
    const { port } = first;
    await using stays = await Exporter.open();
    await using prometheus = await startPrometheus([{ name: "shop", ports: [port, stays.port] }]);
    const from = await begun(prometheus, `shop_requests_total{code="200"}`);
    for (let i = 0; i < 50; i++) first.serve("v2", 200, 0.01);
    for (let i = 0; i < 30; i++) stays.serve("v1", 200, 0.01);
    await sleep(2500);
    await first[Symbol.asyncDispose]();
    await using again = await Exporter.open(port);
    for (let i = 0; i < 20; i++) again.serve("v2", 200, 0.01);
    const made = source(prometheus.address, {
      counts: {
        total: `shop_requests_total{version="{{revision}}"}`,
        bad: `shop_requests_total{version="{{revision}}", code="503"}`,
      },
    });
    const to = await settled();
    expect(totalOf(await counts(made, { from, to }))).toEqual([30, 70]);
    await again[Symbol.asyncDispose]().catch(() => {});
    await sleep(4000);
    const later = await counts(made, { from: to, to: await settled() });
    expect(later).toMatchObject({
      gap: expect.stringContaining(`127.0.0.1:${port} of shop, canary, has vanished`) as unknown,
    });
  });

  test("Serin's own metrics, as its API shows them", async () => {
    let requests = 0;
    const nobody = { units: null, unitsFailed: null, sessions: null, forced: null };
    const live = (): Live => ({
      ...liveOf(Date.now()),
      stable: { requests: 1000 + 9 * requests, failures: 0, ...nobody },
      canary: { requests: 100 + requests, failures: Math.floor(requests / 10), ...nobody },
    });
    await using api = await openApi({ live });
    await using prometheus = await startPrometheus([{ name: "serin", ports: [api.port] }]);
    const from = await begun(prometheus, `serin_gateway_requests_total{rollout="shop"}`);
    requests = 200;
    const made = source(prometheus.address, {
      counts: {
        total: `serin_gateway_requests_total{rollout="{{rollout}}", arm="{{arm}}"}`,
        bad: `serin_gateway_failures_total{rollout="{{rollout}}", arm="{{arm}}"}`,
      },
    });
    const measured = await counts(made, { from, to: await settled() });
    expect(totalOf(measured)).toEqual([1800, 200]);
    expect(measured.kind === "counts" ? measured.ticks.reduce((sum, { canary }) => sum + canary.bad, 0) : null).toBe(
      20,
    );
  });
});
