/** What every store must do, whatever it is made of. Each store's test calls `storeContract`. */
import { afterEach, describe, expect, test, vi } from "vitest";
import type { OpenStore } from "../../src/stores/index.ts";
import { SerinError } from "../../src/errors.ts";
import { changeOf, countsOf, documentOf, eventOf, statusOf } from "./store-fixtures.ts";
import { past } from "./store-past.ts";

export interface StoreUnderTest {
  /** An empty store that reads documents with `parse` and `notified` of the fixtures. */
  open(): Promise<OpenStore>;
  /** Opens again what was closed before: everything is there. Left out by stores that forget, with the reason. */
  reopen?: () => Promise<OpenStore>;
  readonly forgets?: string;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export function storeContract(name: string, subject: StoreUnderTest): void {
  const opened: OpenStore[] = [];
  const keep = async (opening: Promise<OpenStore>) => {
    const store = await opening;
    opened.push(store);
    return store;
  };
  const fresh = () => keep(subject.open());
  const withRollout = async (rollout = "shop") => {
    const store = await fresh();
    await store.put(rollout, documentOf("first"), () => statusOf(rollout));
    return { store, from: await versionOf(store, rollout) };
  };
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });

  describe(`${name} keeps the Store contract`, () => {
    describe("documents", () => documents(fresh, withRollout));
    describe("commits", () => commits(withRollout));
    describe("signals", () => signals(fresh, withRollout));
    describe("the journal", () => journal(withRollout));
    describe("measurements", () => measurements(withRollout));
    describe("the past", () => past(fresh, withRollout));
    describe("cursors and notes", () => cursors(fresh, withRollout));
    describe("change notices", () => notices(withRollout));
    describe("the end", () => ending(subject, keep, withRollout));
  });
}

type Fresh = () => Promise<OpenStore>;
type WithRollout = (rollout?: string) => Promise<{ store: OpenStore; from: number }>;

async function versionOf(store: OpenStore, rollout: string): Promise<number> {
  return (await store.load(rollout))?.version ?? -1;
}

const code = (expected: string) => expect.objectContaining({ name: "SerinError", code: expected });

