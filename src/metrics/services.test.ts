/** Services that answer with numbers for spans, each as its documentation says that it does: one table, one contract. */
import { generateKeyPairSync, verify } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { metricSourceContract } from "../../test/contract/metric-source.ts";
import { Receiver, status, type Arrived } from "../../test/contract/receiver.ts";
import { sourceDeps } from "../../test/metrics/deps.ts";
import { httpSourceContract } from "../../test/metrics/http-source.ts";
import { countedIn, MINUTE, spanSource, WINDOW, type Understood } from "../../test/metrics/span-server.ts";
import { splitSince } from "../../test/metrics/traffic.ts";
import { createSource, sourceSchema } from "./index.ts";

const dir = mkdtempSync(join(tmpdir(), "serin-google-"));
const tokens = await Receiver.open();
tokens.answer = (response, arrived) => void response.end(googleToken(arrived));
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  await tokens[Symbol.asyncDispose]();
});
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** The question `total of canary`, as all of these are asked. */
const questions = (before = "", after = "") => ({
  counts: { total: `${before}total of {{arm}}${after}`, bad: `${before}bad of {{arm}}${after}` },
  value: `${before}total of {{arm}}${after}`,
});

function understood(text: string, from: number, to: number): Understood {
  const [, of, arm] = /(total|bad) of (stable|canary)/.exec(text) ?? [];
  return { of, arm, window: { from, to } } as Understood;
}

const urlOf = ({ path }: Arrived) => new URL(path, "http://127.0.0.1");
const listed = (value: number | null) => (value === null ? [] : [value]);

interface Case {
  readonly name: string;
  readonly settings: (address: string) => Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
  readonly answer: (arrived: Arrived) => string;
  readonly contentType?: string;
  readonly emptyIsNothing?: true;
  readonly error: { readonly status: number; readonly body: string; readonly words: string };
}

