/**
 * The store that remembers: one SQLite file in a directory of its own. A commit is one transaction; what it
 * acknowledged survives SIGKILL and a power cut (write-ahead log, synchronous=FULL).
 */
import type Database from "better-sqlite3";
import { sql, type Kysely, type Transaction } from "kysely";
import { z } from "zod";
import type { Measurement } from "../analysis/measurement.ts";
import type {
  Beginning,
  Change,
  CommitRecord,
  DocumentRecord,
  JournalEntry,
  Loaded,
  MeasurementRecord,
} from "../engine/ports.ts";
import { SerinError } from "../errors.ts";
import type { RolloutEvent } from "../rollout/events.ts";
import type { Signal } from "../rollout/signals.ts";
import type { Spec } from "../rollout/spec.ts";
import type { Status } from "../rollout/status.ts";
import { decode, encode, sameJson } from "./json.ts";
import { firstPosition, journalEnd, moveOn, place, positionOf } from "./sqlite-cursors.ts";
import { claim, ensureDirectory, explained, openDatabase, queries } from "./sqlite-file.ts";
import {
  beginningOf,
  commitRow,
  commitsOf,
  documentsOf,
  forgetPast,
  keepBeginning,
  keepDocument,
} from "./sqlite-past.ts";
import type { Tables } from "./sqlite-schema.ts";
import { bounded, Listeners, noSuchRollout, PRUNE_GRACE_MS, Specs, type OpenStore, type StoreDeps } from "./store.ts";

/** SQLite takes 32,766 parameters a statement; rows are inserted in lots well below that. */
const LOT = 1000;

export class SqliteStore implements OpenStore {
  readonly #handle: Database.Database;
  readonly #db: Kysely<Tables>;
  readonly #specs: Specs;
  readonly #notified: StoreDeps["notified"];
  readonly #listeners = new Listeners();
  readonly #closed: () => void;
  #closing = false;

  /** `handle` from sqlite-file.ts; `closed` is called once, after the file is closed. */
  constructor(handle: Database.Database, deps: StoreDeps, closed: () => void = () => {}) {
    this.#handle = handle;
    this.#db = queries(handle);
    this.#specs = new Specs(deps.parse);
    this.#notified = deps.notified;
    this.#closed = closed;
  }