function documents(fresh: Fresh, withRollout: WithRollout): void {
  test("an unknown rollout is null, not an error", async () => {
    const store = await fresh();
    expect(await store.load("nobody")).toBeNull();
    expect(await store.document("nobody")).toBeNull();
    expect(await store.remove("nobody")).toBe(false);
    expect(await store.names()).toEqual([]);
  });

  test("a document is kept as written and parsed at load", async () => {
    const { store } = await withRollout();
    expect(await store.document("shop")).toEqual(documentOf("first"));
    const loaded = await store.load("shop");
    expect(loaded?.spec.stable.revision).toBe("first");
    expect(loaded?.status).toEqual(statusOf("shop"));
    expect(loaded?.signals).toEqual([]);
  });

  test("key order is kept, and order alone is no change", async () => {
    const { store } = await withRollout();
    expect(Object.keys((await store.document("shop")) as object)).toEqual(["kind", "note", "nested"]);
    const { kind, note, nested } = documentOf("first");
    expect(await store.put("shop", { note, nested, kind }, never)).toBe("unchanged");
  });

  test("putting again replaces the document, keeps the status and outdates commits under way", async () => {
    const { store, from } = await withRollout();
    expect(await store.put("shop", documentOf("second"), never)).toBe("replaced");
    const loaded = await store.load("shop");
    expect(loaded?.spec.stable.revision).toBe("second");
    expect(loaded?.status).toEqual(statusOf("shop"));
    expect(loaded?.version).toBeGreaterThan(from);
    expect(await store.commit(changeOf("shop", from))).toBe(false);
  });

  test("the same document again is unchanged and outdates nothing", async () => {
    const { store, from } = await withRollout();
    expect(await store.put("shop", documentOf("first"), never)).toBe("unchanged");
    expect(await versionOf(store, "shop")).toBe(from);
  });

  test("a document that does not parse is refused and changes nothing", async () => {
    const { store, from } = await withRollout();
    await expect(store.put("shop", { note: 1 }, never)).rejects.toEqual(code("DOCUMENT_INVALID"));
    await expect(store.put("new", { note: 1 }, never)).rejects.toEqual(code("DOCUMENT_INVALID"));
    expect(await store.names()).toEqual(["shop"]);
    expect(await store.document("shop")).toEqual(documentOf("first"));
    expect(await versionOf(store, "shop")).toBe(from);
  });

  test("the first status is computed from the parsed spec", async () => {
    const store = await fresh();
    await store.put("shop", documentOf("v7"), (spec) => statusOf("shop", spec.stable.revision));
    expect((await store.load("shop"))?.status.reason).toBe("v7");
  });

  test("a first status that fails leaves no rollout", async () => {
    const store = await fresh();
    const failing = () => {
      throw new SerinError("CONFLICT", "no");
    };
    await expect(store.put("shop", documentOf("first"), failing)).rejects.toEqual(code("CONFLICT"));
    expect(await store.names()).toEqual([]);
    expect(await store.put("shop", documentOf("first"), () => statusOf("shop"))).toBe("created");
  });

  test("names are sorted", async () => {
    const { store } = await withRollout("b");
    for (const name of ["c", "a"]) await store.put(name, documentOf("x"), () => statusOf(name));
    expect(await store.names()).toEqual(["a", "b", "c"]);
  });

  test("removing forgets everything; a successor of the same name starts clean and meets no old commit", async () => {
    const { store, from } = await withRollout();
    await store.commit(changeOf("shop", from, { events: [eventOf("old")], measurements: { g: countsOf(1) } }));
    await store.signal("shop", 1, { verb: "pause", by: "anna" });
    const last = await store.lastSeq();
    await store.cursor("shop", "slack");
    expect(await store.remove("shop")).toBe(true);
    expect(await store.names()).toEqual([]);
    await store.put("shop", documentOf("again"), () => statusOf("shop"));
    expect((await store.load("shop"))?.signals).toEqual([]);
    expect(await store.journal(0, { limit: 10 })).toEqual([]);
    expect(await store.measurements("shop", { limit: 10 })).toEqual([]);
    await store.advance("shop", "slack", last + 5);
    expect(await store.cursor("shop", "slack")).toBe(last);
    expect(await store.lastSeq()).toBe(last);
    expect(await store.commit(changeOf("shop", from))).toBe(false);
    expect(await store.commit(changeOf("shop", from + 1))).toBe(false);
  });

  test("what is handed out is a copy", async () => {
    const { store } = await withRollout();
    Object.assign((await store.load("shop"))?.status ?? {}, { reason: "tampered" });
    ((await store.document("shop")) as { note: string }).note = "tampered";
    expect((await store.load("shop"))?.status.reason).toBe("");
    expect(await store.document("shop")).toEqual(documentOf("first"));
  });
}

const never = (): never => {
  throw new Error("must not be asked for a first status");
};

