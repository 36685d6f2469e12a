import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { changeOf, documentOf, eventOf, notified, parse, statusOf } from "../../test/contract/store-fixtures.ts";
import { settled, VirtualClock } from "../sim/clock.ts";
import { SerinError } from "../errors.ts";
import { openStore, type OpenStore } from "../stores/index.ts";
import { retryMs } from "./lane.ts";
import { createOutbox, type Outbox, type OutboxParts } from "./outbox.ts";
import type { JournalEntry, Notifier } from "./ports.ts";

const later = (retryAfterMs?: number) =>
  new SerinError("NOTIFIER_FAILED", "it is away", {
    details: { permanent: false, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  });
const never = () => new SerinError("NOTIFIER_FAILED", "it is gone", { details: { permanent: true } });

/** Takes messages and keeps them; `answer` may throw or wait. */
class Receiver implements Notifier {
  readonly got: string[] = [];
  tries = 0;
  answer: (entry: JournalEntry, signal: AbortSignal) => unknown = () => {};

  async send(entry: JournalEntry, signal: AbortSignal): Promise<void> {
    this.tries += 1;
    await this.answer(entry, signal);
    this.got.push(reasonOf(entry));
  }
}

const reasonOf = ({ event }: JournalEntry) => (event as { reason: string }).reason;

interface Scene {
  readonly store: OpenStore;
  readonly clock: VirtualClock;
  readonly log: string[];
  /** The document of a rollout, naming who is told. */
  readonly put: (rollout: string, ...told: string[]) => Promise<void>;
  readonly commit: (rollout: string, ...reasons: string[]) => Promise<void>;
  /** Started. */
  readonly outbox: (receivers: Readonly<Record<string, Notifier>>, more?: Partial<OutboxParts>) => Outbox;
}

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function createScene(store?: OpenStore): Promise<Scene> {
  const kept = store ?? (await openStore({ parse, notified, memory: {} }));
  const clock = new VirtualClock(1_700_000_000_000);
  const log: string[] = [];
  const toldOf = async (rollout: string) => notified(rollout, (await kept.document(rollout)) ?? {});
  return {
    store: kept,
    clock,
    log,
    put: async (rollout, ...told) => {
      const note = String(clock.now());
      await kept.put(rollout, { ...documentOf(note), notified: told }, () => statusOf(rollout));
    },
    commit: async (rollout, ...reasons) => {
      const from = (await kept.load(rollout))?.version ?? -1;
      const events = reasons.map((reason) => eventOf(reason));
      if (!(await kept.commit(changeOf(rollout, from, { events })))) throw new Error("outdated");
    },
    outbox: (receivers, more = {}) => {
      const outbox = createOutbox({
        records: kept,
        clock,
        notifiersOf: async (rollout) => (await toldOf(rollout)).map((name) => ({ name, notifier: receivers[name] })),
        random: () => 1,
        log: (level, message, fields) => void log.push(`${level} ${message} ${JSON.stringify(fields)}`),
        ...more,
      });
      outbox.start();
      return outbox;
    },
  };
}

/** A scene with `shop`, which tells `slack`. */
async function shop() {
  const scene = await createScene();
  const slack = new Receiver();
  await scene.put("shop", "slack");
  const outbox = scene.outbox({ slack });
  return { ...scene, slack, outboxOfShop: outbox };
}

describe("telling", () => {
  test("every entry goes to every notifier of its rollout and to nobody else, in order", async () => {
    const { outbox, put, commit } = await createScene();
    const [slack, ops, idle] = [new Receiver(), new Receiver(), new Receiver()];
    outbox({ slack, ops, idle });
    await put("shop", "slack", "ops");
    await put("cart", "ops");
    await put("quiet");
    await commit("shop", "s1", "s2");
    await commit("cart", "c1");
    await commit("quiet", "q1");
    await commit("shop", "s3");
    await settled();
    expect(slack.got).toEqual(["s1", "s2", "s3"]);
    expect(ops.got.filter((reason) => reason.startsWith("s"))).toEqual(["s1", "s2", "s3"]);
    expect(ops.got.filter((reason) => reason.startsWith("c"))).toEqual(["c1"]);
    expect(ops.got).toHaveLength(4);
    expect(idle.got).toEqual([]);
  });

  test("what happened while no outbox ran is told at the next start", async () => {
    const { outbox, put, commit, clock } = await createScene();
    const slack = new Receiver();
    await put("shop", "slack");
    await commit("shop", ...Array.from({ length: 250 }, (_none, i) => String(i)));
    outbox({ slack });
    await clock.passFor(0);
    await clock.passFor(0);
    expect(slack.got).toEqual(Array.from({ length: 250 }, (_none, i) => String(i)));
  });

  test("who is added later is told nothing old, and the first event after the document", async () => {
    const { outbox, put, commit } = await createScene();
    const [slack, ops] = [new Receiver(), new Receiver()];
    await put("shop", "slack");
    await commit("shop", "old");
    await put("shop", "slack", "ops");
    await commit("shop", "new");
    outbox({ slack, ops });
    await settled();
    expect(slack.got).toEqual(["old", "new"]);
    expect(ops.got).toEqual(["new"]);
  });

  test("without positions made by the store it begins with what happens next", async () => {
    const store = await openStore({ parse, memory: {} });
    const { outbox, put, commit } = await createScene(store);
    const slack = new Receiver();
    await put("shop", "slack");
    await commit("shop", "old");
    outbox({ slack });
    await settled();
    await commit("shop", "new");
    await settled();
    expect(slack.got).toEqual(["new"]);
  });

  test("a rollout that is removed and added again tells only what is new", async () => {
    const { slack, store, put, commit } = await shop();
    slack.answer = () => {
      throw later();
    };
    await commit("shop", "lost with its rollout");
    await settled();
    await store.remove("shop");
    await settled();
    slack.answer = () => {};
    await put("shop", "slack");
    await commit("shop", "new");
    await settled();
    expect(slack.got).toEqual(["new"]);
  });
});

describe("failures", () => {
  test("are tried again ever more slowly, with jitter, five minutes apart at most", async () => {
    expect([0, 1, 2, 3, 8, 9, 40, 1e9].map((tries) => retryMs(tries, 1))).toEqual([
      1000, 2000, 4000, 8000, 256_000, 300_000, 300_000, 300_000,
    ]);
    expect(retryMs(0, 0)).toBe(500);
    expect(retryMs(9, 0)).toBe(150_000);
    const { slack, commit, clock } = await shop();
    slack.answer = () => {
      throw later();
    };
    await commit("shop", "one");
    const waits: (number | null)[] = [];
    for (let round = 0; round < 11; round++) {
      await settled();
      waits.push(clock.next);
      await clock.passFor(clock.next ?? 0);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1000));
    expect(slack.tries).toBe(12);
  });

  test("hold up what follows in their lane, and no other lane", async () => {
    const { outbox, put, commit, clock } = await createScene();
    const [slack, ops] = [new Receiver(), new Receiver()];
    let away = true;
    slack.answer = () => {
      if (away) throw later();
    };
    await put("shop", "slack", "ops");
    await put("cart", "slack");
    outbox({ slack, ops });
    await commit("shop", "one", "two");
    await settled();
    expect(ops.got).toEqual(["one", "two"]);
    expect(slack.got).toEqual([]);
    away = false;
    await commit("cart", "cart");
    await settled();
    expect(slack.got).toEqual(["cart"]);
    await clock.passFor(1000);
    expect(slack.got).toEqual(["cart", "one", "two"]);
  });

  test("wait as long as the receiver asks for", async () => {
    const { slack, commit, clock } = await shop();
    slack.answer = () => {
      if (slack.tries === 1) throw later(45_000);
    };
    await commit("shop", "one");
    await clock.passFor(44_999);
    expect(slack.tries).toBe(1);
    await clock.passFor(1);
    expect(slack.got).toEqual(["one"]);
  });

  test("are not tried sooner for news, but at once when somebody wakes it", async () => {
    const { slack, commit, clock, outboxOfShop } = await shop();
    slack.answer = () => {
      if (slack.tries <= 4) throw later();
    };
    await commit("shop", "one");
    await clock.passFor(7000);
    expect(slack.tries).toBe(4);
    await commit("shop", "two");
    await settled();
    expect(slack.tries).toBe(4);
    outboxOfShop.wake("shop");
    await settled();
    expect(slack.got).toEqual(["one", "two"]);
    expect(clock.next).toBeNull();
  });

  test("a repaired document takes effect at the next attempt", async () => {
    const scene = await createScene();
    const [wrong, right] = [new Receiver(), new Receiver()];
    wrong.answer = () => {
      throw later();
    };
    let present = wrong;
    await scene.put("shop", "slack");
    const outbox = scene.outbox({}, { notifiersOf: async () => [{ name: "slack", notifier: present }] });
    await scene.commit("shop", "one");
    await settled();
    present = right;
    outbox.wake("shop");
    await settled();
    await scene.clock.passFor(2000);
    expect(right.got).toEqual(["one"]);
  });

  test("for ever are said once and passed over", async () => {
    const { commit, log, clock, put, outbox } = await createScene();
    const slack = new Receiver();
    const fates: string[] = [];
    await put("shop", "slack");
    outbox({ slack }, { counted: (...counted) => void fates.push(counted.join(" ")) });
    slack.answer = (entry) => {
      if (reasonOf(entry) === "bad") throw never();
    };
    await commit("shop", "one", "bad", "three");
    await settled();
    expect(slack.got).toEqual(["one", "three"]);
    expect(fates).toEqual(["shop slack sent", "shop slack givenUp", "shop slack sent"]);
    expect(clock.next).toBeNull();
    expect(log).toEqual([
      `error a message was given up: it is gone {"rollout":"shop","notifier":"slack","seq":2,"code":"NOTIFIER_FAILED"}`,
    ]);
  });

  test("that pass are said at the beginning and at the end, not in between", async () => {
    const { slack, commit, log, clock } = await shop();
    slack.answer = () => {
      if (slack.tries <= 5) throw later();
    };
    await commit("shop", "one");
    await clock.passFor(60_000);
    expect(log).toEqual([
      `warn a message is delayed: it is away {"rollout":"shop","notifier":"slack","code":"NOTIFIER_FAILED"}`,
      `info a message went through after 5 failed attempts {"rollout":"shop","notifier":"slack"}`,
    ]);
  });

  test("end with the notification that meets them", async () => {
    const { slack, put, commit, clock } = await shop();
    slack.answer = () => {
      throw later();
    };
    await commit("shop", "one");
    await settled();
    expect(clock.next).not.toBeNull();
    await clock.passFor(1);
    await put("shop");
    await settled();
    expect(clock.next).toBeNull();
    expect(slack.tries).toBe(1);
  });

  test("of the store or of whoever knows the notifiers are tried again too, and nothing is sent twice for them", async () => {
    const scene = await createScene();
    const slack = new Receiver();
    const failures = { names: 2, journal: 2, cursor: 2, advance: 2, told: 2 };
    const failing = <T>(what: keyof typeof failures, act: () => Promise<T>): Promise<T> => {
      if (failures[what]-- > 0) return Promise.reject(new SerinError("DATABASE_UNWRITABLE", `${what} fails`));
      return act();
    };
    const { store } = scene;
    scene.outbox(
      {},
      {
        notifiersOf: (rollout) =>
          failing("told", async () => (rollout === "shop" ? [{ name: "slack", notifier: slack }] : [])),
        records: {
          names: () => failing("names", () => store.names()),
          onChange: (callback) => store.onChange(callback),
          journal: (...asked) => failing("journal", () => store.journal(...asked)),
          cursor: (...asked) => failing("cursor", () => store.cursor(...asked)),
          advance: (...asked) => failing("advance", () => store.advance(...asked)),
        },
      },
    );
    await scene.put("shop", "slack");
    await scene.commit("shop", "one", "two");
    await scene.clock.passFor(60_000);
    expect(slack.got).toEqual(["one", "two"]);
    expect(await store.cursor("shop", "slack")).toBe(2);
    expect(scene.log.filter((line) => line.startsWith("error"))).toHaveLength(2);
  });
});