const cases: readonly Case[] = [
  {
    name: "datadog",
    settings: (address) => ({
      datadog: {
        address,
        apiKey: { env: "API" },
        applicationKey: { env: "APP" },
        ...questions("sum:", "{*}.as_count()"),
        timeout: "300ms",
      },
    }),
    env: { API: "datadog-api-key-1", APP: "datadog-app-key-2" },
    answer(arrived) {
      expect(arrived.headers).toMatchObject({
        "dd-api-key": "datadog-api-key-1",
        "dd-application-key": "datadog-app-key-2",
      });
      const { searchParams } = urlOf(arrived);
      const [from, to] = [Number(searchParams.get("from")) * 1000, Number(searchParams.get("to")) * 1000];
      const value = countedIn(understood(searchParams.get("query") ?? "", from, to + 1000));
      // twice in the span, and one more of the next: Datadog rounds outwards
      const pointlist =
        value === null
          ? []
          : [
              [from, 1],
              [from + 20_000, null],
              [from + 40_000, value - 1],
              [to + 1000, 7],
            ];
      return JSON.stringify({ status: "ok", series: value === null ? [] : [{ pointlist, interval: 20 }] });
    },
    error: { status: 403, body: `{"errors":["Forbidden"]}`, words: "answered 403: Forbidden" },
  },
  {
    name: "graphite",
    settings: (address) => ({
      graphite: {
        address,
        auth: { basic: { username: "me", password: { env: "PASSWORD" } } },
        ...questions("sumSeries(", ")"),
        timeout: "300ms",
      },
    }),
    env: { PASSWORD: "graphite-password-1" },
    answer(arrived) {
      const body = new URLSearchParams(arrived.body);
      const [after, until] = [Number(body.get("from")), Number(body.get("until"))];
      const value = countedIn(understood(body.get("target") ?? "", (after + 1) * 1000, (until + 1) * 1000));
      const datapoints = [
        [null, after + 1],
        [value, after + 11],
        [null, after + 21],
      ];
      return JSON.stringify([{ target: body.get("target"), datapoints }]);
    },
    error: { status: 400, body: "invalid target", words: "answered 400: invalid target" },
  },
  {
    name: "influxdb in InfluxQL",
    settings: (address) => ({
      influxdb: {
        address,
        influxql: { database: "shop" },
        auth: { basic: { username: "me", password: { env: "PASSWORD" } } },
        ...questions("SELECT ", " FROM {{from}} TO {{to}}"),
        interval: "1m",
        timeout: "300ms",
      },
    }),
    env: { PASSWORD: "influx-password-1" },
    answer(arrived) {
      const q = new URLSearchParams(arrived.body).get("q") ?? "";
      const [from, to] = (/FROM (\d+) TO (\d+)/.exec(q) ?? []).slice(1).map((text) => Number(text) * 1000);
      const values = listed(countedIn(understood(q, from, to))).map((value) => [from, value]);
      const series = values.length === 0 ? {} : { series: [{ name: "requests", columns: ["time", "count"], values }] };
      return JSON.stringify({ results: [{ statement_id: 0, ...series }] });
    },
    error: {
      status: 400,
      body: `{"error":"error parsing query: found FROM"}`,
      words: "answered 400: error parsing query: found FROM",
    },
  },
  {
    name: "influxdb in Flux",
    settings: (address) => ({
      influxdb: {
        address,
        flux: { org: "shop" },
        token: { env: "TOKEN" },
        ...questions(`from(bucket: "shop") |> range(start: {{from}}, stop: {{to}}) |> `),
        interval: "1m",
        timeout: "300ms",
      },
    }),
    env: { TOKEN: "influx-token-1" },
    answer(arrived) {
      expect(arrived.headers.authorization).toBe("Token influx-token-1");
      expect(urlOf(arrived).searchParams.get("org")).toBe("shop");
      const [from, to] = (/start: (\d+), stop: (\d+)/.exec(arrived.body) ?? [])
        .slice(1)
        .map((text) => Number(text) * 1000);
      const value = countedIn(understood(arrived.body, from, to));
      const head = [
        "#datatype,string,long,double,string",
        "#group,false,false,false,true",
        "#default,_result,,,",
        ",result,table,_value,note",
      ];
      return value === null ? "\r\n" : `${[...head, `,,0,${value},"a, ""quoted"" note"`].join("\r\n")}\r\n\r\n`;
    },
    contentType: "text/csv",
    emptyIsNothing: true,
    error: {
      status: 401,
      body: `{"code":"unauthorized","message":"unauthorized access"}`,
      words: "answered 401: unauthorized access",
    },
  },
  {
    name: "cloudwatch",
    settings: (address) => ({
      cloudwatch: {
        region: "eu-central-1",
        address,
        accessKeyId: { env: "ID" },
        secretAccessKey: { env: "KEY" },
        sessionToken: { env: "SESSION" },
        ...questions("SELECT SUM(", ")"),
        timeout: "300ms",
      },
    }),
    env: { ID: "AKIDEXAMPLE-not-secret", KEY: "wJalrXUtnFEMI/K7MDENG", SESSION: "session-token-1" },
    answer(arrived) {
      expect(arrived.headers).toMatchObject({
        "x-amz-target": "GraniteServiceVersion20100801.GetMetricData",
        "content-type": "application/x-amz-json-1.0",
        "x-amz-security-token": "session-token-1",
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE-not-secret\/\d{8}\/eu-central-1\/monitoring\/aws4_request, /,
        ) as unknown,
      });
      const asked = JSON.parse(arrived.body) as {
        StartTime: number;
        EndTime: number;
        MetricDataQueries: readonly { Expression: string; Period: number }[];
      };
      const value = countedIn(
        understood(asked.MetricDataQueries[0].Expression, asked.StartTime * 1000, asked.EndTime * 1000),
      );
      const Values = listed(value);
      return JSON.stringify({
        MetricDataResults: [
          { Id: "q", Label: "q", Timestamps: Values.map(() => asked.StartTime), Values, StatusCode: "Complete" },
        ],
        Messages: [],
      });
    },
    error: {
      status: 400,
      body: `{"__type":"ValidationError","message":"The parameter MetricDataQueries is wrong"}`,
      words: "The parameter MetricDataQueries is wrong",
    },
  },
  {
    name: "newrelic",
    settings: (address) => ({
      newrelic: {
        address: `${address}/graphql`,
        account: 7,
        key: { env: "KEY" },
        ...questions("SELECT "),
        timeout: "300ms",
      },
    }),
    env: { KEY: "NRAK-new-relic-key" },
    answer(arrived) {
      expect(arrived.headers["api-key"]).toBe("NRAK-new-relic-key");
      const { variables } = JSON.parse(arrived.body) as { variables: { account: number; nrql: string } };
      const [from, to] = (/ SINCE (\d+) UNTIL (\d+)$/.exec(variables.nrql) ?? []).slice(1).map(Number);
      const value = countedIn(understood(variables.nrql, from, to));
      // count(*) of nothing is 0, and so is no data; an average of nothing is null
      const results = [value === null ? { "average.duration": null } : { "percentile.duration": { "95": value } }];
      return JSON.stringify({ data: { actor: { account: { nrql: { results } } } } });
    },
    error: {
      status: 200,
      body: `{"data":null,"errors":[{"message":"NRQL Syntax Error: unexpected 'of'"}]}`,
      words: "did not answer: NRQL Syntax Error: unexpected 'of'",
    },
  },
  {
    name: "dynatrace",
    settings: (address) => ({
      dynatrace: { address: `${address}/e/abc`, token: { env: "TOKEN" }, ...questions("builtin:"), timeout: "300ms" },
    }),
    env: { TOKEN: "dt0c01.dynatrace-token" },
    answer(arrived) {
      expect(arrived.headers.authorization).toBe("Api-Token dt0c01.dynatrace-token");
      const { searchParams, pathname } = urlOf(arrived);
      expect([pathname, searchParams.get("resolution")]).toEqual(["/e/abc/api/v2/metrics/query", "Inf"]);
      const [from, to] = [Number(searchParams.get("from")), Number(searchParams.get("to"))];
      const value = countedIn(understood(searchParams.get("metricSelector") ?? "", from, to));
      return JSON.stringify({
        totalCount: 1,
        resolution: "Inf",
        result: [{ metricId: "m", data: [{ dimensions: [], timestamps: [to], values: [value] }] }],
      });
    },
    error: {
      status: 400,
      body: `{"error":{"code":400,"message":"The metric selector cannot be parsed"}}`,
      words: "The metric selector cannot be parsed",
    },
  },
  {
    name: "splunk",
    settings: (address) => ({
      splunk: { address, token: { env: "TOKEN" }, ...questions("data('", "').publish()"), timeout: "300ms" },
    }),
    env: { TOKEN: "splunk-access-token" },
    answer(arrived) {
      expect(arrived.headers["x-sf-token"]).toBe("splunk-access-token");
      const { searchParams } = urlOf(arrived);
      const [from, to] = [Number(searchParams.get("start")), Number(searchParams.get("stop"))];
      const value = countedIn(understood(arrived.body, from, to));
      const data = value === null ? [] : [{ tsId: "AAAA", value }];
      return [
        `event: control-message\ndata: {"event":"STREAM_START","timestampMs":1}`,
        `event: message\ndata: {"message":{"messageCode":"JOB_RUNNING_RESOLUTION"}}`,
        `event: data\ndata: {"data": ${JSON.stringify(data)},\ndata: "logicalTimestampMs":${to}}`,
        `event: control-message\ndata: {"event":"END_OF_CHANNEL","timestampMs":2}`,
        "",
      ].join("\n\n");
    },
    contentType: "text/event-stream",
    error: { status: 400, body: `{"code":400,"message":"Unexpected token"}`, words: "answered 400: Unexpected token" },
  },
  {
    name: "http",
    settings: (address) => ({
      http: {
        url: `${address}/orders/{{arm}}?from={{from}}&to={{to}}&r={{ revision }}`,
        headers: { "x-key": { env: "KEY" } },
        counts: { total: "$.orders.total", bad: "$.orders['bad']" },
        value: "$.orders.total",
        interval: "1m",
        timeout: "300ms",
      },
    }),
    env: { KEY: "a-key-of-ours" },
    answer(arrived) {
      expect(arrived.headers["x-key"]).toBe("a-key-of-ours");
      const { searchParams, pathname } = urlOf(arrived);
      const [from, to] = [Number(searchParams.get("from")) * 1000, Number(searchParams.get("to")) * 1000];
      const of = (what: string) => countedIn(understood(`${what} of ${pathname.slice(8)}`, from, to));
      return JSON.stringify({ orders: { total: of("total"), bad: of("bad") } });
    },
    error: { status: 422, body: `{"message":"from is too long ago"}`, words: "answered 422: from is too long ago" },
  },
  {
    name: "google",
    settings(address) {
      const key = {
        client_email: "serin@shop.iam.gserviceaccount.com",
        private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
        token_uri: tokens.url("/token"),
      };
      const keyFile = join(dir, `${new URL(address).port}.json`);
      writeFileSync(keyFile, JSON.stringify(key));
      return { google: { address, project: "shop-prod", keyFile, ...questions(), timeout: "300ms" } };
    },
    env: {},
    answer(arrived) {
      expect(arrived.headers.authorization).toBe("Bearer google-token");
      const { searchParams, pathname } = urlOf(arrived);
      expect(pathname).toBe("/v3/projects/shop-prod/timeSeries");
      const [from, to] = ["interval.startTime", "interval.endTime"].map((name) =>
        Date.parse(searchParams.get(name) ?? ""),
      );
      expect(searchParams.get("aggregation.alignmentPeriod")).toBe(`${(to - from) / 1000}s`);
      const points = listed(countedIn(understood(searchParams.get("filter") ?? "", from, to))).map((value) => ({
        interval: { startTime: searchParams.get("interval.startTime"), endTime: searchParams.get("interval.endTime") },
        value: { int64Value: String(value) },
      }));
      return JSON.stringify(points.length === 0 ? {} : { timeSeries: [{ points }], unit: "1" });
    },
    error: {
      status: 403,
      body: `{"error":{"code":403,"message":"Permission monitoring.timeSeries.list denied","status":"PERMISSION_DENIED"}}`,
      words: "answered 403: Permission monitoring.timeSeries.list denied",
    },
  },
];

