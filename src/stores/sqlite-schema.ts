/**
 * The tables of the SQLite store and the migrations that lead to them. A migration, once released, never changes:
 * new needs are a new entry at the end of the list.
 */
import type Database from "better-sqlite3";
import { sql, type Generated, type Kysely } from "kysely";
import { Migrator, type Migration } from "kysely/migration";

export interface Tables {
  readonly rollouts: {
    readonly name: string;
    readonly document: string;
    readonly version: number;
    readonly status: string;
    readonly release: number;
  };
  /** Last version of removed rollouts: a commit meant for the old one must not hit its successor. */
  readonly retired: { readonly name: string; readonly version: number };
  readonly signals: {
    readonly id: Generated<number>;
    readonly rollout: string;
    readonly at: number;
    readonly signal: string;
    /** The version whose commit took it; null while none has. */
    readonly taken: number | null;
  };
  readonly journal: {
    readonly seq: Generated<number>;
    readonly rollout: string;
    readonly version: number;
    readonly event: string;
  };
  readonly measurements: {
    readonly rollout: string;
    readonly version: number;
    readonly release: number;
    readonly gate: string;
    /** End of the window, epoch milliseconds. */
    readonly until: number;
    readonly measurement: string;
  };
  /** What each commit was decided on. */
  readonly commits: {
    readonly rollout: string;
    readonly version: number;
    readonly release: number;
    /** Of the decision, epoch milliseconds. */
    readonly at: number;
    readonly inputs: string;
  };
  /** Each document from the version on at which it came into force. */
  readonly documents: { readonly rollout: string; readonly version: number; readonly document: string };
  /** The status (and its version) that a release's first commit was decided from. */
  readonly beginnings: {
    readonly rollout: string;
    readonly release: number;
    readonly version: number;
    readonly status: string;
  };
  readonly cursors: { readonly rollout: string; readonly notifier: string; readonly seq: number };
  readonly notes: { readonly key: string; readonly value: string };
}

/** "SRIN": says in the file's header whose database it is (SQLite file format, offset 68). */
export const APPLICATION_ID = 0x5352_494e;

const first = [
  `create table rollouts (
     name text primary key, document text not null, version integer not null, status text not null,
     release integer not null) strict`,
  `create table retired (name text primary key, version integer not null) strict`,
  `create table signals (
     id integer primary key autoincrement, rollout text not null references rollouts (name) on delete cascade,
     at real not null, signal text not null, taken integer) strict`,
  `create index signals_waiting on signals (rollout, id) where taken is null`,
  `create index signals_rollout on signals (rollout)`,
  `create table journal (
     seq integer primary key autoincrement, rollout text not null references rollouts (name) on delete cascade,
     version integer not null, event text not null) strict`,
  `create index journal_rollout on journal (rollout, seq)`,
  `create table measurements (
     rollout text not null references rollouts (name) on delete cascade, version integer not null,
     release integer not null, gate text not null, until real not null, measurement text not null,
     primary key (rollout, version, gate)) strict`,
  `create index measurements_release on measurements (rollout, release, version, gate)`,
  `create table cursors (
     rollout text not null references rollouts (name) on delete cascade, notifier text not null,
     seq integer not null, primary key (rollout, notifier)) strict`,
  `create table notes (key text primary key, value text not null) strict`,
];

/** Decisions can be made again. What was decided before this has no record, and none is invented. */
const replay = [
  `create table commits (
     rollout text not null references rollouts (name) on delete cascade, version integer not null,
     release integer not null, at real not null, inputs text not null, primary key (rollout, version)) strict`,
  `create index commits_release on commits (rollout, release, version)`,
  `create table documents (
     rollout text not null references rollouts (name) on delete cascade, version integer not null,
     document text not null, primary key (rollout, version)) strict`,
  `insert into documents (rollout, version, document) select name, version, document from rollouts`,
  `create table beginnings (
     rollout text not null references rollouts (name) on delete cascade, release integer not null,
     version integer not null, status text not null, primary key (rollout, release)) strict`,
  `create index journal_version on journal (rollout, version)`,
];

const statements =
  (texts: readonly string[]): Migration["up"] =>
  async (db) => {
    for (const text of texts) await sql.raw(text).execute(db);
  };

const migrations: Readonly<Record<string, Migration>> = {
  "001-first": { up: statements(first) },
  "002-replay": { up: statements(replay) },
};

/** What this Serin writes into user_version; a file with a higher one is from a newer Serin. */
export const SCHEMA_VERSION = Object.keys(migrations).length;

/**
 * Brings the tables up to date, all of it or nothing: Kysely does not wrap SQLite's migrations in a transaction, so
 * it is done here, on the same connection.
 */
export async function migrate(handle: Database.Database, db: Kysely<Tables>): Promise<void> {
  handle.exec("begin immediate");
  try {
    const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
    handle.pragma(`application_id = ${APPLICATION_ID}`);
    handle.pragma(`user_version = ${SCHEMA_VERSION}`);
    handle.exec("commit");
  } catch (error) {
    if (handle.inTransaction) handle.exec("rollback");
    throw error;
  }
}
