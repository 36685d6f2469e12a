/** What is remembered, page by page: events, measurements; and what is made of it: explanations. */
import { describe, expect, test } from "vitest";
import { amounts, interval, meanGate, seriesGate } from "../../../test/analysis/made.ts";
import { codeOf, messageOf, openApi } from "../../../test/http/ask.ts";
import { paused, yamlOf } from "../../../test/http/world.ts";
import { sentence } from "../../rollout/events.ts";
import { measurementSchema, type EventView, type Explanation, type MeasurementList } from "../wire.ts";

describe("events", () => {
  test("come with their sentence, oldest first, page by page, and none twice", async () => {
    await using api = await openApi();
    await api.world.tell("shop", ...Array.from({ length: 23 }, (_none, i) => paused(`${i}`)));
    await api.world.tell("quiet", paused("elsewhere"));
    const all: EventView[] = [];
    for (let after = 0; ;) {
      const { body } = await api.get(`/v1/rollouts/shop/events?after=${after}&limit=5`);
      all.push(...(body.events as EventView[]));
      if (body.events.length === 0) break;
      expect(body.next).toBe(all.at(-1)?.seq);
      after = body.next;
    }
    const kept = await api.world.store.journal(0, { rollout: "shop", limit: 1000 });
    expect(all.map(({ seq, event }) => ({ seq, event }))).toEqual(kept.map(({ seq, event }) => ({ seq, event })));
    for (const one of all) expect(one.sentence).toBe(sentence(one.event));
    expect(all.some(({ sentence: said }) => said.includes("elsewhere"))).toBe(false);
  });

  test("without more, the place to ask from stays", async () => {
    await using api = await openApi();
    const { body } = await api.get("/v1/rollouts/quiet/events?after=999999");
    expect(body).toEqual({ events: [], next: 999_999 });
  });

  test.each([
    "after=-1",
    "after=1e3",
    "after=",
    "after=%201",
    "after=9999999999999999",
    "limit=0",
    "limit=1001",
    "after=1&after=2",
    "since=1",
    "__proto__=1",
  ])("?%s is refused", async (query) => {
    await using api = await openApi();
    expect(codeOf(await api.get(`/v1/rollouts/shop/events?${query}`))).toBe("USAGE");
  });
});

describe("measurements", () => {
  test.each([
    amounts(meanGate(), [{ stable: [1, 2], canary: [3] }]),
    amounts(meanGate({ pairs: true }), [{ stable: [1], canary: [3], pairs: [[1, 3]] }]),
    interval(seriesGate(), 1, null),
  ])("of amounts and series are handed out as they are", (measurement) => {
    expect(measurementSchema.parse(measurement)).toEqual(measurement);
  });

  test("are what was folded, by gate, release and version", async () => {
    await using api = await openApi();
    await api.world.pass("shop", 10);
    const all = (await api.get("/v1/rollouts/shop/measurements?limit=1000")).body as MeasurementList;
    expect(all.measurements.length).toBeGreaterThan(10);
    const kept = await api.world.store.measurements("shop", { limit: 1000 });
    expect(all.measurements).toEqual(kept);
    const some = (await api.get("/v1/rollouts/shop/measurements?gate=failures&release=1&limit=3"))
      .body as MeasurementList;
    expect(some.measurements.map(({ gate }) => gate)).toEqual(["failures", "failures", "failures"]);
    const rest = (await api.get(`/v1/rollouts/shop/measurements?gate=failures&after=${some.next}&limit=1000`)).body;
    expect([...some.measurements, ...rest.measurements]).toEqual(kept.filter(({ gate }) => gate === "failures"));
    expect((await api.get("/v1/rollouts/shop/measurements?release=2")).body).toEqual({ measurements: [], next: 0 });
  });

  test("of a rollout that measured nothing are none", async () => {
    await using api = await openApi();
    expect((await api.get("/v1/rollouts/quiet/measurements")).body).toEqual({ measurements: [], next: 0 });
  });
});

describe("explaining", () => {
  test("tells what hooks said last, and what a program printed", async () => {
    await using api = await openApi();
    const hooks =
      "  hooks:\n    - { name: smoke, on: rollout, command: { argv: [smoke] } }\n    - { name: all, on: event, url: http://h/ }\n";
    await api.world.put(yamlOf("shop") + hooks);
    const before = (await api.get("/v1/rollouts/shop/explain")).body as Explanation;
    expect(before.hooks).toEqual([
      {
        hook: "smoke",
        on: "rollout",
        said: null,
        askedAt: null,
        no: 0,
        output: [],
        sentence: "smoke (rollout) was not asked in this release.",
      },
    ]);
    await api.world.take("shop");
    const { hooks: heard } = (await api.get("/v1/rollouts/shop/explain")).body as Explanation;
    const output = "login: ok\n40 of 40";
    expect(heard).toMatchObject([
      { said: "yes", output: output.split("\n"), sentence: "smoke (rollout) said yes: 40 of 40." },
    ]);
    const { events } = (await api.get("/v1/rollouts/shop/events?limit=1000")).body as { events: EventView[] };
    expect(events.at(-1)).toMatchObject({ sentence: "Hook smoke (rollout) said yes: 40 of 40.", event: { output } });
    expect(((await api.get("/v1/rollouts/shop/explain?gate=latency")).body as Explanation).hooks).toEqual([]);
  });

  test("says where it stands, by which numbers, under which promise, and what comes next", async () => {
    await using api = await openApi();
    await api.world.pass("shop", 58);
    const told = (await api.get("/v1/rollouts/shop/explain")).body as Explanation;
    expect(told.sentence).toBe(
      "Release 1 of v2 over v1, step 2 of 4: 5 % of traffic meets the canary. Evidence of harm 0.2 of the 100 that take it back.",
    );
    expect(told.promise).toContain("rolled back with probability 1 % at most");
    expect(told.next).toBe(
      "It goes on when every gate shows safety, and ends within 4m1s; undecided, it does what whenUndecided says: hold.",
    );
    expect(told.gates[0].sentence).toContain(
      "failures says pass: canary failed 59 of 5,900 requests, stable 1,121 of 112,100",
    );
    expect(told.gates[1].sentence).toContain("latency says inconclusive (dry run: it never acts): no data");
    expect(told.history.map(({ type }) => type)).toEqual(["started", "stepDone", "verdictChanged"]);
  });

  test("one gate: its numbers and what happened to it", async () => {
    await using api = await openApi();
    await api.world.pass("shop", 30);
    const told = (await api.get("/v1/rollouts/shop/explain?gate=latency")).body as Explanation;
    expect(told.gates.map(({ gate }) => gate)).toEqual(["latency"]);
    expect(told.history.map(({ type }) => type)).not.toContain("verdictChanged");
    const answer = await api.get("/v1/rollouts/shop/explain?gate=latencies");
    expect([answer.status, messageOf(answer)]).toEqual([
      404,
      "shop has no gate named latencies; it has failures, latency",
    ]);
  });

  test("a history of thousands shows the last fifty", async () => {
    await using api = await openApi();
    await api.world.tell("shop", ...Array.from({ length: 2500 }, (_none, i) => paused(`${i}`)));
    const told = (await api.get("/v1/rollouts/shop/explain")).body as Explanation;
    expect(told.history).toHaveLength(50);
    expect(told.history.at(-1)?.sentence).toBe("Paused by anna: 2499.");
  });
});