/** RFC 7523: signed by the key that the account has, for this server, not for longer than an hour. */
function googleToken({ body }: Arrived): string {
  const asked = new URLSearchParams(body);
  expect(asked.get("grant_type")).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
  const [head, claims, signature] = (asked.get("assertion") ?? "").split(".");
  expect(verify("RSA-SHA256", Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, "base64url"))).toBe(
    true,
  );
  const { scope, iat, exp } = JSON.parse(Buffer.from(claims, "base64url").toString()) as {
    scope: string;
    iat: number;
    exp: number;
  };
  expect([scope, exp - iat]).toEqual(["https://www.googleapis.com/auth/monitoring.read", 3600]);
  return JSON.stringify({ access_token: "google-token", expires_in: 3599, token_type: "Bearer" });
}

const split = splitSince(0);
const query = { ask: "counts", failures: ["5xx"], count: "requests", traffic: "live", split } as const;

for (const { name, settings, env, answer, contentType, emptyIsNothing, error } of cases) {
  metricSourceContract(`the source ${name}`, spanSource(settings, answer, env, contentType));
  httpSourceContract(`the source ${name}`, {
    settings,
    query,
    window: { from: WINDOW.from, to: WINDOW.from + MINUTE },
    env,
    good: answer,
    ...(contentType === undefined ? {} : { contentType }),
    ...(emptyIsNothing === undefined ? {} : { emptyIsNothing }),
    error,
  });
}

