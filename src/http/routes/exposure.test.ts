/** The ledger of exposure: what the gateway counted outlives it, release by release, and is exported. */
import { expect, test } from "vitest";
import { codeOf, openApi } from "../../../test/http/ask.ts";
import { createWorld, NOW } from "../../../test/http/world.ts";
import { liveOf } from "../../../test/live.ts";
import type { Met } from "../../rollout/exposure.ts";
import type { Live } from "../wire.ts";
import type { ExposureLedger } from "../wire-exposure.ts";

const path = "/v1/rollouts/shop/exposure";

test("who met which revision, with failures above expectation; JSON and CSV say the same", async () => {
  await using api = await openApi();
  await api.world.pass("shop", 30);
  const ledger = (await api.get(path)).body as ExposureLedger;
  const [release] = ledger.releases;
  expect(ledger.releases).toHaveLength(1);
  expect(release).toMatchObject({
    release: 1,
    outcome: null,
    endedAt: null,
    exact: true,
    stable: { revision: "v1", units: 900, sessions: 1020, requests: 9500 },
    canary: { revision: "v2", units: 48, unitsFailed: 2, sessions: 55, requests: 500, failures: 3, forced: 0 },
    extra: { gate: "failures", about: "requests that failed" },
    moves: { flipped: 0 },
  });
  // one in a hundred fails on either arm
  expect(Math.abs(release.extra?.best ?? NaN)).toBeLessThan(1e-6);
  expect(release.extra?.low).toBeLessThanOrEqual(0);
  expect(release.extra?.high).toBeGreaterThan(0);
  const { res, text } = await csv(api.world, path);
  expect(res).toMatchObject({
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": 'attachment; filename="shop-exposure.csv"',
  });
  const [head, stable, canary, ...rest] = text
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
  expect(rest).toEqual([]);
  const cell = (row: readonly string[], name: string) => row[head.indexOf(name)];
  expect(["arm", "revision", "people", "sessions", "requests"].map((name) => cell(stable, name))).toEqual([
    "stable",
    "v1",
    "900",
    "1020",
    "9500",
  ]);
  expect(["people that met a failure", "requests that failed", "outcome"].map((name) => cell(canary, name))).toEqual([
    "2",
    "3",
    "under way",
  ]);
  expect(Number(cell(canary, "at most"))).toBeCloseTo(release.extra?.high ?? NaN, 0);
  expect(cell(stable, "at most")).toBe("");
});

async function csv(world: Awaited<ReturnType<typeof createWorld>>, url: string) {
  const answer = await world.api.app.inject({ url: `${url}?format=csv`, headers: { host: "localhost" } });
  return { res: answer.headers, text: answer.body };
}

test("what was counted is there when the gateway is not, and a gateway that begins anew adds to it", async () => {
  let says: Live | null = count(100, 900, NOW);
  await using world = await createWorld({ live: () => says });
  const seen = async () => {
    const answer = await world.api.app.inject({ url: path, headers: { host: "localhost" } });
    return (JSON.parse(answer.body) as ExposureLedger).releases[0];
  };
  expect(await seen()).toMatchObject({ canary: { units: 100, requests: 900 }, exact: true });
  expect(await seen()).not.toHaveProperty("points");
  const grown = await world.api.app.inject({ url: `${path}?release=1`, headers: { host: "localhost" } });
  expect((JSON.parse(grown.body) as ExposureLedger).releases[0].points).toMatchObject({ canary: { units: [100] } });
  says = null;
  expect(await seen()).toMatchObject({ canary: { units: 100, requests: 900 }, exact: true });
  says = count(0, 0, NOW + 5000);
  expect(await seen()).toMatchObject({ canary: { units: 100, requests: 900 }, exact: true });
  says = count(10, 50, NOW + 5000);
  expect(await seen()).toMatchObject({ countedFrom: NOW, canary: { units: 110, requests: 950 }, exact: false });
  says = count(20, 80, NOW + 5000);
  expect(await seen()).toMatchObject({ canary: { units: 120, requests: 980 }, exact: false });
  // of another release
  says = { ...count(7, 7, NOW + 9000), salt: "seed.2" };
  expect(await seen()).toMatchObject({ canary: { units: 120, requests: 980 } });
});

function count(units: number, requests: number, since: number): Live {
  const arm: Pick<Met, "units" | "requests"> = { units, requests };
  return liveOf(arm, arm, { salt: "seed.1", since });
}

test("it is written down without being asked for, at the latest when the server closes", async () => {
  const first = await createWorld({ live: () => count(100, 900, NOW) });
  const { store } = first;
  await first.pass("shop", 1);
  await first.api.close();
  expect(JSON.parse((await store.note("exposure shop 1")) ?? "null")).toMatchObject({
    exposure: { canary: { units: 100 } },
  });
  await store.close();
});

test("mistakes are answered", async () => {
  await using api = await openApi();
  expect(codeOf(await api.get("/v1/rollouts/nobody/exposure"))).toBe("NOT_FOUND");
  expect(codeOf(await api.get(`${path}?release=7`))).toBe("NOT_FOUND");
  expect(codeOf(await api.get(`${path}?format=xml`))).toBe("USAGE");
  expect((await api.get("/v1/rollouts/quiet/exposure")).body).toEqual({ rollout: "quiet", releases: [] });
});
