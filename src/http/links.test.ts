import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createWorld, NOW, openMemory, paused, type World } from "../../test/http/world.ts";
import type { RolloutEvent } from "../rollout/events.ts";
import { LINK_MS, Links, linkVerbs, type Deed } from "./links.ts";
import { measured } from "./live.ts";
import { actsFor, publicBase, readOn } from "./offers.ts";

const deed: Deed = { rollout: "shop", release: 1, step: 0, verb: "abort", seq: 5, until: NOW + LINK_MS, by: "slack" };

const anyDeed = fc.record({
  rollout: fc.stringMatching(/^[a-z0-9-]{1,63}$/),
  release: fc.nat(),
  step: fc.nat(100),
  verb: fc.constantFrom(...linkVerbs),
  seq: fc.nat(),
  until: fc.integer({ min: 0, max: 4e12 }),
  by: fc.stringMatching(/^[a-z0-9-]{1,63}$/),
});

describe("a code", () => {
  test("says what was sealed, and nothing when a character of it was changed", async () => {
    await using world = await createWorld();
    const { links } = world.api;
    await fc.assert(
      fc.asyncProperty(
        anyDeed,
        fc.nat(),
        fc.constantFrom("A", "x", "0", "9", "-", "_", "."),
        async (given, at, character) => {
          const code = await links.seal(given);
          expect(code.length).toBeLessThan(500);
          expect(encodeURIComponent(code)).toBe(code);
          expect(await links.open(code)).toEqual(given);
          const place = at % code.length;
          const changed = code.slice(0, place) + character + code.slice(place + 1);
          const opened = await links.open(changed);
          // The last character of base64 has bits that say nothing.
          if (changed !== code && place < code.length - 1) expect(opened).toBeNull();
        },
      ),
      { numRuns: 200 },
    );
  });

  test.each(["", ".", "a.b", "e30.e30", "x".repeat(400)])("%j is none", async (code) => {
    await using world = await createWorld();
    expect(await world.api.links.open(code)).toBeNull();
  });

  test("of another server is none, one of the same store is good after a restart", async () => {
    const store = await openMemory();
    const code = await new Links({ records: store, now: () => NOW }).seal(deed);
    expect(await new Links({ records: store, now: () => NOW }).open(code)).toEqual(deed);
    const elsewhere = await openMemory();
    expect(await new Links({ records: elsewhere, now: () => NOW }).open(code)).toBeNull();
    await Promise.all([store.close(), elsewhere.close()]);
  });

  test("is made with one key, however many are asked for at first, and with no key that failed to be kept", async () => {
    const notes = new Map<string, string>();
    let full = true;
    const records = {
      journal: async () => [],
      note: async (key: string) => notes.get(key) ?? null,
      writeNote: async (key: string, value: string) => {
        if (full) throw new Error("the disk is full");
        expect(notes.has(key)).toBe(false);
        notes.set(key, value);
      },
    };
    const links = new Links({ records, now: () => NOW });
    await expect(links.seal(deed)).rejects.toThrow("the disk is full");
    full = false;
    const codes = await Promise.all(Array.from({ length: 10 }, () => links.seal(deed)));
    expect(new Set(codes).size).toBe(1);
    expect(await new Links({ records, now: () => NOW }).open(codes[0])).toEqual(deed);
  });
});

describe("a link is open", () => {
  const opens = async (after: readonly RolloutEvent[], until = NOW + 60_000) => {
    await using world = await createWorld();
    await world.tell("shop", paused("look at it"));
    const seq = await world.store.lastSeq();
    await world.tell("quiet", paused("another rollout's pause"));
    if (after.length > 0) await world.tell("shop", ...after);
    return world.api.links.isOpen({ rollout: "shop", seq, until });
  };
  const head = { at: NOW, release: 1 };
  const refused = { ...head, type: "signalRefused", verb: "undo", by: "ben", reason: "no" } as const;

  test("until its time is over", async () => {
    expect(await opens([])).toBe(true);
    expect(await opens([], NOW - 1)).toBe(false);
  });

  test("until it is answered, by whomever", async () => {
    expect(await opens([refused])).toBe(true);
    expect(await opens(Array.from({ length: 600 }, () => refused))).toBe(true);
    expect(await opens([...Array.from({ length: 600 }, () => refused), { ...head, type: "resumed", by: "anna" }])).toBe(
      false,
    );
    expect(await opens([{ ...head, type: "approved", by: "anna" }])).toBe(false);
    expect(await opens([paused("another question")])).toBe(false);
  });
});

describe("a message offers", () => {
  const BASE = "https://serin.example";
  const offeringOf = ({ api, store }: World, base: string | null = BASE) =>
    actsFor({
      links: api.links,
      base: () => base,
      load: (name) => store.load(name),
      live: (name) => measured({ live: () => null, log: () => {} }, name),
      now: () => NOW + 2000,
    })("slack");

  /** Paused by a person, and the entry that says so. */
  const pausedWorld = async () => {
    const world = await createWorld();
    await world.store.signal("shop", NOW, { verb: "pause", by: "anna" });
    await world.take("shop");
    const entries = await world.store.journal(0, { rollout: "shop", limit: 1000 });
    return { world, entries, entry: entries.at(-1) ?? entries[0] };
  };

  test("what can be done, each under its own seal, good for a day", async () => {
    const { world, entry } = await pausedWorld();
    await using _ = world;
    const found = await offeringOf(world)(entry);
    expect(found.map(({ verb, label }) => `${verb}: ${label}`)).toEqual([
      "resume: Resume",
      "promote: Go on to 25 %",
      "abort: Take v2 back",
    ]);
    for (const { verb, url } of found) {
      const [, code] = url.split(`${BASE}/act/`);
      expect(await world.api.links.open(code)).toEqual({
        rollout: "shop",
        release: 1,
        step: 1,
        verb,
        seq: entry.seq,
        until: entry.event.at + LINK_MS,
        by: "slack",
      });
    }
    expect(await offeringOf(world)(entry)).toEqual(found);
  });

  test("nothing where nobody knows its address, nothing was asked, or it was answered", async () => {
    const { world, entry, entries } = await pausedWorld();
    await using _ = world;
    expect(await offeringOf(world, null)(entry)).toEqual([]);
    for (const other of entries.slice(0, -1)) expect(await offeringOf(world)(other)).toEqual([]);
    await world.store.signal("shop", NOW, { verb: "resume", by: "anna" });
    await world.take("shop");
    expect(await offeringOf(world)(entry)).toEqual([]);
  });

  test("a page to read on", async () => {
    const { world, entry } = await pausedWorld();
    await using _ = world;
    const why = `https://serin.example/rollouts/shop/why/${entry.seq}`;
    expect([readOn(BASE, entry), readOn(null, entry)]).toEqual([why, undefined]);
    expect(readOn(BASE, { ...entry, seq: 0 })).toBe("https://serin.example/rollouts/shop");
  });
});

describe("a public address", () => {
  test.each([
    ["https://serin.example", "https://serin.example"],
    ["https://serin.example/", "https://serin.example"],
    ["http://10.0.0.7:7077/serin/", "http://10.0.0.7:7077/serin"],
  ])("%s", (written, base) => {
    expect(publicBase(written, "--public-url", "USAGE")).toBe(base);
  });

  test.each([
    "serin.example",
    "ftp://serin.example",
    "https://me:pw@serin.example",
    "https://serin.example/?a",
    "https://x/#a",
  ])("%s is none", (written) => {
    expect(() => publicBase(written, "--public-url", "USAGE")).toThrow("--public-url");
  });
});