/** Those that ask nobody over HTTP; Prometheus keeps both contracts in its own test. */
const elsewhere = ["gateway", "events", "command", "prometheus"];

test("every source that speaks HTTP keeps both contracts", () => {
  const kept = cases.flatMap(({ settings: of }) => Object.keys(of("http://127.0.0.1:9")));
  const known = Object.keys(sourceSchema.in.shape).filter((name) => !elsewhere.includes(name));
  expect([...new Set(kept)].toSorted()).toEqual(known.toSorted());
});

describe("answers of many", () => {
  const measured = async (settings: (address: string) => Record<string, unknown>, body: string) => {
    await using receiver = await Receiver.open();
    receiver.answer = status(200, body);
    const source = createSource(sourceSchema.parse(settings(receiver.url(""))), sourceDeps({ A: "aaaa" }));
    return await source.measure(query, { from: WINDOW.from, to: WINDOW.from + MINUTE }, new AbortController().signal);
  };
  const secret = { env: "A" };

  test.each([
    [
      "datadog",
      { apiKey: secret, applicationKey: secret },
      `{"status":"ok","series":[{"pointlist":[]},{"pointlist":[]}]}`,
      "2 series",
    ],
    ["graphite", {}, `[{"target":"a","datapoints":[]},{"target":"b","datapoints":[]}]`, "2 series"],
    ["graphite", {}, `[{"target":"a","datapoints":[[1.5,1700000040]]}]`, "came to 1.5, and what is counted is whole"],
    [
      "influxdb",
      { influxql: { database: "d" } },
      `{"results":[{"series":[{"columns":["time","a","b"],"values":[]}]}]}`,
      "2 columns",
    ],
    [
      "influxdb",
      { influxql: { database: "d" } },
      `{"results":[{"error":"database not found: d"}]}`,
      "database not found: d",
    ],
    ["influxdb", { influxql: { database: "d" } }, `{"results":[{"partial":true}]}`, "in part only"],
    ["influxdb", { flux: { org: "o" } }, ",result,table,_value\n,,0,1\n,,1,1\n", "2 series"],
    ["influxdb", { flux: { org: "o" } }, ",error,reference\n,boom,897\n", "did not answer in full"],
    [
      "dynatrace",
      { token: secret },
      `{"result":[{"metricId":"m","data":[{"values":[1]},{"values":[2]}]}]}`,
      "2 series",
    ],
    [
      "splunk",
      { token: secret },
      `event: data\ndata: {"data":[{"tsId":"a","value":1},{"tsId":"b","value":1}]}\n\n`,
      "2 series",
    ],
    ["splunk", { token: secret }, `event: data\ndata: {"data":[{"tsId":"a","value":1}]}\n\n`, "half a stream"],
    ["splunk", { token: secret }, `event: error\ndata: {"message":"no such metric"}\n\n`, "no such metric"],
    [
      "cloudwatch",
      { region: "eu-central-1", accessKeyId: secret, secretAccessKey: secret },
      `{"MetricDataResults":[{"Timestamps":[1],"Values":[1],"StatusCode":"PartialData"}]}`,
      "in part only (PartialData)",
    ],
  ])("%s %j: %s is no count", async (name, settings, body, words) => {
    const measuring = measured((address) => ({ [name]: { address, ...settings, ...questions() } }), body);
    await expect(measuring).rejects.toThrow(words);
  });

  test("more bad ones than all are a mistake of the question", async () => {
    const settings = (address: string) => ({
      http: { url: `${address}/{{arm}}`, counts: { total: "$.a", bad: "$.b" }, interval: "1m" },
    });
    await expect(measured(settings, `{"a":1,"b":2}`)).rejects.toThrow("of stable 2 were bad of 1 in all");
    await expect(measured(settings, `{"a":[1],"b":2}`)).rejects.toThrow("answered with [1] at $.a");
    expect(await measured(settings, `{"a":"12","b":2}`)).toMatchObject({ ticks: [{ stable: { n: 12, bad: 2 } }] });
  });
});

