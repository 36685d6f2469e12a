import { describe, expect, test } from "vitest";
import { openApi, type Api } from "../../../test/http/ask.ts";
import { NOW, openMemory, paused, quietYaml, yamlOf } from "../../../test/http/world.ts";
import type { Fleet, Overview, Series, Why } from "../wire-pages.ts";

interface Heard {
  readonly id: string | null;
  readonly event: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- frames of many shapes
  readonly data: any;
}

/** Reads a live stream until somebody has heard enough. */
async function listen(
  api: Api,
  path: string,
  enough: (heard: readonly Heard[]) => boolean,
  headers: Record<string, string> = {},
) {
  const leave = new AbortController();
  const response = await fetch(api.url + path, { headers, signal: leave.signal });
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  const heard: Heard[] = [];
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += new TextDecoder().decode(chunk);
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? null;
      const event = field("event");
      if (event !== null) heard.push({ id: field("id"), event, data: JSON.parse(field("data") ?? "null") });
    }
    if (enough(heard)) break;
  }
  leave.abort();
  return heard;
}

describe("the fleet", () => {
  test("has a row for every rollout, with what comes next", async () => {
    await using api = await openApi();
    const { rows } = (await api.get("/v1/fleet")).body as Fleet;
    expect(rows.map(({ name, light }) => `${name} ${light}`).toSorted()).toEqual(["quiet serving", "shop watching"]);
    const shop = rows.find(({ name }) => name === "shop");
    expect(shop).toMatchObject({ weight: 500, stepLabel: "analyze 5m", people: 500 });
    expect(shop?.next?.sentence).toContain("it goes to 25 %");
  });

  test("is told whole at first, then what has changed, and who is gone", async () => {
    await using api = await openApi();
    const heard = listen(api, "/v1/live", (all) => all.some(({ event }) => event === "gone"));
    await new Promise((resolve) => setTimeout(resolve, 700));
    await api.world.put(yamlOf("third"));
    await new Promise((resolve) => setTimeout(resolve, 700));
    await api.world.store.remove("third");
    const [first, ...rest] = (await heard).filter(({ event }) => event !== "beat" && event !== "journal");
    expect(first.event).toBe("fleet");
    expect(first.data.map(({ name }: { name: string }) => name).toSorted()).toEqual(["quiet", "shop"]);
    expect(
      rest.some(({ event, data }) => event === "fleet" && data.some(({ name }: { name: string }) => name === "third")),
    ).toBe(true);
    expect(rest.at(-1)).toMatchObject({ event: "gone", data: { name: "third" } });
  });
});

describe("one rollout", () => {
  test("is told whole, with signs of life, and with the journal from where the reader was", async () => {
    await using api = await openApi();
    const last = await api.world.store.lastSeq();
    await api.world.tell("shop", paused("lunch"), paused("dinner"));
    await api.world.tell("quiet", paused("elsewhere"));
    const enough = (all: readonly Heard[]) =>
      all.some(({ event }) => event === "overview") && all.some(({ event }) => event === "beat");
    const heard = await listen(api, "/v1/live?rollout=shop", enough, { "last-event-id": String(last + 1) });
    const journal = heard.filter(({ event }) => event === "journal");
    expect(journal.map(({ id, data }) => [Number(id), data.rollout, data.sentence])).toEqual([
      [last + 2, "shop", "Paused by anna: dinner."],
    ]);
    expect(heard.find(({ event }) => event === "beat")?.data).toEqual({ now: NOW + 2000, serin: "0.0.0-test" });
    expect(heard.find(({ event }) => event === "overview")?.data.rollout.name).toBe("shop");
  });

  test("changes when it does, and is not repeated while it does not", async () => {
    await using api = await openApi();
    const beats = (all: readonly Heard[]) => all.filter(({ event }) => event === "beat").length;
    const heard = await listen(api, "/v1/live?rollout=quiet", (all) => beats(all) === 2);
    expect(heard.filter(({ event }) => event === "overview")).toHaveLength(1);
  });

  test("a position of another journal is refused, so that a page begins anew", async () => {
    await using api = await openApi();
    expect((await api.get("/v1/live", { "last-event-id": "999999" })).status).toBe(409);
  });

  test("of another name is not there", async () => {
    await using api = await openApi();
    for (const path of ["overview", "series", "why/1", "releases/1", "record"])
      expect([path, (await api.get(`/v1/rollouts/nobody/${path}`)).status]).toEqual([path, 404]);
  });
});

