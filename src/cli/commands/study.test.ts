/** plan, simulate, replay and export, with everything behind them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../../test/cli/shell.ts";
import { shop, Stage } from "../../../test/cli/stage.ts";
import { failing, good, steady } from "../../sim/scenarios/truths.ts";
import type { ReleaseRecord } from "../../sim/record.ts";

let stage: Stage;
beforeAll(() => {
  stage = new Stage(steady(300, good, failing(0.3)));
  stage.write("shop.yaml", shop());
});
afterAll(() => stage[Symbol.asyncDispose]());

test("a plan: one sentence, stage by stage, the numbers, what to beware of; no server is needed", async () => {
  const { code, out, err } = await stage.run(["plan", "shop.yaml", "--traffic", "20/s", "--baseline", "0.2%"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const flat = out.replaceAll(/\s+/g, " ");
  expect(flat).toMatch(
    /^shop, 2 stages: a harm that is there from the start is noticed before the promotion by failures in /,
  );
  expect(flat).toContain("Taken for true: 20 requests a second; stable fails 0.2 %,");
  expect(out).toMatch(/^Stage 1, 20 %: at most 2m, not shown to be safe in that time$/m);
  expect(out).toMatch(/^STAGE +GATE +FEARED +NOTICED +19 OF 20 +REQUESTS +MORE BAD +IN TIME +LEAST SEEN$/m);
  expect(out).toMatch(/^20 % +failures +fails 0.7 % +\d/m);
  expect(flat).toContain("! stage 1 at 20 % cannot see what failures is to guard against");
  const wide = await stage.run(["plan", "shop.yaml", "-o", "wide"]);
  expect(wide.out).toMatch(/BEGUN HERE +CLOSED FORM +BOUND +SAFE AFTER +HOW$/m);
});

test("a plan for programs, of what the author fears", async () => {
  const argv = ["plan", "shop.yaml", "--assume", "canary.failures=x5", "--assume", "stable.failures=1%", "-o", "json"];
  const { code, out } = await stage.run(argv);
  const plan = JSON.parse(out) as { stages: { gates: { feared: number }[] }[] };
  expect([code, plan.stages[0].gates[0].feared]).toEqual([0, 0.05]);
});

test("what is no assumption is a mistake of usage", async () => {
  const { code, err } = await stage.run(["plan", "shop.yaml", "--assume", "canary.failure=1%"]);
  expect(code).toBe(2);
  expect(err).toContain('there is nothing called "canary.failure" to assume');
  expect((await stage.run(["simulate", "shop.yaml", "--seeds", "0"])).code).toBe(2);
  expect((await stage.run(["simulate", "nowhere.yaml"])).code).toBe(2);
});

test("a simulation: a sentence, the promise, the endings; a bar on a terminal and no bar elsewhere", async () => {
  const argv = ["simulate", "shop.yaml", "--traffic", "50/s", "--seeds", "20", "--threads", "1", "--for", "10m"];
  const { code, out, err } = await stage.run(argv);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^Of 20 such releases \d+ (promoted|waiting)/);
  expect(out.replaceAll(/\s+/g, " ")).toContain("The canary is as good as stable: none was rolled back falsely");
  expect(out).toMatch(/^ENDED +RELEASES +SHARE/m);
  const seen = await stage.run(argv, { terminal: { columns: 100, rows: 30 } });
  expect(seen.err).toContain("20 of 20 releases");
  expect(seen.err.endsWith("\r\u001b[K")).toBe(true);
});

test("a harmful canary is simulated as harmful, with what it cost", async () => {
  const argv = ["simulate", "shop.yaml", "--assume", "canary.failures=20%", "--seeds", "10", "-o", "json"];
  const { out } = await stage.run(argv);
  const found = JSON.parse(out) as { endings: { rolledBack: { count: number; extraFailures: { mean: number } } } };
  expect(found.endings.rolledBack.count).toBe(10);
  expect(found.endings.rolledBack.extraFailures.mean).toBeGreaterThan(1);
});

test("an interrupted simulation ends with 130", async () => {
  const started = stage.begin(["simulate", "shop.yaml", "--seeds", "100000", "--threads", "2", "--traffic", "500/s"]);
  setTimeout(() => started.interrupt(), 300);
  expect((await started.finished).code).toBe(130);
});

test("a release that was run is decided again, from the server and from an export, plain and gzipped", async () => {
  const served = stage.begin(["serve", "--listen", "127.0.0.1:0"]);
  // another process than the one that serves
  const ask = (argv: readonly string[]) => stage.run(argv, { pid: 1 });
  try {
    await until("a server", () => served.out.text().includes("http"));
    expect((await ask(["run", "shop.yaml"])).code).toBe(3);
    const replayed = await ask(["replay", "shop"]);
    expect(replayed).toMatchObject({ code: 0, err: "" });
    expect(replayed.out).toMatch(
      /^Release 1 of shop: \d+ decisions, \d+ events and \d+ measurements agree with the record to the last bit\.\n$/,
    );
    expect((await ask(["replay", "shop", "--release", "0"])).code).toBe(0);
    const gone = await ask(["replay", "shop", "--release", "7"]);
    expect([gone.code, gone.err]).toEqual([1, expect.stringContaining("release 7 of shop is not kept")]);

    const { out, code } = await ask(["export", "shop"]);
    expect(code).toBe(0);
    stage.write("shop.json", out);
    writeFileSync(join(stage.dir, "shop.json.gz"), gzipSync(out));
    for (const file of ["shop.json", "shop.json.gz"])
      expect((await ask(["replay", "--from", file])).out).toBe(replayed.out);

    const noSeries = await ask(["aa", "shop", "--gate", "failures"]);
    expect([noSeries.code, noSeries.err]).toEqual([1, expect.stringContaining("no numbers of a series gate named")]);
    expect((await ask(["aa", "shop"])).err).toContain("--gate says which series gate is meant");

    const measured = await ask(["plan", "shop.yaml"]);
    expect(measured.out.replaceAll(/\s+/g, " ")).toMatch(/traffic [23]\d\d(\.\d+)?\/s \(measured\)/);
  } finally {
    served.interrupt();
    await served.finished;
  }
});

test("an export that was changed is noticed, with the version and the part", async () => {
  const record = JSON.parse(readFileSync(join(stage.dir, "shop.json"), "utf8")) as ReleaseRecord;
  const { measurement } = record.measurements.findLast(({ gate }) => gate === "failures") ?? {};
  if (measurement?.kind !== "counts") throw new Error("counts were recorded");
  Object.assign(measurement.ticks[0].stable, { n: measurement.ticks[0].stable.n + 1 });
  stage.write("changed.json", JSON.stringify(record));
  const { code, out } = await stage.run(["replay", "--from", "changed.json"]);
  expect(code).toBe(1);
  expect(out).toMatch(
    /^Release 1 of shop does not agree with its record: at version \d+ \(\S+\) (evidence\.failures|events|decision)/,
  );
});

test("a document is tried on history: an export that it would have taken back too, and a quiet time", async () => {
  const quiet = Array.from({ length: 300 }, (_, i) => `${1_793_527_200 + i},${40 + (i % 7)},${i % 11 === 0 ? 1 : 0}`);
  stage.write("quiet.csv", ["at,stable_n,stable_bad", ...quiet].join("\n"));
  const argv = ["backtest", "shop.yaml", "--history", "shop.json.gz", "--history", "quiet.csv", "--splits", "5"];
  const { code, out, err } = await stage.run(argv);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const flat = out.replaceAll(/\s+/g, " ");
  expect(flat).toMatch(/^Of 1 past release 1 would have been rolled back: shop release 1 after \S+ by failures\./);
  expect(flat).toContain("Of 5 releases as good as stable, played in 1 quiet period, none was rolled back falsely");
  expect(out).toMatch(/^shop release 1 +rolledBack +rolled back +/m);
  const whole = await stage.run(["backtest", "shop.yaml", "--history", ".", "-o", "json"]);
  const found = JSON.parse(whole.out) as { releases: unknown[]; quiet: unknown[] };
  expect([whole.code, found.releases.length, found.quiet.length]).toEqual([0, 3, 1]);
  expect((await stage.run(["backtest", "shop.yaml"])).err).toContain("--history");
  expect((await stage.run(["backtest", "shop.yaml", "--history", "nowhere"])).code).toBe(2);
});

test.each(["{", "[]", '{"rollout":"x","release":1}'])("%s is no record", async (text) => {
  stage.write("none.json", text);
  const { code, err } = await stage.run(["replay", "--from", "none.json"]);
  expect(code).toBe(2);
  expect(err).toMatch(/none\.json is (not JSON|no record of a release)/);
  expect((await stage.run(["replay"])).code).toBe(2);
});
