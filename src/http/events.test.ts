import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeOf, openApi, type Api } from "../../test/http/ask.ts";
import { read, type Block } from "../../test/http/stream.ts";
import { createWorld, openMemory, paused, yamlOf } from "../../test/http/world.ts";
import type { OpenStore } from "../stores/index.ts";
import { defaultLimits } from "./deps.ts";
import { eventSchema } from "./wire.ts";

const EVENTS = "/v1/events";
const quick = { heartbeatMs: 40, pollMs: 20, stallMs: 300 };

const told = (blocks: readonly Block[]) => blocks.filter(({ data }) => data !== null);
const seqsIn = (blocks: readonly Block[]) => told(blocks).map(({ id }) => Number(id));
const reasonsIn = (blocks: readonly Block[]) =>
  told(blocks).map(({ data }) => (JSON.parse(data ?? "") as { event: { reason?: string } }).event.reason);
/** Reads until so many events have come. */
const events = ({ port }: Api, path: string, count: number, last: string | null = null) =>
  read(port, { path, last, enough: (blocks) => told(blocks).length >= count });

describe("a stream", () => {
  test("begins with where it begins, then tells each event with id, type and sentence", async () => {
    await using api = await openApi();
    const before = await api.world.store.lastSeq();
    const reading = events(api, EVENTS, 2);
    await expect.poll(() => streams(api)).toBe(1);
    await api.world.tell("shop", paused("one"), paused("two \u2028 lines\nand \u{1f426}"));
    const [first, ...rest] = await reading;
    expect(first).toEqual({ id: String(before), event: null, data: null, comment: null });
    expect(rest.map(({ id, event }) => [id, event])).toEqual([
      [String(before + 1), "paused"],
      [String(before + 2), "paused"],
    ]);
    const views = rest.map(({ data }) => eventSchema.parse(JSON.parse(data ?? "")));
    expect(views.map(({ seq, sentence }) => [seq, sentence])).toEqual([
      [before + 1, "Paused by anna: one."],
      [before + 2, "Paused by anna: two \u2028 lines\nand \u{1f426}."],
    ]);
  });

  test("is text/event-stream that nobody keeps or buffers", async () => {
    await using api = await openApi();
    const response = await fetch(api.url + EVENTS);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      "x-content-type-options": "nosniff",
    });
    await response.body?.cancel();
  });

  test("begins where it is asked to, and Last-Event-ID knows better than the address", async () => {
    await using api = await openApi();
    const all = (await api.world.store.journal(0, { limit: 1000 })).map(({ seq }) => seq);
    expect(seqsIn(await events(api, `${EVENTS}?after=0`, all.length))).toEqual(all);
    expect(seqsIn(await events(api, `${EVENTS}?after=0`, all.length - 2, "2"))).toEqual(all.slice(2));
  });

  test("of one rollout has none of the others, however much happens there", async () => {
    await using api = await openApi({ limits: quick });
    const reading = events(api, `${EVENTS}?rollout=quiet`, 2);
    await expect.poll(() => streams(api)).toBe(1);
    for (let i = 0; i < 10; i++) await api.world.tell("shop", paused("noise"));
    await api.world.tell("quiet", paused("one"));
    await api.world.tell("shop", paused("noise"));
    await api.world.tell("quiet", paused("two"));
    expect(reasonsIn(await reading)).toEqual(["one", "two"]);
  });

  test("tells that it is still there", async () => {
    await using api = await openApi({ limits: quick });
    const beats = (blocks: readonly Block[]) => blocks.filter(({ comment }) => comment === "still here").length;
    expect(beats(await read(api.port, { path: EVENTS, enough: (blocks) => beats(blocks) >= 3 }))).toBe(3);
  });

  test("outlives the time that other answers may take", async () => {
    await using api = await openApi({ limits: { ...quick, requestMs: 200 } });
    const reading = events(api, EVENTS, 1);
    await new Promise((resolve) => setTimeout(resolve, 600));
    await api.world.tell("shop", paused("late"));
    expect(reasonsIn(await reading)).toEqual(["late"]);
  });

  test("ends when the server closes, at once", async () => {
    await using api = await openApi();
    const reading = read(api.port, { path: EVENTS });
    await expect.poll(() => streams(api)).toBe(1);
    await api.world.api.close();
    expect(await reading).toHaveLength(1);
  });

  test("ends when the memory fails; the next one meets the error properly", async () => {
    await using api = await openApi({ limits: quick });
    const reading = read(api.port, { path: EVENTS });
    await expect.poll(() => streams(api)).toBe(1);
    await api.world.store.close();
    await reading;
    expect((await api.get(EVENTS)).status).toBe(500);
    expect(api.world.log.some(({ message }) => message === "a live event stream ended early")).toBe(true);
  });

  test.each(["-1", "abc", "1.5", "99999999999999999", " 1x"])("Last-Event-ID: %s is none of ours", async (last) => {
    await using api = await openApi();
    expect(codeOf(await api.get(EVENTS, { "last-event-id": last }))).toBe("USAGE");
  });

  test("a position that the journal does not have is one in another journal", async () => {
    await using api = await openApi();
    const answer = await api.get(EVENTS, { "last-event-id": "999" });
    expect([answer.status, codeOf(answer)]).toEqual([409, "CONFLICT"]);
    expect((await api.get(`${EVENTS}?after=999`)).status).toBe(409);
  });

  test.each(["rollout=No", "after=x", "until=1"])("?%s is refused", async (query) => {
    await using api = await openApi();
    expect(codeOf(await api.get(`${EVENTS}?${query}`))).toBe("USAGE");
  });
});