describe("over time", () => {
  /** A minute of the release in a store of its own. */
  async function minute(): Promise<Api> {
    const api = await openApi();
    await api.world.pass("shop", 60);
    return api;
  }

  test("a series has what was measured, and ends where the gates stand now", async () => {
    await using api = await minute();
    const series = (await api.get("/v1/rollouts/shop/series?points=30")).body as Series;
    const overview = (await api.get("/v1/rollouts/shop/overview")).body as Overview;
    expect(series.complete).toBe(true);
    expect(series.at.length).toBeLessThanOrEqual(30);
    expect(series.stepMs).toBeGreaterThanOrEqual(2000);
    const [failures] = series.gates;
    const status = overview.rollout.gates.find(({ gate }) => gate === "failures");
    expect(failures.logHarm.at(-1)).toBe(status?.logHarm);
    expect(failures.logSafe.at(-1)).toBe(status?.logSafe);
    expect(failures.canaryN.reduce((a, b) => a + b, 0)).toBe(status?.numbers["canaryN"]);
    expect(failures.stableN.reduce((a, b) => a + b, 0)).toBe(status?.numbers["stableN"]);
    expect(series.measured.at(-1)).toBeCloseTo(500, 5);
    expect(series.wanted[0]).toBe(500);
    for (const column of [failures.difference, failures.low, failures.margin, series.logHarm])
      expect(column).toHaveLength(series.at.length);
  });

  test("a split that is not the wanted one is noticed", async () => {
    await using api = await openApi();
    await api.world.pass("shop", 20);
    const split = async () => ((await api.get("/v1/rollouts/shop/series")).body as Series).logSplit;
    // one request in twenty is what is wanted
    expect(await split()).toBeLessThan(0);
    await api.world.pass("shop", 50);
    // a quarter is wanted by now, and this world still sends one in twenty
    expect(await split()).toBeGreaterThan(Math.log(100));
  });

  test("it goes on where it was when there is more, and a part of it is cut out", async () => {
    await using api = await minute();
    const before = (await api.get("/v1/rollouts/shop/series?points=2000")).body as Series;
    await api.world.pass("shop", 10);
    const after = (await api.get("/v1/rollouts/shop/series?points=2000")).body as Series;
    expect(after.at.slice(0, before.at.length)).toEqual(before.at);
    expect(after.at.length).toBe(before.at.length + 10);
    const from = after.at[20];
    const part = (await api.get(`/v1/rollouts/shop/series?points=2000&from=${from}&to=${from + 5000}`)).body as Series;
    expect(part.at).toEqual(after.at.slice(21, 26));
  });

  test("a rollout that never released has no series", async () => {
    await using api = await openApi();
    const answer = await api.get("/v1/rollouts/quiet/series");
    expect([answer.status, answer.body.error.message]).toEqual([404, "quiet has not released anything yet"]);
  });

  test("why: an event with the decision behind it, made again", async () => {
    await using api = await minute();
    await api.post("/v1/rollouts/shop/signals", { verb: "abort", why: "wrong build" });
    await api.world.take("shop");
    const { events } = (await api.get("/v1/rollouts/shop/releases/1")).body;
    const aborted = events.find(({ type }: { type: string }) => type === "aborted");
    const why = (await api.get(`/v1/rollouts/shop/why/${aborted.seq}`)).body as Why;
    expect(why.event.sentence).toBe("v2 was aborted by local: wrong build.");
    expect(why.before.length).toBeGreaterThan(0);
    const overview = (await api.get("/v1/rollouts/shop/overview")).body as Overview;
    expect(why.decided).toMatchObject({ formula: expect.any(Number), logHarm: overview.rollout.logHarm });
    const failures = why.decided?.gates.find(({ gate }) => gate === "failures");
    expect(failures?.numbers).toEqual(overview.rollout.gates.find(({ gate }) => gate === "failures")?.numbers);
    expect((await api.get(`/v1/rollouts/shop/why/${aborted.seq + 1000}`)).status).toBe(404);
    expect((await api.get(`/v1/rollouts/quiet/why/${aborted.seq}`)).status).toBe(404);
  });

  test("releases are listed with how often changes failed", async () => {
    await using api = await minute();
    await api.post("/v1/rollouts/shop/signals", { verb: "abort", why: "wrong build" });
    await api.world.take("shop");
    await api.post("/v1/rollouts/shop/signals", { verb: "retry" });
    await api.world.take("shop");
    const { body } = await api.get("/v1/releases?rollout=shop");
    expect(
      body.releases.map(({ release, outcome }: { release: number; outcome: string }) => [release, outcome]),
    ).toEqual([
      [2, null],
      [1, "aborted"],
    ]);
    expect([body.ended, body.failed]).toEqual([1, 0]);
    expect((await api.get("/v1/releases?limit=1")).body.releases).toHaveLength(1);
    expect((await api.get("/v1/rollouts/shop/releases/3")).status).toBe(404);
  });

  test("the record is everything that decisions rested on", async () => {
    await using api = await minute();
    const { body, headers } = await api.get("/v1/rollouts/shop/record");
    expect(headers.get("content-disposition")).toBe(`attachment; filename="shop-release-1.json"`);
    const commits = await api.world.store.commits("shop", { release: 1, limit: 10_000 });
    const measurements = await api.world.store.measurements("shop", { release: 1, limit: 10_000 });
    expect(body).toMatchObject({ rollout: "shop", release: 1 });
    expect(body.commits).toEqual(JSON.parse(JSON.stringify(commits)));
    expect(body.measurements).toEqual(JSON.parse(JSON.stringify(measurements)));
    expect((await api.get("/v1/rollouts/shop/record?release=7")).status).toBe(404);
  });
});

test("a rollout of the same name begins a new book", async () => {
  const store = await openMemory();
  await using api = await openApi({ store });
  await api.world.put(yamlOf("shop"));
  await api.world.take("shop");
  expect((await api.get("/v1/releases?rollout=shop")).body.releases).toHaveLength(1);
  await store.remove("shop");
  await api.world.put(quietYaml("shop"));
  expect((await api.get("/v1/releases?rollout=shop")).body.releases).toHaveLength(0);
});
