/** Files that are not as they should be: refused in words that say what to do, and left byte for byte as they were. */
import { createHash } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  changeOf,
  countsOf,
  documentOf,
  eventOf,
  notified,
  parse,
  statusOf,
} from "../../test/contract/store-fixtures.ts";
import { asSerinError, type SerinError } from "../errors.ts";
import { openStore } from "./index.ts";
import { openHandle } from "./sqlite-file.ts";
import { SCHEMA_VERSION } from "./sqlite-schema.ts";

const base = mkdtempSync(join(tmpdir(), "serin-file-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
let dirs = 0;
const freshDir = () => {
  const dir = join(base, String(++dirs));
  mkdirSync(dir);
  return dir;
};
const open = (dir: string) => openStore({ parse, notified, sqlite: { dir } });

/** A database with a rollout, thirty commits and a few pages of everything. */
let sample: Buffer;
beforeAll(async () => {
  const dir = freshDir();
  const store = await open(dir);
  await store.put("shop", documentOf("first"), () => statusOf("shop"));
  for (let from = 1; from <= 30; from++) {
    const events = [eventOf(`${from} ${"y".repeat(500)}`)];
    await store.commit(changeOf("shop", from, { events, measurements: { failures: countsOf(from) } }));
  }
  await store.close();
  sample = readFileSync(join(dir, "serin.db"));
});

/** A directory with this file in it. */
function dirWith(bytes: Uint8Array | string): string {
  const dir = freshDir();
  writeFileSync(join(dir, "serin.db"), bytes);
  return dir;
}

/** All files but the ones that say who is using the directory. */
const contents = (dir: string) =>
  readdirSync(dir)
    .filter((name) => name !== "serin.lock" && name !== "serin.pid")
    .toSorted()
    .map(
      (name) =>
        `${name} ${createHash("sha256")
          .update(readFileSync(join(dir, name)))
          .digest("hex")}`,
    );

/** Opening fails with this error and changes no byte. */
async function refusal(dir: string): Promise<SerinError> {
  const before = contents(dir);
  const thrown: unknown = await open(dir).then(() => "it opened", asSerinError);
  expect(thrown).toBeInstanceOf(Error);
  expect(contents(dir)).toEqual(before);
  return thrown as SerinError;
}

describe("a damaged file", () => {
  test.each<[string, () => Uint8Array | string, string]>([
    ["empty", () => "", "the file is empty"],
    ["cut off in its header", () => sample.subarray(0, 60), "the file is cut off"],
    ["a text", () => "these are not the bytes you are looking for\n".repeat(20), "it is not an SQLite database"],
    ["all zeros", () => Buffer.alloc(8192), "it is not an SQLite database"],
    ["cut off in its pages", () => sample.subarray(0, sample.length - 4096), "is damaged"],
    ["cut in half", () => sample.subarray(0, sample.length / 2), "is damaged"],
    ["with an odd end", () => sample.subarray(0, 5000), "is damaged"],
    [
      "with pages of zeros",
      () => Buffer.concat([sample.subarray(0, 4096), Buffer.alloc(sample.length - 4096)]),
      "is damaged",
    ],
  ])("%s is refused, with what to do, and left as it is", async (_what, bytes, words) => {
    const error = await refusal(dirWith(bytes()));
    expect(error.code).toBe("DATABASE_CORRUPT");
    expect(error.message).toContain(words);
    expect(error.message).toContain("Serin has not changed it.");
    expect(error.message).toContain("restore a backup");
  });

  test("whose log is there while it is gone itself is not made anew over the log", async () => {
    const dir = freshDir();
    writeFileSync(join(dir, "serin.db-wal"), Buffer.alloc(8192, 7));
    const error = await refusal(dir);
    expect(error.message).toContain("the file is gone but its log serin.db-wal is there");
    expect(readdirSync(dir)).toContain("serin.db-wal");
    expect(readdirSync(dir)).not.toContain("serin.db");
  });

  test("of another program is called that", async () => {
    const dir = freshDir();
    const other = new Database(join(dir, "serin.db"));
    other.exec("create table recipes (name text)");
    other.close();
    const error = await refusal(dir);
    expect([error.code, error.message]).toEqual([
      "DATABASE_CORRUPT",
      `${join(dir, "serin.db")} is the database of another program. Serin has not changed it. Name another data directory.`,
    ]);
  });

  test("with any bytes flipped is refused or read, never met with a defect, and never written to while it is looked at", async () => {
    const flips = fc.array(fc.tuple(fc.nat(sample.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 8,
    });
    const fates = { refused: 0, opened: 0 };
    await fc.assert(
      fc.asyncProperty(flips, async (places) => {
        const bytes = Buffer.from(sample);
        for (const [at, by] of places) bytes[at] ^= by;
        const dir = dirWith(bytes);
        const before = contents(dir);
        const opened = await open(dir).catch(asSerinError);
        if ("code" in opened) {
          fates.refused += 1;
          expect(["DATABASE_CORRUPT", "DATABASE_NEWER"]).toContain(opened.code);
          expect(contents(dir)).toEqual(before);
        } else {
          fates.opened += 1;
          await expectReadableOrCorrupt(opened);
        }
        rmSync(dir, { recursive: true, force: true });
      }),
      { numRuns: 150 },
    );
    expect(Math.min(fates.refused, fates.opened)).toBeGreaterThan(0);
  }, 60_000);
});

/** Whatever is asked of it: an answer, or that the database is damaged. */
async function expectReadableOrCorrupt(store: Awaited<ReturnType<typeof open>>): Promise<void> {
  const asked = [
    () => store.names(),
    () => store.load("shop"),
    () => store.journal(0, { limit: 100 }),
    () => store.measurements("shop", { limit: 100 }),
    () => store.commits("shop", { limit: 100 }),
    () => store.document("shop"),
  ];
  for (const ask of asked) {
    const answer: unknown = await ask().catch(asSerinError);
    // A document whose text was changed may no longer parse: that is said too.
    if (answer instanceof Error)
      expect(["DATABASE_CORRUPT", "DOCUMENT_INVALID"]).toContain((answer as SerinError).code);
  }
  await store.close().catch(() => {});
}

describe("a newer file", () => {
  test("is refused with both versions and what to do", async () => {
    const dir = dirWith(sample);
    const handle = new Database(join(dir, "serin.db"));
    handle.pragma(`user_version = ${SCHEMA_VERSION + 7}`);
    handle.close();
    const error = await refusal(dir);
    expect([error.code, error.details]).toEqual([
      "DATABASE_NEWER",
      { schema: SCHEMA_VERSION + 7, known: SCHEMA_VERSION },
    ]);
    expect(error.message).toContain(
      `was written by a newer Serin (schema ${SCHEMA_VERSION + 7}, this one knows ${SCHEMA_VERSION})`,
    );
    expect(error.message).toContain("Use that version, or name another data directory.");
  });
});

describe("a good file", () => {
  test("is private, and so is its directory", async () => {
    const dir = join(base, "private", "deep");
    const store = await open(dir);
    await store.put("shop", documentOf("first"), () => statusOf("shop"));
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
    expect(mode(dir)).toBe("700");
    for (const name of readdirSync(dir)) expect(`${name} ${mode(join(dir, name))}`).toBe(`${name} 600`);
    await store.close();
    expect(readdirSync(dir).toSorted()).toEqual(["serin.db", "serin.lock"]);
  });

  test("is written with a log that is on the disk before anything is acknowledged", () => {
    const dir = dirWith(sample);
    const handle = openHandle(join(dir, "serin.db"));
    expect(handle.pragma("journal_mode", { simple: true })).toBe("wal");
    expect(handle.pragma("synchronous", { simple: true })).toBe(2);
    expect(handle.pragma("foreign_keys", { simple: true })).toBe(1);
    handle.close();
  });

  test("can be copied while it is used, with the tools that people have", async () => {
    const dir = dirWith(sample);
    const store = await open(dir);
    await store.commit(changeOf("shop", 31, { events: [eventOf("in the log")] }));
    const copy = freshDir();
    const tool = new Database(join(dir, "serin.db"), { readonly: true });
    await tool.backup(join(copy, "serin.db"));
    tool.close();
    await store.commit(changeOf("shop", 32));
    await store.close();
    const second = await open(copy);
    expect((await second.load("shop"))?.version).toBe(32);
    expect((await second.journal(0, { limit: 100 })).at(-1)?.event).toEqual(eventOf("in the log"));
    await second.close();
  });

  test("moved with its log while nobody uses it is the same store elsewhere", async () => {
    const dir = dirWith(sample);
    const moved = freshDir();
    copyFileSync(join(dir, "serin.db"), join(moved, "serin.db"));
    const store = await open(moved);
    expect((await store.load("shop"))?.version).toBe(31);
    await store.close();
  });

  test("a draft left behind by a start that was cut short is thrown away", async () => {
    const dir = freshDir();
    writeFileSync(join(dir, "serin.db.new"), "half a database");
    const store = await open(dir);
    expect(await store.names()).toEqual([]);
    await store.close();
    expect(readdirSync(dir)).not.toContain("serin.db.new");
  });
});

test("what is asked of openStore is checked before anything is made", async () => {
  const dir = join(base, "never");
  for (const wrong of [
    { parse },
    { parse, sqlite: { dir: "" } },
    { parse, sqlite: { dir }, memory: {} },
    { parse, disk: {} },
  ])
    await expect(openStore(wrong as never)).rejects.toMatchObject({ code: "USAGE" });
  expect(readdirSync(base)).not.toContain("never");
});