/** How many streams are open, as the server itself counts them. */
async function streams({ world }: Api): Promise<number> {
  return Number(/^serin_event_streams (\d+)$/m.exec(await world.api.metrics.scrape())?.[1]);
}

describe("readers", () => {
  test("as many as are allowed; the next is told to come back, and is let in when one has gone", async () => {
    await using api = await openApi();
    const open = await Promise.all(Array.from({ length: defaultLimits.streams }, () => fetch(api.url + EVENTS)));
    expect(open.every(({ status }) => status === 200)).toBe(true);
    expect(await streams(api)).toBe(200);
    const refused = await api.get(EVENTS);
    expect([refused.status, codeOf(refused), refused.headers.get("retry-after")]).toEqual([503, "TOO_MANY", "5"]);
    expect((await api.get("/v1/rollouts")).status).toBe(200);
    await open[0].body?.cancel();
    await expect.poll(() => streams(api)).toBe(199);
    const again = await fetch(api.url + EVENTS);
    expect(again.status).toBe(200);
    for (const { body } of [...open.slice(1), again]) await body?.cancel();
  });

  test("one that takes nothing is dropped, others are served meanwhile, and it misses nothing when it comes back", async () => {
    await using api = await openApi({ limits: { ...quick, stallMs: 1000 } });
    // 20 MB, more than every buffer between here and there can hold.
    const long = "x".repeat(50_000);
    for (let i = 0; i < 200; i++) await api.world.tell("shop", paused(`${i} ${long}`));
    const all = (await api.world.store.journal(0, { limit: 10_000 })).map(({ seq }) => seq);
    const wake = Promise.withResolvers<void>();
    const sleeping = read(api.port, { path: `${EVENTS}?after=0`, asleep: wake.promise });
    await expect.poll(() => streams(api)).toBe(1);
    expect(seqsIn(await events(api, `${EVENTS}?after=0`, all.length))).toEqual(all);
    await expect.poll(() => streams(api), { timeout: 10_000 }).toBe(0);
    wake.resolve();
    const seen = seqsIn(await sleeping);
    expect(seen.length).toBeLessThan(all.length);
    const rest = await events(api, EVENTS, all.length - seen.length, String(seen.at(-1) ?? 0));
    expect([...seen, ...seqsIn(rest)]).toEqual(all);
  }, 60_000);

  test("resume without loss or repetition wherever the bytes were cut, across restarts of the server", async () => {
    const cut = fc.record({ bytes: fc.integer({ min: 1, max: 1500 }), restart: fc.boolean(), told: fc.nat(4) });
    await fc.assert(
      fc.asyncProperty(fc.array(cut, { minLength: 1, maxLength: 12 }), async (cuts) => {
        await using store = closing(await openMemory());
        const reader = await Following.begin(store.store);
        for (const one of cuts) await reader.cut(one);
        expect(await reader.finish()).toEqual(await reader.journal());
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});

const closing = (store: OpenStore) => ({
  store,
  [Symbol.asyncDispose]: () => store.close(),
});

/** One reader of everything, whose connection is cut and whose server is restarted, over one store. */
class Following {
  readonly #store: OpenStore;
  readonly #seen: number[] = [];
  #last = "0";
  #count = 0;
  #world!: Awaited<ReturnType<typeof createWorld>>;
  #port = 0;

  private constructor(store: OpenStore) {
    this.#store = store;
  }

  static async begin(store: OpenStore): Promise<Following> {
    const following = new Following(store);
    await following.#start();
    await following.#world.put(yamlOf("shop"));
    return following;
  }

  async #start(): Promise<void> {
    this.#world = await createWorld({ store: this.#store, limits: { ...quick, heartbeatMs: 5, pollMs: 5 } });
    this.#port = Number(new URL(await this.#world.api.listen("127.0.0.1:0")).port);
  }

  async cut({ bytes, restart, told }: { bytes: number; restart: boolean; told: number }): Promise<void> {
    const reading = read(this.#port, { path: EVENTS, last: this.#last, enough: (_blocks, heard) => heard >= bytes });
    await this.#world.tell("shop", ...Array.from({ length: told }, () => paused(`${++this.#count} \u{1f426}`)));
    if (restart) {
      await this.#world.api.close();
      await this.#start();
    }
    this.#take(await reading);
  }

  #take(blocks: readonly Block[]): void {
    this.#seen.push(...seqsIn(blocks));
    // What an EventSource does: the last id of a whole block, with data or without.
    this.#last = blocks.findLast(({ id }) => id !== null)?.id ?? this.#last;
  }

  async finish(): Promise<readonly number[]> {
    const missing = (await this.journal()).length - this.#seen.length;
    if (missing > 0) {
      const enough = (blocks: readonly Block[]) => told(blocks).length >= missing;
      this.#take(await read(this.#port, { path: EVENTS, last: this.#last, enough }));
    }
    await this.#world.api.close();
    return this.#seen;
  }

  async journal(): Promise<readonly number[]> {
    return (await this.#store.journal(0, { limit: 10_000 })).map(({ seq }) => seq);
  }
}