test("at most 16 messages are under way at a time", async () => {
  const { outbox, put, commit } = await createScene();
  const slack = new Receiver();
  let [under, most] = [0, 0];
  const open: (() => void)[] = [];
  slack.answer = async () => {
    most = Math.max(most, ++under);
    await new Promise<void>((resolve) => open.push(resolve));
    under -= 1;
  };
  outbox({ slack });
  for (let i = 0; i < 40; i++) {
    await put(`r${i}`, "slack");
    await commit(`r${i}`, `m${i}`);
  }
  for (let round = 0; round < 40; round++) {
    await settled();
    open.shift()?.();
  }
  await settled();
  expect(most).toBe(16);
  expect(slack.got.toSorted()).toEqual(Array.from({ length: 40 }, (_none, i) => `m${i}`).toSorted());
});

describe("closing", () => {
  test("sends what is there first", async () => {
    const { slack, commit, outboxOfShop, clock } = await shop();
    await commit("shop", "one", "two");
    await outboxOfShop.close();
    expect(slack.got).toEqual(["one", "two"]);
    expect(clock.next).toBeNull();
  });

  test("tries once more what waits, and leaves the rest to the next start", async () => {
    const { slack, commit, outboxOfShop, outbox, clock } = await shop();
    slack.answer = () => {
      throw later();
    };
    await commit("shop", "one", "two");
    await clock.passFor(100);
    await outboxOfShop.close();
    expect(slack.tries).toBe(2);
    expect(clock.next).toBeNull();
    slack.answer = () => {};
    outbox({ slack });
    await settled();
    expect(slack.got).toEqual(["one", "two"]);
  });

  test("waits for the message under way, five seconds long, then stops it", async () => {
    const { slack, commit, outboxOfShop, clock } = await shop();
    let stopped = false;
    slack.answer = (_entry, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          stopped = true;
          reject(later());
        });
      });
    await commit("shop", "one");
    await settled();
    let closed = false;
    const closing = outboxOfShop.close().then(() => (closed = true));
    await clock.passFor(4999);
    expect({ stopped, closed }).toEqual({ stopped: false, closed: false });
    await clock.passFor(1);
    await closing;
    expect(stopped).toBe(true);
    expect(clock.next).toBeNull();
  });

  test("is for good: nothing is told afterwards", async () => {
    const { slack, commit, outboxOfShop, clock } = await shop();
    await outboxOfShop.close();
    await commit("shop", "late");
    outboxOfShop.wake("shop");
    await clock.passFor(60_000);
    expect(slack.tries).toBe(0);
    await outboxOfShop.close();
  });
});