function commits(withRollout: WithRollout): void {
  test("a commit changes all of it", async () => {
    const { store, from } = await withRollout();
    const id = await store.signal("shop", 5, { verb: "pause", by: "anna", why: "lunch" });
    const status = statusOf("shop", "paused");
    const change = { status, events: [eventOf("lunch")], measurements: { failures: countsOf(7) }, signalsTaken: id };
    expect(await store.commit(changeOf("shop", from, change))).toBe(true);
    const loaded = await store.load("shop");
    expect(loaded?.status).toEqual(status);
    expect(loaded?.version).toBe(from + 1);
    expect(loaded?.signals).toEqual([]);
    expect(await store.journal(0, { limit: 10 })).toEqual([{ seq: 1, rollout: "shop", event: eventOf("lunch") }]);
    expect(await store.measurements("shop", { limit: 10 })).toEqual([
      { version: from + 1, release: 1, gate: "failures", measurement: countsOf(7) },
    ]);
  });

  test("a commit from an outdated version changes nothing", async () => {
    const { store, from } = await withRollout();
    await store.commit(changeOf("shop", from));
    const id = await store.signal("shop", 5, { verb: "pause", by: "anna" });
    for (const stale of [from, from - 1, from + 2]) {
      const change = { events: [eventOf("stale")], measurements: { failures: countsOf(7) }, signalsTaken: id };
      expect(await store.commit(changeOf("shop", stale, change))).toBe(false);
    }
    expect((await store.load("shop"))?.status.reason).toBe(`after ${from}`);
    expect((await store.load("shop"))?.signals.map((signal) => signal.id)).toEqual([id]);
    expect(await store.journal(0, { limit: 10 })).toEqual([]);
    expect(await store.measurements("shop", { limit: 10 })).toEqual([]);
  });

  test("a commit to a rollout that is not there is refused as outdated", async () => {
    const { store } = await withRollout();
    for (const from of [0, 1]) expect(await store.commit(changeOf("nobody", from))).toBe(false);
  });

  test("of many commits from one version exactly one wins", async () => {
    const { store, from } = await withRollout();
    const reasons = Array.from({ length: 20 }, (_none, i) => `writer ${i}`);
    const won = await Promise.all(
      reasons.map((reason) =>
        store.commit(changeOf("shop", from, { status: statusOf("shop", reason), events: [eventOf(reason)] })),
      ),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    const winner = reasons[won.indexOf(true)];
    expect((await store.load("shop"))?.status.reason).toBe(winner);
    expect((await store.journal(0, { limit: 10 })).map(({ event }) => event)).toEqual([eventOf(winner)]);
  });

  test("what JSON would change is refused, and nothing of the commit is kept", async () => {
    const { store, from } = await withRollout();
    const wrong = [
      { status: { ...statusOf("shop"), logHarm: Infinity } },
      { events: [eventOf("kept?"), { ...eventOf("x"), at: NaN }] },
      { events: [eventOf("kept?")], measurements: { g: { ...countsOf(1), window: { from: 0, to: -Infinity } } } },
    ];
    for (const change of wrong) {
      await expect(store.commit(changeOf("shop", from, change))).rejects.toEqual(code("INTERNAL"));
    }
    expect(await versionOf(store, "shop")).toBe(from);
    expect(await store.journal(0, { limit: 10 })).toEqual([]);
  });

  test("rollouts do not disturb each other", async () => {
    const { store, from } = await withRollout("a");
    await store.put("b", documentOf("b"), () => statusOf("b"));
    const id = await store.signal("b", 1, { verb: "abort", by: "anna" });
    expect(await store.commit(changeOf("a", from, { signalsTaken: id + 100 }))).toBe(true);
    expect((await store.load("b"))?.signals).toHaveLength(1);
    expect((await store.load("b"))?.status).toEqual(statusOf("b"));
  });
}

function signals(fresh: Fresh, withRollout: WithRollout): void {
  test("wait, oldest first, until a commit takes them", async () => {
    const { store, from } = await withRollout();
    const first = await store.signal("shop", 10, { verb: "pause", by: "anna" });
    const second = await store.signal("shop", 10, { verb: "resume", by: "ben", why: "fine" });
    expect(second).toBeGreaterThan(first);
    expect((await store.load("shop"))?.signals).toEqual([
      { id: first, at: 10, signal: { verb: "pause", by: "anna" } },
      { id: second, at: 10, signal: { verb: "resume", by: "ben", why: "fine" } },
    ]);
    await store.commit(changeOf("shop", from, { signalsTaken: first }));
    expect((await store.load("shop"))?.signals.map(({ id }) => id)).toEqual([second]);
    await store.commit(changeOf("shop", from + 1, { signalsTaken: 0 }));
    expect((await store.load("shop"))?.signals.map(({ id }) => id)).toEqual([second]);
  });

  test("a signal does not outdate a commit under way", async () => {
    const { store, from } = await withRollout();
    await store.signal("shop", 10, { verb: "pause", by: "anna" });
    expect(await store.commit(changeOf("shop", from))).toBe(true);
    expect((await store.load("shop"))?.signals).toHaveLength(1);
  });

  test("to nobody are NOT_FOUND", async () => {
    const store = await fresh();
    await expect(store.signal("nobody", 1, { verb: "pause", by: "anna" })).rejects.toEqual(code("NOT_FOUND"));
  });
}

function journal(withRollout: WithRollout): void {
  test("is numbered over all rollouts, in the order of commits, and read in pages", async () => {
    const { store, from } = await withRollout("a");
    await store.put("b", documentOf("b"), () => statusOf("b"));
    const other = await versionOf(store, "b");
    expect(await store.lastSeq()).toBe(0);
    await store.commit(changeOf("a", from, { events: [eventOf("a1"), eventOf("a2")] }));
    await store.commit(changeOf("b", other, { events: [eventOf("b1")] }));
    await store.commit(changeOf("a", from + 1, { events: [eventOf("a3")] }));
    const reasons = async (after: number, options: { rollout?: string; limit: number }) =>
      (await store.journal(after, options)).map(({ event }) => (event as { reason: string }).reason);
    const all = await store.journal(0, { limit: 100 });
    expect(all.map(({ rollout }) => rollout)).toEqual(["a", "a", "b", "a"]);
    expect(all.map(({ seq }) => seq)).toEqual(all.map(({ seq }) => seq).toSorted((x, y) => x - y));
    expect(new Set(all.map(({ seq }) => seq)).size).toBe(4);
    expect(await store.lastSeq()).toBe(all[3].seq);
    expect(await reasons(0, { limit: 2 })).toEqual(["a1", "a2"]);
    expect(await reasons(all[1].seq, { limit: 2 })).toEqual(["b1", "a3"]);
    expect(await reasons(all[0].seq, { rollout: "a", limit: 10 })).toEqual(["a2", "a3"]);
    expect(await reasons(all[3].seq, { limit: 10 })).toEqual([]);
    expect(await reasons(0, { rollout: "nobody", limit: 10 })).toEqual([]);
    expect(await reasons(0, { limit: 0 })).toEqual([]);
    expect(await reasons(-5, { limit: 1 })).toEqual(["a1"]);
  });

  test("100,000 entries page through completely, no page above 10,000", async () => {
    const { store, from } = await withRollout();
    for (let lot = 0; lot < 20; lot++) {
      const events = Array.from({ length: 5000 }, (_none, i) => eventOf(`${lot * 5000 + i}`));
      expect(await store.commit(changeOf("shop", from + lot, { events }))).toBe(true);
    }
    let [after, next] = [0, 0];
    for (;;) {
      const page = await store.journal(after, { rollout: "shop", limit: Infinity });
      if (page.length === 0) break;
      expect(page.length).toBeLessThanOrEqual(10_000);
      for (const { event } of page) if ((event as { reason: string }).reason !== `${next++}`) expect.fail("order");
      after = page[page.length - 1].seq;
    }
    expect(next).toBe(100_000);
    expect(await store.lastSeq()).toBe(after);
    expect((await store.journal(after - 3, { limit: 10 })).map(({ seq }) => seq)).toEqual([
      after - 2,
      after - 1,
      after,
    ]);
  });
}

function measurements(withRollout: WithRollout): void {
  const filled = async () => {
    const { store, from } = await withRollout();
    for (const [step, release] of [1, 1, 2, 2, 3].entries()) {
      const to = DAY * (step + 1);
      await store.commit(
        changeOf("shop", from + step, {
          status: statusOf("shop", "", release),
          measurements: { latency: countsOf(step, to), failures: countsOf(100 + step, to) },
        }),
      );
    }
    return { store, from };
  };

  test("come back oldest first, by release and by gate", async () => {
    const { store, from } = await filled();
    const all = await store.measurements("shop", { limit: 100 });
    expect(all.map(({ version, gate }) => `${version - from} ${gate}`)).toEqual(
      [1, 2, 3, 4, 5].flatMap((version) => [`${version} failures`, `${version} latency`]),
    );
    const some = await store.measurements("shop", { release: 2, gate: "latency", limit: 100 });
    expect(some.map(({ release, measurement }) => [release, measurement])).toEqual([
      [2, countsOf(2, DAY * 3)],
      [2, countsOf(3, DAY * 4)],
    ]);
  });

  test("page by version without splitting a commit", async () => {
    const { store, from } = await filled();
    const page = async (after: number, limit: number) =>
      (await store.measurements("shop", { after, limit })).map(({ version }) => version - from);
    expect(await page(0, 1)).toEqual([1, 1]);
    expect(await page(from + 1, 3)).toEqual([2, 2, 3, 3]);
    expect(await page(from + 4, 3)).toEqual([5, 5]);
    expect(await page(from + 5, 3)).toEqual([]);
    expect(await page(0, 0)).toEqual([]);
  });

  test("are forgotten for old releases only, and not when fresh", async () => {
    const { store } = await filled();
    const releases = async () => [...new Set((await store.measurements("shop", { limit: 99 })).map((m) => m.release))];
    expect(await store.prune(0, 1)).toBe(0);
    expect(await store.prune(DAY * 100, 5)).toBe(0);
    // Windows end at 1..5 days; at day 3 and a half only those of days 1 and 2 are older than a day.
    expect(await store.prune(DAY * 3.5, 2)).toBe(4);
    expect(await releases()).toEqual([2, 3]);
    expect(await store.prune(DAY * 100, 1)).toBe(4);
    expect(await releases()).toEqual([3]);
    expect((await store.load("shop"))?.status.release).toBe(3);
  });
}

function cursors(fresh: Fresh, withRollout: WithRollout): void {
  test("a cursor begins at the journal's end, stays there, only goes forward, and is the notifier's own", async () => {
    const { store, from } = await withRollout();
    expect(await store.cursor("shop", "slack")).toBe(0);
    await store.commit(changeOf("shop", from, { events: [eventOf("one"), eventOf("two")] }));
    expect(await store.cursor("shop", "slack")).toBe(0);
    expect(await store.cursor("shop", "ops")).toBe(2);
    await store.advance("shop", "slack", 7);
    await store.advance("shop", "slack", 3);
    expect(await store.cursor("shop", "slack")).toBe(7);
    expect(await store.cursor("shop", "ops")).toBe(2);
  });

  test("where there is no position, none is moved on", async () => {
    const { store, from } = await withRollout();
    await store.commit(changeOf("shop", from, { events: [eventOf("one")] }));
    await store.advance("shop", "slack", 9);
    expect(await store.cursor("shop", "slack")).toBe(1);
    await store.advance("nobody", "slack", 9);
    expect(await store.cursor("nobody", "slack")).toBe(1);
  });

  test("who is new in a document begins at the journal's end as of that document, and misses nothing that follows", async () => {
    const store = await fresh();
    const told = (...notified: string[]) => ({ ...documentOf("told"), notified });
    await store.put("shop", told("slack"), () => statusOf("shop"));
    expect(await store.cursor("shop", "slack")).toBe(0);
    await store.commit(changeOf("shop", 1, { events: [eventOf("one"), eventOf("two")] }));
    await store.put("shop", told("slack", "ops"), never);
    expect(await store.cursor("shop", "ops")).toBe(2);
    expect(await store.cursor("shop", "slack")).toBe(0);
    await store.commit(changeOf("shop", 3, { events: [eventOf("three")] }));
    await store.put("shop", { ...told("slack", "ops"), more: 1 }, never);
    expect(await store.cursor("shop", "ops")).toBe(2);
  });

  test("who leaves the document and comes back is not told of the time between", async () => {
    const store = await fresh();
    const told = (...notified: string[]) => ({ ...documentOf("told"), notified });
    await store.put("shop", told("slack", "ops"), () => statusOf("shop"));
    await store.put("shop", told("ops"), never);
    // A delivery that was under way when it left does not bring its position back.
    await store.advance("shop", "slack", 0);
    await store.commit(changeOf("shop", 2, { events: [eventOf("between")] }));
    await store.put("shop", told("slack", "ops"), never);
    expect(await store.cursor("shop", "slack")).toBe(1);
    expect(await store.cursor("shop", "ops")).toBe(0);
  });

  test("a note is what was written last", async () => {
    const store = await fresh();
    expect(await store.note("gateway/shop")).toBeNull();
    await store.writeNote("gateway/shop", "");
    expect(await store.note("gateway/shop")).toBe("");
    await store.writeNote("gateway/shop", "pid 1 \u{1f426}");
    expect(await store.note("gateway/shop")).toBe("pid 1 \u{1f426}");
  });
}

function notices(withRollout: WithRollout): void {
  test("tell of every change and of nothing else", async () => {
    const { store, from } = await withRollout();
    const heard: string[] = [];
    const stop = store.onChange((name) => heard.push(name));
    await store.commit(changeOf("shop", from));
    await store.signal("shop", 1, { verb: "pause", by: "anna" });
    await store.put("other", documentOf("x"), () => statusOf("other"));
    await vi.waitFor(() => expect(heard).toEqual(["shop", "shop", "other"]));
    await store.commit(changeOf("shop", from));
    await store.put("other", documentOf("x"), never);
    await store.advance("shop", "slack", 1);
    stop();
    await store.commit(changeOf("shop", from + 1));
    expect(heard).toEqual(["shop", "shop", "other"]);
  });

  test("a listener sees what it is told of", async () => {
    const { store, from } = await withRollout();
    const seen: Promise<unknown>[] = [];
    store.onChange((name) => seen.push(store.load(name)));
    await store.commit(changeOf("shop", from));
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    expect(await seen[0]).toMatchObject({ version: from + 1, status: { reason: `after ${from}` } });
  });
}

function ending(
  subject: StoreUnderTest,
  keep: (opening: Promise<OpenStore>) => Promise<OpenStore>,
  withRollout: WithRollout,
): void {
  test("what was asked before close is answered; afterwards every call is refused, and closing again does nothing", async () => {
    const { store, from } = await withRollout();
    const [done] = await Promise.all([store.commit(changeOf("shop", from)), store.close()]);
    expect(done).toBe(true);
    await store.close();
    await expect(store.load("shop")).rejects.toEqual(code("INTERNAL"));
    await expect(store.commit(changeOf("shop", from + 1))).rejects.toEqual(code("INTERNAL"));
  });

  test.skipIf(subject.reopen === undefined)(
    `everything is there when it is opened again${subject.forgets === undefined ? "" : ` (skipped: ${subject.forgets})`}`,
    async () => {
      const { store, from } = await withRollout();
      const id = await store.signal("shop", 5, { verb: "pause", by: "anna" });
      const change = { events: [eventOf("e1"), eventOf("e2")], measurements: { failures: countsOf(7) } };
      await store.commit(changeOf("shop", from, change));
      await store.cursor("shop", "slack");
      await store.advance("shop", "slack", 1);
      await store.writeNote("key", "value");
      const look = async (from: OpenStore) => ({
        loaded: await from.load("shop"),
        document: await from.document("shop"),
        journal: await from.journal(0, { limit: 10 }),
        measurements: await from.measurements("shop", { limit: 10 }),
        cursor: await from.cursor("shop", "slack"),
        note: await from.note("key"),
        last: await from.lastSeq(),
      });
      const before = await look(store);
      await store.close();
      const again = await keep((subject.reopen as () => Promise<OpenStore>)());
      expect(await look(again)).toEqual(before);
      expect(before.loaded?.signals.map((signal) => signal.id)).toEqual([id]);
    },
  );
}
