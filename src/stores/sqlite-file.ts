/**
 * The directory of an SQLite store and how it is opened without ever harming it: claimed for one process, looked at
 * without writing, created whole or not at all.
 *
 *   DIR/serin.db        everything (and serin.db-wal, serin.db-shm while it is open)
 *   DIR/serin.lock      held by the process that uses the directory
 *   DIR/serin.pid       who that is, for the message to others
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, readSync } from "node:fs";
import { renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import Database from "better-sqlite3";
import { CompiledQuery, Kysely, SqliteDialect, SqliteDriver, type DatabaseConnection, type Driver } from "kysely";
import { asSerinError, SerinError } from "../errors.ts";
import { APPLICATION_ID, migrate, SCHEMA_VERSION, type Tables } from "./sqlite-schema.ts";

/** How long a statement waits for another program (a backup, a curious shell) that holds the file, milliseconds. */
const BUSY_TIMEOUT_MS = 2000;

const untouched = "Serin has not changed it.";

const damaged = (path: string, what: string) =>
  new SerinError(
    "DATABASE_CORRUPT",
    `${path} is damaged: ${what}. ${untouched} Copy its directory first; then restore a backup, save what can be saved with ` +
      `"sqlite3 serin.db .recover", or name another data directory to begin anew.`,
  );

/** What SQLite or the file system threw, as a sentence with what to do. */
export function explained(thrown: unknown, path: string): SerinError {
  if (thrown instanceof SerinError) return thrown;
  const code = (thrown as { code?: string } | null)?.code ?? "";
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const unwritable = (sentence: string) =>
    new SerinError("DATABASE_UNWRITABLE", `${path} ${sentence}`, { cause: thrown, details: { sqlite: code } });
  if (/^SQLITE_(CORRUPT|NOTADB|IOERR_CORRUPTFS)/.test(code)) return damaged(path, message);
  // our own statements name what is there: a table or column that is missing was lost
  if (code === "SQLITE_ERROR" && /^(no such|table \S+ has no) |malformed/.test(message)) return damaged(path, message);
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return new SerinError("DATABASE_BUSY", `${path} is held by another program; try again`, { cause: thrown });
  }
  if (/^SQLITE_FULL|^ENOSPC|^EDQUOT/.test(code)) {
    return unwritable("cannot grow: the disk is full. Nothing that was acknowledged is lost; free some space.");
  }
  if (/^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)|^(EACCES|EPERM|EROFS|ENOTDIR|EEXIST|ENOENT)$/.test(code)) {
    return unwritable("cannot be written: look at the owner and the permissions of the directory.");
  }
  if (/^SQLITE_IOERR|^EIO$/.test(code)) {
    return unwritable(`cannot be written or read: the disk reports an error (${code}).`);
  }
  return asSerinError(thrown);
}

/** A directory held for this process; the kernel lets go of it when the process dies, however it dies. */
export interface Claim {
  release(): void;
}

/**
 * Takes DIR for this process alone. The lock is SQLite's own RESERVED lock on an empty file, which is a lock of the
 * operating system: a killed holder blocks nobody, and no process id has to be trusted. Throws DATABASE_BUSY.
 */
export function claim(dir: string): Claim {
  const [lock, pid] = [join(dir, "serin.lock"), join(dir, "serin.pid")];
  createPrivately(lock);
  const handle = new Database(lock, { timeout: 0 });
  try {
    handle.pragma("journal_mode = memory");
    handle.exec("begin immediate");
    writeFileSync(pid, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    handle.close();
    throw (error as { code?: string }).code === "SQLITE_BUSY" ? taken(dir, pid) : error;
  }
  return {
    release: () => {
      rmSync(pid, { force: true });
      handle.close();
    },
  };
}

function taken(dir: string, pid: string): SerinError {
  const holder = existsSync(pid) ? readFileSync(pid, "utf8").trim() : "";
  const who = holder === "" ? "another Serin" : `another Serin (process ${holder})`;
  return new SerinError(
    "DATABASE_BUSY",
    `${who} is using ${dir}; stop it, speak to it through its API, or name another data directory`,
    { details: { dir, ...(holder === "" ? {} : { pid: Number(holder) }) } },
  );
}

/** An empty file of mode 0600, unless there is a file already. SQLite gives its log files the same mode. */
function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
  }
}

