/** Planning and the record over a real socket. */
import { expect, test } from "vitest";
import { openApi } from "../../../test/http/ask.ts";
import { NOW, yamlOf } from "../../../test/http/world.ts";
import { parseKept } from "../../document/index.ts";
import type { Change } from "../../engine/ports.ts";
import { inputsAt } from "../../../test/contract/store-fixtures.ts";

type Api = Awaited<ReturnType<typeof openApi>>;

/** A minute of 300 requests a second, of which stable fails one in two hundred. */
async function measured({ world }: Api): Promise<void> {
  const loaded = await world.store.load("shop");
  if (loaded === null) throw new Error("no shop");
  const ticks = Array.from({ length: 60 }, (_, i) => ({
    at: NOW + i * 1000,
    plan: 2,
    stable: { n: 285, bad: i % 2 === 0 ? 2 : 1 },
    canary: { n: 15, bad: 0 },
  }));
  const change: Change = {
    name: "shop",
    from: loaded.version,
    status: loaded.status,
    events: [],
    measurements: { failures: { kind: "counts", window: { from: NOW, to: NOW + 60_000 }, ticks } },
    inputs: inputsAt(NOW + 60_000),
    signalsTaken: 0,
  };
  await world.store.commit(change);
}

test("a rollout is planned at the traffic that was measured, unless other is assumed", async () => {
  await using api = await openApi();
  await measured(api);
  const { body } = await api.get("/v1/rollouts/shop/plan?assume=canary.failures=x4&assume=stable.p99=300ms");
  expect(body.measured.perSecond).toBeCloseTo(300, 6);
  expect(body.measured.failures).toBeCloseTo(90 / (285 * 60), 6);
  expect(body.plan.assumed).toMatch(/^300 requests a second; stable fails 0.5263 %/);
  expect(body.plan.stages[0].gates[0]).toMatchObject({ gate: "failures", method: "exact" });
  const other = await api.get("/v1/rollouts/shop/plan?assume=traffic=10/s");
  expect(other.body.plan.assumed).toMatch(/^10 requests a second/);
});

test("a document is planned before it runs", async () => {
  await using api = await openApi();
  const headers = { "content-type": "application/yaml" };
  const asking = { method: "POST", headers, body: yamlOf("other") };
  const { status, body } = await api.ask("/v1/plan?assume=traffic=50/s", asking);
  expect([status, body.measured]).toEqual([200, {}]);
  expect(body.plan.sentence).toMatch(/^other, /);
  expect((await api.ask("/v1/plan?assume=traffic=much", asking)).body.error.code).toBe("USAGE");
  expect((await api.ask("/v1/plan", { ...asking, body: "spec: {" })).body.error.code).toBe("DOCUMENT_UNREADABLE");
});

test("the record comes page by page, with where it begins and the documents that were in force", async () => {
  await using api = await openApi();
  await measured(api);
  const release = (await api.world.store.load("shop"))?.status.release;
  const path = "/v1/rollouts/shop";
  const beginning = await api.get(`${path}/beginning?release=${release}`);
  expect(beginning.body.documents).toMatchObject([{ version: 1 }]);
  expect(parseKept("shop", beginning.body.documents[0].document).name).toBe("shop");
  const { commits, next } = (await api.get(`${path}/commits`)).body;
  expect(commits.at(-1)).toMatchObject({ version: next, events: [], inputs: inputsAt(NOW + 60_000) });
  expect((await api.get(`${path}/commits?limit=1`)).body.commits).toEqual(commits.slice(0, 1));
  expect((await api.get(`${path}/commits?after=${next}`)).body).toEqual({ commits: [], next });
  expect((await api.get(`${path}/beginning?release=99`)).status).toBe(404);
  expect((await api.get("/v1/rollouts/nobody/commits")).status).toBe(404);
});
