/** A backtest over a real Prometheus' past: releases by a marker, releases that are said, quiet times between. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { begin } from "../../test/cli/shell.ts";
import { isAbsent } from "../../test/metrics/binary.ts";
import { startPast, type Scraper } from "../../test/metrics/prometheus.ts";
import { binomial, poisson, seeded } from "../stats/random.ts";

const SCRAPE_MS = 15_000;
const MINUTE = 60_000;
/** Minutes of the past: v2, which fails, and v3, which does not. */
const releases = [
  { stable: "v1", canary: "v2", from: 30, to: 50, theta: 0.05 },
  { stable: "v1", canary: "v3", from: 70, to: 90, theta: 0.005 },
] as const;
const begun = Math.floor(Date.now() / MINUTE) * MINUTE - 110 * MINUTE;

/** 100 minutes of 200 requests a second, 5 % to the canary while there is one. */
function past(): string {
  const random = seeded(11);
  const lines = { all: [] as string[], marker: [] as string[] };
  const counted = new Map<string, number>();
  const count = (version: string, code: string, n: number, at: number) => {
    const labels = `instance="10.0.0.1:80",job="shop",version="${version}",code="${code}"`;
    counted.set(labels, (counted.get(labels) ?? 0) + n);
    lines.all.push(`shop_requests_total{${labels}} ${counted.get(labels)} ${at / 1000}`);
  };
  for (let at = begun; at <= begun + 100 * MINUTE; at += SCRAPE_MS) {
    const minute = (at - begun) / MINUTE;
    const release = releases.find(({ from, to }) => minute >= from && minute < to);
    const arm = (version: string, mean: number, theta: number) => {
      const n = poisson(random, mean);
      const bad = binomial(random, n, theta);
      count(version, "200", n - bad, at);
      count(version, "503", bad, at);
    };
    arm("v1", release === undefined ? 3000 : 2850, 0.005);
    if (release === undefined) continue;
    arm(release.canary, minute === release.from ? 0 : 150, release.theta);
    lines.marker.push(`shop_release{stable="${release.stable}",canary="${release.canary}"} 1 ${at / 1000}`);
  }
  return ["# TYPE shop_requests counter", ...lines.all, "# TYPE shop_release gauge", ...lines.marker, "# EOF", ""].join(
    "\n",
  );
}

const document = (gates: string) => `apiVersion: serin.dev/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  stable: { revision: v1, backends: ["http://127.0.0.1:1"] }
  canary: { revision: v9, backends: ["http://127.0.0.1:2"] }
  strategy: { canary: { weights: [5, 25], stage: 5m } }
  whenUndecided: advance
${gates}`;
const asked = `  gates:
    - name: failures
      failures: {}
      source:
        prometheus:
          address: http://127.0.0.1:2
          counts:
            total: shop_requests_total{version="{{revision}}"}
            bad: shop_requests_total{version="{{revision}}", code=~"5.."}
    - name: latency
      latency: {}
`;

describe.skipIf(isAbsent("prometheus", "prometheus"))("a real Prometheus", () => {
  const dir = mkdtempSync(join(tmpdir(), "serin-history-"));
  let prometheus: Scraper;
  beforeAll(async () => {
    writeFileSync(join(dir, "shop.yaml"), document(asked));
    writeFileSync(join(dir, "gateway.yaml"), document(""));
    prometheus = await startPast(past());
  }, 60_000);
  afterAll(async () => {
    await prometheus[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true });
  });

  const run = (file: string, ...more: readonly string[]) =>
    begin(["backtest", file, "--history", prometheus.address, ...more], { cwd: dir, now: Date.now, fetch }).finished;
  const iso = (minute: number) => new Date(begun + minute * MINUTE).toISOString();
  const whole = `${iso(0)}/${iso(100)}`;

  interface Found {
    readonly releases: readonly {
      name: string;
      rolledBack: boolean;
      tookMs: number;
      guilty: string[];
      requests: number;
    }[];
    readonly quiet: readonly { plays: number; rolledBack: number; promoted: number; from: number; to: number }[];
    readonly skipped: readonly { name: string; why: string }[];
  }
  async function found(...more: readonly string[]): Promise<Found> {
    const { code, out, err } = await run("shop.yaml", "--splits", "10", "-o", "json", ...more);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    return JSON.parse(out) as Found;
  }

  test("releases that a marker shows: the bad one would have been taken back, the good one not, quiet times hardly", async () => {
    const { releases: past, quiet, skipped } = await found("--during", whole, "--marker", "shop_release");
    expect(past.map(({ name, rolledBack }) => [name.slice(0, 2), rolledBack])).toEqual([
      ["v2", true],
      ["v3", false],
    ]);
    expect(past[0]).toMatchObject({ guilty: ["failures"] });
    expect(past[0].tookMs).toBeLessThan(3 * MINUTE);
    // of 150 every fifteen seconds, but for the scrape that began the series
    expect(past[1].requests).toBeGreaterThan(11_000);
    expect(past[1].requests).toBeLessThan(12_500);
    expect(quiet.length).toBeGreaterThanOrEqual(3);
    for (const { from, to } of quiet)
      for (const release of releases)
        expect(to <= begun + release.from * MINUTE || from >= begun + release.to * MINUTE - SCRAPE_MS).toBe(true);
    expect(quiet.reduce((sum, { rolledBack }) => sum + rolledBack, 0)).toBeLessThanOrEqual(1);
    expect(quiet.reduce((sum, { promoted }) => sum + promoted, 0)).toBeGreaterThan(10);
    expect(skipped.find(({ name }) => name.startsWith("latency"))?.why).toContain(
      "gateway cannot be asked about the past",
    );
  });

  test("releases that are said, and sentences", async () => {
    const said = [`v1:v2=${iso(30)}/${iso(50)}`, `v3=${iso(70)}/${iso(90)}`].flatMap((one) => ["--release", one]);
    const { code, out } = await run("shop.yaml", "--during", `${iso(25)}/${iso(95)}`, "--splits", "2", ...said);
    expect(code).toBe(0);
    expect(out.replaceAll(/\s+/g, " ")).toMatch(/^Of 2 past releases 1 would have been rolled back: v2 of \S+ after /);
  });

  test("what makes no sense is a mistake of usage; a query that is none is the source's own words", async () => {
    expect(await run("shop.yaml")).toMatchObject({ code: 2, err: expect.stringContaining("--during") as unknown });
    expect((await run("shop.yaml", "--during", "soon")).err).toContain('"soon" is no time that has been');
    expect((await run("gateway.yaml", "--during", "1h")).err).toContain("no gate of the document asks a Prometheus");
    const { code, err } = await run("shop.yaml", "--during", "1h", "--marker", "shop_release{");
    expect(code).not.toBe(0);
    expect(err).toContain("parse error");
  });
});