  async load(name: string): Promise<Loaded | null> {
    // One statement, hence one snapshot: status and waiting signals belong together.
    const rows = await this.#ask((db) =>
      db
        .selectFrom("rollouts as r")
        .leftJoin("signals as s", (join) => join.onRef("s.rollout", "=", "r.name").on("s.taken", "is", null))
        .select(["r.document", "r.version", "r.status", "s.id", "s.at", "s.signal"])
        .where("r.name", "=", name)
        .orderBy("s.id")
        .execute(),
    );
    if (rows.length === 0) return null;
    const { document, version, status } = rows[0];
    return {
      spec: this.#specs.of(name, document),
      status: decode(status, `the status of ${name}`) as Status,
      version,
      signals: rows.flatMap(({ id, at, signal }) =>
        id === null || at === null || signal === null
          ? []
          : [{ id, at, signal: decode(signal, `signal ${id}`) as Signal }],
      ),
    };
  }

  async commit(change: Change): Promise<boolean> {
    const rows = rowsOf(change);
    const committed = await this.#write(async (db) => {
      await keepBeginning(db, change);
      const { numUpdatedRows } = await db
        .updateTable("rollouts")
        .set({ version: rows.version, status: rows.status, release: change.status.release })
        .where("name", "=", change.name)
        .where("version", "=", change.from)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return false;
      await db
        .updateTable("signals")
        .set({ taken: rows.version })
        .where("rollout", "=", change.name)
        .where("taken", "is", null)
        .where("id", "<=", change.signalsTaken)
        .execute();
      for (const lot of lots(rows.events)) await db.insertInto("journal").values(lot).execute();
      for (const lot of lots(rows.measurements)) await db.insertInto("measurements").values(lot).execute();
      await db.insertInto("commits").values(rows.commit).execute();
      return true;
    });
    if (committed) this.#listeners.tell(change.name);
    return committed;
  }

  async names(): Promise<readonly string[]> {
    const rows = await this.#ask((db) => db.selectFrom("rollouts").select("name").orderBy("name").execute());
    return rows.map(({ name }) => name);
  }

  async put(name: string, document: unknown, initial: (spec: Spec) => Status) {
    const text = encode(document, `the document of ${name}`);
    const done = await this.#write(async (db) => {
      const before = await db.selectFrom("rollouts").select("document").where("name", "=", name).executeTakeFirst();
      if (before !== undefined && sameJson(before.document, text)) return "unchanged";
      const spec = this.#specs.of(name, text);
      const notified = this.#notified?.(name, document);
      if (before === undefined) await create(db, name, text, initial(spec));
      else await replace(db, name, text);
      await keepDocument(db, name, before === undefined);
      if (notified !== undefined) await place(db, name, notified);
      return before === undefined ? "created" : "replaced";
    });
    if (done !== "unchanged") this.#listeners.tell(name);
    return done;
  }

  async document(name: string): Promise<unknown> {
    const row = await this.#ask((db) =>
      db.selectFrom("rollouts").select("document").where("name", "=", name).executeTakeFirst(),
    );
    return row === undefined ? null : decode(row.document, `the document of ${name}`);
  }

  async remove(name: string): Promise<boolean> {
    const removed = await this.#write(async (db) => {
      const row = await db.deleteFrom("rollouts").where("name", "=", name).returning("version").executeTakeFirst();
      if (row === undefined) return false;
      await db
        .insertInto("retired")
        .values({ name, version: row.version })
        .onConflict((conflict) => conflict.column("name").doUpdateSet({ version: row.version }))
        .execute();
      return true;
    });
    this.#specs.forget(name);
    if (removed) this.#listeners.tell(name);
    return removed;
  }

  async signal(name: string, at: number, signal: Signal): Promise<number> {
    const text = encode(signal, `a signal to ${name}`);
    const row = await this.#ask((db) =>
      db
        .insertInto("signals")
        .columns(["rollout", "at", "signal"])
        .expression((eb) =>
          eb
            .selectFrom("rollouts")
            .select((eb) => ["name", eb.val(at).as("at"), eb.val(text).as("signal")])
            .where("name", "=", name),
        )
        .returning("id")
        .executeTakeFirst(),
    );
    if (row === undefined) throw noSuchRollout(name);
    this.#listeners.tell(name);
    return row.id;
  }

  async journal(
    after: number,
    options: { readonly rollout?: string; readonly limit: number },
  ): Promise<readonly JournalEntry[]> {
    const rows = await this.#ask((db) => {
      const page = db
        .selectFrom("journal")
        .select(["seq", "rollout", "event"])
        .where("seq", ">", after)
        .orderBy("seq")
        .limit(bounded(options.limit));
      return (options.rollout === undefined ? page : page.where("rollout", "=", options.rollout)).execute();
    });
    return rows.map(({ seq, rollout, event }) => ({
      seq,
      rollout,
      event: decode(event, `journal entry ${seq}`) as RolloutEvent,
    }));
  }

  async lastSeq(): Promise<number> {
    return this.#ask(journalEnd);
  }

  onChange(callback: (name: string) => void): () => void {
    return this.#listeners.add(callback);
  }

  async measurements(
    name: string,
    options: { readonly release?: number; readonly gate?: string; readonly after?: number; readonly limit: number },
  ): Promise<readonly MeasurementRecord[]> {
    const limit = bounded(options.limit);
    if (limit === 0) return [];
    const rows = await this.#ask(async (db) => {
      let wanted = db
        .selectFrom("measurements")
        .where("rollout", "=", name)
        .where("version", ">", options.after ?? -1);
      if (options.release !== undefined) wanted = wanted.where("release", "=", options.release);
      if (options.gate !== undefined) wanted = wanted.where("gate", "=", options.gate);
      const last = wanted
        .select("version")
        .orderBy("version")
        .limit(1)
        .offset(limit - 1);
      return wanted
        .select(["version", "release", "gate", "measurement"])
        .where("version", "<=", (eb) => eb.fn.coalesce(last, eb.val(Number.MAX_SAFE_INTEGER)))
        .orderBy("version")
        .orderBy("gate")
        .execute();
    });
    return rows.map((row) => ({
      ...row,
      measurement: decode(row.measurement, `a measurement of ${name}`) as Measurement,
    }));
  }

  commits(
    name: string,
    options: { readonly release?: number; readonly after?: number; readonly limit: number },
  ): Promise<readonly CommitRecord[]> {
    return this.#ask((db) => commitsOf(db, name, options));
  }

  beginning(name: string, release: number): Promise<Beginning | null> {
    return this.#ask((db) => beginningOf(db, name, release));
  }

  documents(name: string): Promise<readonly DocumentRecord[]> {
    return this.#ask((db) => documentsOf(db, name));
  }

  async cursor(rollout: string, notifier: string): Promise<number> {
    const found = await this.#ask((db) => positionOf(db, rollout, notifier));
    return found ?? this.#write((db) => firstPosition(db, rollout, notifier));
  }

  advance(rollout: string, notifier: string, seq: number): Promise<void> {
    return this.#ask((db) => moveOn(db, rollout, notifier, seq));
  }

  async note(key: string): Promise<string | null> {
    const row = await this.#ask((db) =>
      db.selectFrom("notes").select("value").where("key", "=", key).executeTakeFirst(),
    );
    return row?.value ?? null;
  }

  async writeNote(key: string, value: string): Promise<void> {
    await this.#ask((db) =>
      db
        .insertInto("notes")
        .values({ key, value })
        .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
        .execute(),
    );
  }

  async prune(now: number, keepReleases: number): Promise<number> {
    const { numDeletedRows } = await this.#ask((db) =>
      db
        .deleteFrom("measurements")
        .where("until", "<", now - PRUNE_GRACE_MS)
        .where("release", "<=", (eb) =>
          eb
            .selectFrom("rollouts")
            .whereRef("rollouts.name", "=", "measurements.rollout")
            .select(({ eb }) => eb("rollouts.release", "-", keepReleases).as("oldest")),
        )
        .executeTakeFirst(),
    );
    await this.#write((db) => forgetPast(db, now - PRUNE_GRACE_MS, keepReleases));
    if (numDeletedRows > 0n) await this.#ask((db) => sql`pragma incremental_vacuum`.execute(db));
    return Number(numDeletedRows);
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#listeners.clear();
    try {
      // Waits for its turn: what was asked before is answered. Then closes the file, which Kysely does only if it used it.
      await this.#db.connection().execute(async () => {});
      await this.#db.destroy();
    } finally {
      this.#handle.close();
      this.#closed();
    }
  }

  async #ask<T>(act: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    if (this.#closing) throw new SerinError("INTERNAL", "the store is closed");
    try {
      return await act(this.#db);
    } catch (error) {
      throw explained(error, this.#handle.name);
    }
  }

  #write<T>(act: (db: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.#ask((db) => db.transaction().execute(act));
  }
}

