/** Graphite and InfluxDB as they really are, with traffic that is known to the last request. */
import { describe, test, expect } from "vitest";
import { metricSourceContract, type OpenMetricSource } from "../../test/contract/metric-source.ts";
import { isAbsent, type Binary } from "../../test/metrics/binary.ts";
import { sourceDeps } from "../../test/metrics/deps.ts";
import { isGraphiteAbsent, startGraphite } from "../../test/metrics/graphite.ts";
import { startInflux } from "../../test/metrics/influxdb.ts";
import { splitSince } from "../../test/metrics/traffic.ts";
import type { Arm, Counts } from "../analysis/measurement.ts";
import { createSource, sourceSchema } from "./index.ts";

const MINUTE = 60_000;
const split = splitSince(0);
const counts = { ask: "counts", failures: ["5xx"], count: "requests", traffic: "live", split } as const;
const value = { ask: "value", value: "requests", arm: "canary", split } as const;

/** Four minutes that are over, every ten seconds so much of each arm; the second minute is silent. */
function traffic() {
  const to = Math.floor(Date.now() / MINUTE) * MINUTE - MINUTE;
  const window = { from: to - 4 * MINUTE, to };
  const steps = Array.from({ length: 24 }, (_, i) => ({ at: window.from + i * 10_000, i }))
    .filter(({ i }) => i < 6 || i >= 12)
    .map(({ at, i }) => ({
      at,
      stable: { n: 30 + i, bad: i % 5 === 0 ? 1 : 0 },
      canary: { n: 3 + (i % 4), bad: i % 3 },
    }));
  const totalOf = (arm: Arm): Counts => ({
    n: steps.reduce((sum, step) => sum + step[arm].n, 0),
    bad: steps.reduce((sum, step) => sum + step[arm].bad, 0),
  });
  return { window, steps, stable: totalOf("stable"), canary: totalOf("canary") };
}

const opened = (
  settings: Record<string, unknown>,
  { window, stable, canary }: ReturnType<typeof traffic>,
  binary: Binary,
): OpenMetricSource => ({
  source: createSource(sourceSchema.parse(settings), sourceDeps()),
  window,
  stable,
  canary,
  cuts: [window.from + MINUTE, window.from + 3 * MINUTE],
  break: () => binary.stop(),
  close: () => binary[Symbol.asyncDispose](),
});

describe.skipIf(isGraphiteAbsent())("a real Graphite", () => {
  const questions = {
    counts: { total: "sumSeries(shop.{{arm}}.*.all)", bad: "sumSeries(shop.{{arm}}.*.bad)" },
    value: "sumSeries(shop.{{arm}}.*.all)",
  };
  metricSourceContract("the Graphite source", {
    async open() {
      const made = traffic();
      const of = (arm: Arm, what: "n" | "bad") => made.steps.map((step) => [step.at / 1000, step[arm][what]] as const);
      const points = (["stable", "canary"] as const).flatMap((arm) => [
        [`shop.${arm}.one.all`, of(arm, "n")] as const,
        [`shop.${arm}.one.bad`, of(arm, "bad")] as const,
      ]);
      const { address, binary } = await startGraphite(Object.fromEntries(points));
      return opened({ graphite: { address, ...questions } }, made, binary);
    },
    counts,
    value,
  });
});

describe.skipIf(isAbsent("influxd", "influxdb"))("a real InfluxDB", () => {
  const span = "AND time >= {{from}}s AND time < {{to}}s";
  const questions = {
    counts: {
      total: `SELECT count(ms) FROM requests WHERE arm = '{{arm}}' ${span}`,
      bad: `SELECT count(ms) FROM requests WHERE arm = '{{arm}}' AND code >= 500 ${span}`,
    },
    value: `SELECT mean(ms) FROM requests WHERE arm = '{{arm}}' ${span}`,
  };

  async function start() {
    const [made, influx] = [traffic(), await startInflux()];
    const lines = made.steps.flatMap((step) =>
      (["stable", "canary"] as const).flatMap((arm) =>
        Array.from(
          { length: step[arm].n },
          (_, i) => `requests,arm=${arm} code=${i < step[arm].bad ? 503 : 200}i,ms=${10 + i} ${step.at + i}`,
        ),
      ),
    );
    await influx.write("shop", lines);
    return { made, influx };
  }

  metricSourceContract("the InfluxDB source", {
    async open() {
      const { made, influx } = await start();
      const { address, binary } = influx;
      return opened(
        { influxdb: { address, influxql: { database: "shop" }, ...questions, interval: "1m" } },
        made,
        binary,
      );
    },
    counts,
    value,
  });

  test("its own words for its own errors", async () => {
    const influx = await startInflux();
    await using binary = influx.binary;
    void binary;
    const measure = (settings: Record<string, unknown>) =>
      createSource(sourceSchema.parse({ influxdb: { address: influx.address, ...settings } }), sourceDeps()).measure(
        value,
        traffic().window,
        new AbortController().signal,
      );
    await expect(
      measure({ influxql: { database: "nowhere" }, value: "SELECT mean(ms) FROM requests" }),
    ).rejects.toThrow("database not found: nowhere");
    await expect(measure({ influxql: { database: "nowhere" }, value: "SELEKT" })).rejects.toThrow(
      "error parsing query",
    );
  });
});