/** A connection with the settings that the promises rest on. */
export function openHandle(path: string): Database.Database {
  const handle = new Database(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    handle.pragma("journal_mode = wal");
    // FULL: a commit is acknowledged when the log is on the disk, so that not even a power cut takes it back.
    handle.pragma("synchronous = full");
    handle.pragma("foreign_keys = on");
    handle.pragma("trusted_schema = off");
    handle.pragma("journal_size_limit = 67108864");
    return handle;
  } catch (error) {
    handle.close();
    throw error;
  }
}

/** Every transaction takes the write lock first, so that none fails half-way because another one wrote in between. */
class ImmediateDriver extends SqliteDriver {
  readonly #handle: Database.Database;

  constructor(handle: Database.Database) {
    super({ database: handle });
    this.#handle = handle;
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }

  /** SQLite has rolled back by itself when the disk was full; a second rollback would hide the reason. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#handle.inTransaction) await connection.executeQuery(CompiledQuery.raw("rollback"));
  }
}

class Dialect extends SqliteDialect {
  readonly #handle: Database.Database;

  constructor(handle: Database.Database) {
    super({ database: handle });
    this.#handle = handle;
  }

  override createDriver(): Driver {
    return new ImmediateDriver(this.#handle);
  }
}

export const queries = (handle: Database.Database) => new Kysely<Tables>({ dialect: new Dialect(handle) });

/**
 * Opens DIR/serin.db: creates it where there is none, refuses what is not ours, is newer or is damaged (and leaves
 * such a file byte for byte as it was), and brings an older one up to date. The caller holds the claim.
 */
export async function openDatabase(dir: string): Promise<Database.Database> {
  const path = join(dir, "serin.db");
  if (existsSync(path)) inspect(path);
  else await create(dir, path);
  const handle = openHandle(path);
  try {
    if (handle.pragma("user_version", { simple: true }) !== SCHEMA_VERSION) await migrate(handle, queries(handle));
    return handle;
  } catch (error) {
    handle.close();
    throw error;
  }
}

/** The data directory, made with mode 0700 where there is none. Its absolute path. */
export function ensureDirectory(dir: string): string {
  const path = resolve(dir);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

/** Made under another name and renamed when complete: a file called serin.db is never half a database. */
async function create(dir: string, path: string): Promise<void> {
  if (existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0) {
    throw damaged(path, "the file is gone but its log serin.db-wal is there");
  }
  const draft = `${path}.new`;
  for (const stale of [draft, `${draft}-journal`]) rmSync(stale, { force: true });
  createPrivately(draft);
  const handle = new Database(draft);
  try {
    // Full pages are given back by `prune`; this can only be chosen before the first table.
    handle.pragma("auto_vacuum = incremental");
    await migrate(handle, queries(handle));
  } finally {
    handle.close();
  }
  renameSync(draft, path);
  syncDirectory(dir);
}

function syncDirectory(dir: string): void {
  const descriptor = openSync(dir, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Looks without touching: first the header's bytes, then the content through a connection that cannot write. */
function inspect(path: string): void {
  const header = Buffer.alloc(100);
  const descriptor = openSync(path, "r");
  const length = readSync(descriptor, header, 0, 100, 0);
  closeSync(descriptor);
  if (length < 100) throw damaged(path, length === 0 ? "the file is empty" : "the file is cut off");
  if (header.toString("latin1", 0, 16) !== "SQLite format 3\0") throw damaged(path, "it is not an SQLite database");
  if (header.readUInt32BE(68) !== APPLICATION_ID) {
    throw new SerinError(
      "DATABASE_CORRUPT",
      `${path} is the database of another program. ${untouched} Name another data directory.`,
    );
  }
  const before = logsOf(path);
  const handle = new Database(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    examine(path, handle);
  } catch (error) {
    handle.close();
    // Looking into a database makes empty logs beside it, which a connection that cannot write does not take away again.
    if (before.length === 0 && statSync(`${path}-wal`, { throwIfNoEntry: false })?.size === 0)
      for (const log of logsOf(path)) rmSync(log, { force: true });
    throw error;
  }
  handle.close();
}

const logsOf = (path: string) => [`${path}-wal`, `${path}-shm`].filter((log) => existsSync(log));

function examine(path: string, handle: Database.Database): void {
  const version = Number(handle.pragma("user_version", { simple: true }));
  if (version > SCHEMA_VERSION) {
    throw new SerinError(
      "DATABASE_NEWER",
      `${path} was written by a newer Serin (schema ${version}, this one knows ${SCHEMA_VERSION}). ${untouched} ` +
        `Use that version, or name another data directory.`,
      { details: { schema: version, known: SCHEMA_VERSION } },
    );
  }
  const found = String(handle.pragma("quick_check(1)", { simple: true }));
  if (found !== "ok") throw damaged(path, found);
}
