/** Kayenta's RemoteJudge over a real socket: every deterministic vector comes back as upstream wrote it. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openApi } from "../../../test/http/ask.ts";

interface Vector {
  readonly id: string;
  readonly config: unknown;
  readonly thresholds: unknown;
  readonly metricSetPairList: unknown;
  readonly expect: { readonly judgeResult?: unknown; readonly throws?: unknown };
  readonly nondeterministic?: unknown;
}

const file = new URL("../../../test/vectors/kayenta.json", import.meta.url);
const { judge } = JSON.parse(readFileSync(file, "utf8")) as { judge: readonly Vector[] };
const inputOf = ({ config, thresholds, metricSetPairList }: Vector) => ({
  canaryConfig: config,
  scoreThresholds: thresholds,
  metricSetPairList,
});

test("what Kayenta posts comes back as Kayenta would have judged it", async () => {
  await using api = await openApi();
  for (const vector of judge.filter(({ nondeterministic }) => nondeterministic === undefined)) {
    const { status, body, headers } = await api.post("/judge", inputOf(vector));
    if ("throws" in vector.expect)
      expect([vector.id, status, body.error.code]).toEqual([vector.id, 422, "DOCUMENT_INVALID"]);
    else expect(body, vector.id).toStrictEqual(vector.expect.judgeResult);
    expect(headers.get("content-type")).toMatch(/^application\/json/);
  }
});

test("two megabytes of points are judged, what is no input is refused with its place", async () => {
  await using api = await openApi();
  const values = Array.from({ length: 60_000 }, (_, i) => 100 + Math.sin(i) + i / 1e5);
  const large = {
    canaryConfig: { metrics: [{ name: "m", groups: ["g"] }] },
    scoreThresholds: { pass: 95, marginal: 75 },
    metricSetPairList: [{ name: "m", id: "1", tags: {}, values: { experiment: values, control: values } }],
  };
  expect(JSON.stringify(large).length).toBeGreaterThan(2e6);
  expect((await api.post("/judge", large)).body.score.classification).toBe("Pass");
  const { status, body } = await api.post("/judge", { ...large, scoreThresholds: { pass: "95" } });
  expect([status, body.error.message]).toEqual([422, "scoreThresholds.pass: expected a number"]);
  expect((await api.post("/judge", [1])).status).toBe(400);
  expect(
    (await api.ask("/judge", { method: "POST", body: "x", headers: { "content-type": "text/plain" } })).status,
  ).toBe(415);
});