/** A change as rows. Made before the transaction, so that what cannot be kept leaves nothing behind. */
function rowsOf(change: Change) {
  const { name: rollout, status } = change;
  const version = change.from + 1;
  return {
    version,
    status: encode(status, `the status of ${rollout}`),
    commit: commitRow(change),
    events: change.events.map((event) => ({ rollout, version, event: encode(event, `an event of ${rollout}`) })),
    measurements: Object.entries(change.measurements).map(([gate, measurement]) => ({
      rollout,
      version,
      release: status.release,
      gate,
      until: measurement.window.to,
      measurement: encode(measurement, `a measurement of ${rollout}`),
    })),
  };
}

async function create(db: Transaction<Tables>, name: string, document: string, initial: Status): Promise<void> {
  const retired = await db.selectFrom("retired").select("version").where("name", "=", name).executeTakeFirst();
  await db
    .insertInto("rollouts")
    .values({
      name,
      document,
      version: (retired?.version ?? 0) + 1,
      status: encode(initial, `the status of ${name}`),
      release: initial.release,
    })
    .execute();
}

async function replace(db: Transaction<Tables>, name: string, document: string): Promise<void> {
  await db
    .updateTable("rollouts")
    .set(({ eb }) => ({ document, version: eb("version", "+", 1) }))
    .where("name", "=", name)
    .execute();
}

function lots<T>(rows: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(rows.length / LOT);
  return Array.from({ length: count }, (_none, i) => rows.slice(i * LOT, (i + 1) * LOT));
}

/**
 * Opens the store in `dir`, which is made when there is none. Throws DATABASE_BUSY when another process uses it,
 * DATABASE_CORRUPT and DATABASE_NEWER for files it leaves as they are, DATABASE_UNWRITABLE.
 */
export async function openSqlite(dir: string, deps: StoreDeps): Promise<OpenStore> {
  try {
    const path = ensureDirectory(dir);
    const held = claim(path);
    try {
      return new SqliteStore(await openDatabase(path), deps, () => held.release());
    } catch (error) {
      held.release();
      throw error;
    }
  } catch (error) {
    throw explained(error, dir);
  }
}

export const sqlite = {
  config: z.strictObject({ dir: z.string().min(1).describe("a directory on a local disk, used by one Serin") }),
  open: ({ dir }: { readonly dir: string }, deps: StoreDeps): Promise<OpenStore> => openSqlite(dir, deps),
};