test("amounts: every number that a path finds, or every row, interval by interval", async () => {
  await using receiver = await Receiver.open();
  const asking = { ask: "mean", floor: 0, cap: 40, pairs: false, split: query.split } as const;
  const span = { from: WINDOW.from, to: WINDOW.from + 2 * MINUTE };
  const measuredOf = (settings: object) =>
    createSource(sourceSchema.parse(settings), sourceDeps()).measure(asking, span, new AbortController().signal);
  const both = [0, MINUTE].map((after) => ({
    at: WINDOW.from + after,
    canary: {
      spread: [
        [34, 1024],
        [44, 1024],
      ],
    },
  }));

  receiver.answer = (_response, arrived) =>
    void _response.end(arrived.path.includes("canary") ? `{"all":[{"tokens":10},{"tokens":"20"}]}` : `{"all":[]}`);
  const http = { url: receiver.url("/{{arm}}"), amounts: "$.all[*].tokens", interval: "1m" };
  expect(await measuredOf({ http })).toMatchObject({ kind: "mean", window: span, floor: 0, cap: 40, ticks: both });
  receiver.answer = (response) => void response.end(`{"all":[{"tokens":"many"}]}`);
  await expect(measuredOf({ http })).rejects.toThrow(`answered with "many"`);

  receiver.answer = (response, arrived) =>
    void response.end(
      JSON.stringify({
        results: [
          {
            series: arrived.body.includes("canary")
              ? [
                  {
                    columns: ["time", "tokens"],
                    values: [
                      [1, 10],
                      [2, 20],
                    ],
                  },
                ]
              : [],
          },
        ],
      }),
    );
  const influxdb = {
    address: receiver.url(""),
    influxql: { database: "chat" },
    amounts: "SELECT tokens FROM replies WHERE arm = '{{arm}}' AND time >= {{from}}s AND time < {{to}}s",
    interval: "1m",
  };
  expect(await measuredOf({ influxdb })).toMatchObject({ kind: "mean", ticks: both });
});

