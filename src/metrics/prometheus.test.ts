import { describe, expect, test } from "vitest";
import { metricSourceContract, type OpenMetricSource } from "../../test/contract/metric-source.ts";
import { Receiver, type Arrived } from "../../test/contract/receiver.ts";
import { isAbsent } from "../../test/metrics/binary.ts";
import { sourceDeps } from "../../test/metrics/deps.ts";
import { Exporter } from "../../test/metrics/exporter.ts";
import { httpSourceContract } from "../../test/metrics/http-source.ts";
import { startPrometheus, startVictoriaMetrics, type Scraper } from "../../test/metrics/prometheus.ts";
import { drive, SECOND, splitSince } from "../../test/metrics/traffic.ts";
import type { Query } from "../analysis/metric.ts";
import { createSource, offersOf, sourceSchema } from "./index.ts";

const settingsOf = (address: string) => ({
  prometheus: {
    address,
    counts: {
      total: `shop_requests_total{version="{{revision}}"}`,
      bad: `shop_requests_total{version="{{revision}}", code=~"5.."}`,
    },
    histogram: `shop_request_duration_seconds_bucket{version="{{revision}}"}`,
    value: `sum(shop_requests_total{version="{{revision}}"})`,
    interval: "1s",
  },
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

type Opened = OpenMetricSource & { readonly since: number };

/** Real traffic on a real exporter, scraped by a real server: from the second scrape to the second after the last request. */
async function open(start: (port: number) => Promise<Scraper>): Promise<Opened> {
  const exporter = await Exporter.open();
  const scraper = await start(exporter.port);
  const since = await scraper.scraped(`shop_requests_total{code="200"}`, 2);
  const from = Math.ceil(since / SECOND) * SECOND + SECOND;
  await sleep(Math.max(0, from - Date.now()));
  const counted = await drive(exporter);
  const to = Math.ceil(Date.now() / SECOND) * SECOND + 2 * SECOND;
  // what was scraped just before `to` is stored by then
  await sleep(Math.max(0, to + 1500 - Date.now()));
  return {
    source: createSource(sourceSchema.parse(settingsOf(scraper.address)), sourceDeps()),
    window: { from, to },
    ...counted,
    cuts: [from + SECOND, from + 3 * SECOND],
    since,
    break: () => scraper.stop(),
    close: async () => {
      await scraper[Symbol.asyncDispose]();
      await exporter[Symbol.asyncDispose]();
    },
  };
}

const servers = [
  ["Prometheus", "prometheus", "prometheus", (port: number) => startPrometheus([{ name: "shop", ports: [port] }])],
  [
    "VictoriaMetrics",
    "victoria-metrics",
    "victoria-metrics",
    (port: number) => startVictoriaMetrics([{ name: "shop", ports: [port] }]),
  ],
] as const;

for (const [name, program, debianPackage, start] of servers) {
  describe.skipIf(isAbsent(program, debianPackage))(`a real ${name}`, () => {
    // the split is only known when the traffic is: a plan of long ago is live all the time
    const split = splitSince(0);
    metricSourceContract(`the Prometheus source with ${name}`, {
      open: () => open(start),
      counts: { ask: "counts", failures: ["5xx"], count: "requests", traffic: "live", split },
      histogram: { ask: "histogram", count: "requests", traffic: "live", split },
      value: { ask: "value", value: "requests", arm: "canary", split },
    });
  });
}

const WINDOW = { from: 1_700_000_010_000, to: 1_700_000_025_000 };
const split = splitSince(WINDOW.from - 60_000);
const counts = { ask: "counts", failures: ["5xx"], count: "requests", traffic: "live", split } as const;

interface Fake {
  readonly [labels: string]: readonly (readonly [seconds: number, value: string])[];
}

/** `{"v1": [[t, "1"]]}` -> a matrix with the label that was asked for. */
const matrixOf = (series: Fake) =>
  JSON.stringify({
    status: "success",
    data: {
      resultType: "matrix",
      result: Object.entries(series).map(([instance, values]) => ({ metric: { job: "shop", instance }, values })),
    },
  });

const at = (seconds: number) => WINDOW.from / 1000 + seconds;

const asked = ({ body }: Arrived) => new URLSearchParams(body);

/** Stable counts 100 in the window, the canary 10 of which 2 are bad. */
function answer(arrived: Arrived): string {
  const query = asked(arrived).get("query") ?? "";
  const [of, bad] = [query.includes("v2") ? 10 : 100, query.includes("5..")];
  return matrixOf({
    "a:1": [
      [at(-3), "1000"],
      [at(12), String(1000 + (bad ? (of === 10 ? 2 : 1) : of))],
    ],
  });
}

httpSourceContract("the Prometheus source", {
  settings: (address) => ({
    prometheus: {
      ...settingsOf(address).prometheus,
      interval: "15s",
      timeout: "300ms",
      auth: { bearer: { env: "TOKEN" } },
    },
  }),
  query: counts,
  window: WINDOW,
  env: { TOKEN: "a-very-secret-token" },
  good: answer,
  error: {
    status: 400,
    body: `{"status":"error","errorType":"bad_data","error":"invalid parameter \\"query\\": 1:5: parse error"}`,
    words: `answered 400: invalid parameter "query": 1:5: parse error`,
  },
});

describe("what is asked", () => {
  const ask = async (settings: Record<string, unknown>, query: Query, env: Record<string, string> = {}) => {
    await using receiver = await Receiver.open();
    receiver.answer = (response, arrived) => void response.end(answer(arrived));
    const all = { prometheus: { ...settingsOf(receiver.url("/prom/")).prometheus, interval: "15s", ...settings } };
    const source = createSource(sourceSchema.parse(all), sourceDeps(env));
    const measured = await source.measure(query, WINDOW, new AbortController().signal);
    return { measured, arrived: receiver.arrived };
  };

  test("raw samples up to the end of the window, and from three intervals before it", async () => {
    const { measured, arrived } = await ask({}, counts);
    expect(arrived.map(({ method, path }) => `${method} ${path}`)).toEqual(Array(4).fill("POST /prom/api/v1/query"));
    expect(arrived.map((each) => asked(each).get("query") ?? "").toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      `shop_requests_total{version="v1", code=~"5.."}[60s]`,
      `shop_requests_total{version="v1"}[60s]`,
      `shop_requests_total{version="v2", code=~"5.."}[60s]`,
      `shop_requests_total{version="v2"}[60s]`,
    ]);
    expect(asked(arrived[0]).get("time")).toBe("1700000025.000");
    expect(measured).toEqual({
      kind: "counts",
      window: WINDOW,
      ticks: [{ at: WINDOW.from, plan: 3, stable: { n: 100, bad: 1 }, canary: { n: 10, bad: 2 } }],
    });
  });

  test("what went well may be what is counted", async () => {
    const good = {
      total: `shop_requests_total{version="{{revision}}"}`,
      good: `shop_requests_total{version="{{revision}}", code!~"5.."}`,
    };
    const { measured } = await ask({ counts: good }, counts);
    expect(measured).toMatchObject({ ticks: [{ stable: { n: 100, bad: 99 }, canary: { n: 10, bad: 8 } }] });
  });

  test("amounts of a histogram: by its buckets and its sum, differing as much as these allow", async () => {
    const amounts = { buckets: `tokens_bucket{version="{{revision}}"}`, sum: `tokens_sum{version="{{revision}}"}` };
    const series = (canary: boolean): [le: string | null, grew: number][] =>
      canary
        ? [
            ["4", 0],
            ["16", 3],
            ["+Inf", 3],
            [null, 30],
          ]
        : [
            ["4", 1],
            ["16", 1],
            ["+Inf", 1],
            [null, 2],
          ];
    await using receiver = await Receiver.open();
    receiver.answer = (response, arrived) => {
      const query = asked(arrived).get("query") ?? "";
      const own = series(query.includes("v2")).filter(([le]) => (le === null) === query.includes("_sum"));
      const result = own.map(([le, grew]) => ({
        metric: { __name__: "tokens", instance: "a:1", ...(le === null ? {} : { le }) },
        values: [
          [at(-3), "100"],
          [at(12), String(100 + grew)],
        ],
      }));
      response.end(JSON.stringify({ status: "success", data: { resultType: "matrix", result } }));
    };
    const all = { prometheus: { address: receiver.url("/"), amounts, interval: "15s" } };
    const source = createSource(sourceSchema.parse(all), sourceDeps());
    const measure = (cap: number) =>
      source.measure({ ask: "mean", floor: 0, cap, pairs: false, split }, WINDOW, new AbortController().signal);
    // three of 4 to 16 that come to 30: 16, 10 and 4; one of up to 4 that is 2
    expect(await measure(40)).toMatchObject({
      kind: "mean",
      ticks: [
        {
          at: WINDOW.from,
          canary: {
            spread: [
              [28, 1024],
              [34, 1024],
              [40, 1024],
            ],
          },
          stable: { spread: [[26, 1024]] },
        },
      ],
    });
    await expect(measure(10)).rejects.toThrow("cannot be cut at 10 afterwards");
    expect(offersOf(sourceSchema.parse(all)).offers).toEqual(["mean"]);
  });

  test("words of the document's own, and addresses as a pattern", async () => {
    const question = `shop_requests_total{track="{{track}}", instance=~"{{backends}}", arm="{{ arm }}", r="{{rollout}}"}`;
    const { arrived } = await ask(
      { counts: { total: question, bad: question }, stable: { track: "primary" }, canary: { track: "next" } },
      counts,
    );
    const backends = "127[.]0[.]0[.]1:9002|127[.]0[.]0[.]1:9003";
    expect(asked(arrived[2]).get("query")).toBe(
      `shop_requests_total{track="next", instance=~"${backends}", arm="canary", r="shop"}[60s]`,
    );
  });

  test("a rate where only counts were asked for is made of them", async () => {
    const only = { value: undefined };
    const rate = { ask: "value", value: "failureRate", arm: "canary", split } as const;
    expect((await ask(only, rate)).measured).toEqual({ kind: "value", window: WINDOW, value: 0.2 });
    expect((await ask(only, { ...rate, value: "requestRate" })).measured).toMatchObject({ value: 10 / 15 });
    await expect(ask(only, { ...rate, value: "p99" })).rejects.toThrow("counts have no value named p99");
  });

  test("a revision that could be taken for a part of the query is not put in", async () => {
    const bad = { ...split, canary: { ...split.canary, revision: `v2"} or vector(0)` } };
    await expect(ask({}, { ...counts, split: bad })).rejects.toThrow("cannot stand in a question");
  });

  test("nothing while no plan is live", async () => {
    const { split: _split, ...rest } = counts;
    await expect(ask({}, rest)).rejects.toMatchObject({ code: "SOURCE_FAILED" });
  });
});

describe("answers that are no counts", () => {
  const measured = async (body: string | ((query: string) => string), query: Query = counts) => {
    await using receiver = await Receiver.open();
    receiver.answer = (response, arrived) =>
      void response.end(typeof body === "string" ? body : body(asked(arrived).get("query") ?? ""));
    const settings = { prometheus: { ...settingsOf(receiver.url("")).prometheus, interval: "15s" } };
    const source = createSource(sourceSchema.parse(settings), sourceDeps());
    return await source.measure(query, WINDOW, new AbortController().signal);
  };
  const grown = (...values: readonly string[]) =>
    matrixOf({ "a:1": values.map((value, i) => [at(-3 + 15 * i), value] as const) });

  test("no series of an arm is no data, and says which", async () => {
    const only = (query: string) => (query.includes("v2") ? matrixOf({}) : grown("1", "2"));
    expect(await measured(only)).toEqual({
      kind: "noData",
      window: WINDOW,
      reason: `no series of canary match shop_requests_total{version="v2"}`,
    });
  });

  test("counters that stand still are no data", async () => {
    expect(await measured(grown("7", "7"))).toMatchObject({ kind: "noData", reason: "nothing was counted" });
  });

  test("more bad ones than all, and parts of requests, are mistakes of the question", async () => {
    const swapped = (query: string) => (query.includes("5..") ? grown("0", "9") : grown("0", "3"));
    await expect(measured(swapped)).rejects.toThrow("of stable 9 were bad of 3 in all");
    await expect(measured(grown("0", "1.5"))).rejects.toThrow("grew by 1.5, and what is counted is whole");
  });

  test("an answer in part is none", async () => {
    const part = grown("0", "1").replace(
      `"status":"success"`,
      `"status":"success","warnings":["store 10.0.0.1 timed out"]`,
    );
    await expect(measured(part)).rejects.toThrow("answered in part only: store 10.0.0.1 timed out");
  });

  test("one number is one number", async () => {
    const value = { ask: "value", value: "x", arm: "canary", split } as const;
    const vector = (...values: readonly string[]) =>
      JSON.stringify({
        status: "success",
        data: {
          resultType: "vector",
          result: values.map((text, i) => ({ metric: { i: String(i) }, value: [at(0), text] })),
        },
      });
    expect(await measured(vector("0.25"), value)).toEqual({ kind: "value", window: WINDOW, value: 0.25 });
    expect(await measured(vector(), value)).toMatchObject({ kind: "noData", reason: "the query has no result" });
    expect(await measured(vector("NaN"), value)).toMatchObject({ kind: "noData" });
    expect(await measured(vector("+Inf"), value)).toMatchObject({ kind: "noData" });
    await expect(measured(vector("1", "2"), value)).rejects.toThrow(
      "answered with 2 series where one number was asked for",
    );
    await expect(measured(grown("1"), value)).rejects.toThrow("answered with a matrix");
    const scalar = `{"status":"success","data":{"resultType":"scalar","result":[1,"3"]}}`;
    expect(await measured(scalar, value)).toMatchObject({ value: 3 });
  });
});

describe("its settings", () => {
  const parse = (settings: Record<string, unknown>) => sourceSchema.safeParse({ prometheus: settings });
  const address = "http://127.0.0.1:9090";
  const counts = { total: `a{r="{{revision}}"}`, bad: `b{r="{{revision}}"}` };
  test.each([
    [{ counts }, "address"],
    [{ address: "127.0.0.1:9090", counts }, "http:// or https://"],
    [{ address: "http://me:pw@127.0.0.1", counts }, "user name"],
    [{ address }, "expected a question: counts, histogram, value or amounts"],
    [{ address, counts: { total: "a" } }, "exactly one of bad, good"],
    [{ address, counts: { total: "sum(a)", bad: "b" } }, "expected a selector of raw series"],
    [{ address, counts: { total: "rate(a[5m])", bad: "b" } }, "expected a selector of raw series"],
    [{ address, counts: { total: "a[5m]", bad: "b" } }, "expected a selector of raw series"],
    [{ address, counts: { total: "a", bad: "b" } }, "asks the same of both arms"],
    [{ address, value: "up{r='{{revison}}'}" }, "nobody knows {{revison}}"],
    [{ address, counts, stable: { track: "a" } }, "track is said for stable and not for canary"],
    [{ address, counts, auth: {} }, "exactly one of basic, bearer, oauth2, sigv4"],
    [{ address, counts, auth: { bearer: "plain" } }, "bearer"],
    [{ address, counts, tls: { cert: "a.pem" } }, "cert and key belong together"],
    [{ address, counts, interval: "500ms" }, "1s"],
    [{ address, counts, retries: 3 }, "retries"],
  ])("%j are refused", (settings, word) => {
    const found = parse(settings);
    expect(found.success).toBe(false);
    expect(found.error?.issues.map(({ message, path }) => `${path.join(".")} ${message}`).join("; ")).toContain(word);
  });

  test("what each allows is what it was asked for", () => {
    const offers = (settings: Record<string, unknown>) =>
      offersOf(sourceSchema.parse({ prometheus: { address, ...settings } })).offers;
    expect(offers({ counts })).toEqual(["counts", "value"]);
    expect(offers({ histogram: `h_bucket{r="{{revision}}"}` })).toEqual(["histogram"]);
    expect(offers({ value: "1" })).toEqual(["value"]);
  });
});