describe("at least once", () => {
  test("killed between sending and remembering: sent twice, never lost, on the real file", async () => {
    const dir = mkdtempSync(join(tmpdir(), "serin-outbox-"));
    ends.push(async () => rmSync(dir, { recursive: true, force: true }));
    const open = () => openStore({ parse, notified, sqlite: { dir } });
    const first = await createScene(await open());
    const slack = new Receiver();
    await first.put("shop", "slack");
    await first.commit("shop", "one", "two", "three");
    const { store } = first;
    let dead = false;
    const advance = async (rollout: string, notifier: string, seq: number) => {
      // Killed after the second message went out: this promise never settles, as in a dead process.
      if (seq === 2) dead = true;
      if (dead) return new Promise<never>(() => {});
      return store.advance(rollout, notifier, seq);
    };
    first.outbox({ slack }, { records: bound(store, { advance }) });
    await settled();
    expect(slack.got).toEqual(["one", "two"]);
    await store.close();
    const second = await createScene(await open());
    ends.unshift(() => second.store.close());
    second.outbox({ slack });
    await settled();
    expect(slack.got).toEqual(["one", "two", "two", "three"]);
  });

  const fates = fc.constantFrom("ok", "ok", "ok", "later", "never", "killed before", "killed after" as const);

  test("whatever fails and whenever it is killed, in order and never lost", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fates, { maxLength: 40 }),
        fc.array(fc.nat(3), { maxLength: 12 }),
        async (fate, lots) => {
          const scene = await createScene();
          await scene.put("shop", "slack");
          const arrived: number[] = [];
          const givenUp: number[] = [];
          let alive = { dead: false };
          const notifier: Notifier = {
            async send({ seq }) {
              const end = fate.shift() ?? "ok";
              if (end === "later") throw later();
              if (end === "never") {
                givenUp.push(seq);
                throw never();
              }
              if (end !== "killed before") arrived.push(seq);
              if (end.startsWith("killed")) {
                alive.dead = true;
                await new Promise<never>(() => {});
              }
            },
          };
          const live = () => {
            const mine = (alive = { dead: false });
            return scene.outbox(
              { slack: notifier },
              { records: bound(scene.store, { onChange: whileAlive(scene, mine) }) },
            );
          };
          live();
          let count = 0;
          for (const lot of lots) {
            if (lot > 0) await scene.commit("shop", ...Array.from({ length: lot }, () => `m${++count}`));
            await scene.clock.passFor(lot * 1000);
            if (alive.dead) live();
          }
          for (let rounds = 0; rounds < 50; rounds++) {
            await scene.clock.passFor(600_000);
            if (!alive.dead) break;
            live();
          }
          const all = Array.from({ length: count }, (_none, i) => i + 1);
          expect([...new Set([...arrived, ...givenUp])].toSorted((a, b) => a - b)).toEqual(all);
          expect(arrived).toEqual(arrived.toSorted((a, b) => a - b));
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** The store as the outbox sees it, with parts replaced. */
function bound(store: OpenStore, parts: Partial<OutboxParts["records"]>): OutboxParts["records"] {
  return {
    names: () => store.names(),
    onChange: (callback) => store.onChange(callback),
    journal: (...asked) => store.journal(...asked),
    cursor: (...asked) => store.cursor(...asked),
    advance: (...asked) => store.advance(...asked),
    ...parts,
  };
}

/** A dead process hears nothing. */
const whileAlive =
  ({ store }: Scene, process: { readonly dead: boolean }): OpenStore["onChange"] =>
  (callback) =>
    store.onChange((name) => {
      if (!process.dead) callback(name);
    });