test("what was had before an interval failed is not lost: the next look goes on", async () => {
  await using receiver = await Receiver.open();
  receiver.answer = (response, arrived) =>
    Number(urlOf(arrived).searchParams.get("from")) * 1000 >= WINDOW.from + 2 * MINUTE
      ? status(400)(response, arrived)
      : void response.end(`{"total":4,"bad":1}`);
  const url = `${receiver.url("/{{arm}}")}?from={{from}}`;
  const settings = { http: { url, counts: { total: "$.total", bad: "$.bad" }, interval: "1m" } };
  const source = createSource(sourceSchema.parse(settings), sourceDeps());
  const measured = await source.measure(query, WINDOW, new AbortController().signal);
  expect(measured).toMatchObject({ kind: "counts", window: { from: WINDOW.from, to: WINDOW.from + 2 * MINUTE } });
});

describe("settings that cannot work", () => {
  const secret = { env: "A" };
  test.each([
    [{ newrelic: { account: 1, key: secret, value: "SELECT count(*) FROM T SINCE 1 hour ago" } }, "without SINCE"],
    [{ http: { url: "https://a.example/{{arm}}", counts: { total: "orders", bad: "$.bad" } } }, "expected a JSONPath"],
    [{ http: { url: "https://a.example/", counts: { total: "$.a", bad: "$.b" } } }, "asks the same of both arms"],
    [{ http: { url: "https://a.example/{{arm}}" } }, "expected a question"],
    [{ http: { url: "https://me:pw@a.example/", value: "$" } }, "without user name"],
    [{ influxdb: { address: "http://a.example", value: "x" } }, "exactly one of flux, influxql"],
    [{ cloudwatch: { region: "Frankfurt", value: "x" } }, "expected a region"],
    [{ google: { project: "p q", value: "x" } }, "expected the id of a project"],
    [{ command: { argv: [] } }, "argv"],
    [{ command: { argv: ["echo", "{{revison}}"] } }, "nobody knows {{revison}}"],
  ])("%j", (source, words) => {
    const found = sourceSchema.safeParse(source);
    expect(found.success).toBe(false);
    expect(found.error?.issues.map(({ message, path }) => `${path.join(".")} ${message}`).join("; ")).toContain(words);
  });
});
