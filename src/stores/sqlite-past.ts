/** The past of a rollout in SQLite, kept so that its decisions can be made again: commits, documents, beginnings. */
import { sql, type Kysely, type Transaction } from "kysely";
import type { Beginning, Change, CommitRecord, DocumentRecord } from "../engine/ports.ts";
import type { Inputs } from "../engine/inputs.ts";
import type { RolloutEvent } from "../rollout/events.ts";
import type { Status } from "../rollout/status.ts";
import { decode, encode } from "./json.ts";
import type { Tables } from "./sqlite-schema.ts";
import { bounded } from "./store.ts";

/** A commit's row. Made before the transaction, so that what cannot be kept leaves nothing behind. */
export function commitRow({ name: rollout, from, status, inputs }: Change) {
  const text = encode(inputs, `the inputs of ${rollout}`);
  return { rollout, version: from + 1, release: status.release, at: inputs.now, inputs: text };
}

/** To be called before the status is overwritten: where it opens a release, the status it was decided from is kept. */
export async function keepBeginning(db: Transaction<Tables>, { name, from, status }: Change): Promise<void> {
  await db
    .insertInto("beginnings")
    .columns(["rollout", "release", "version", "status"])
    .expression((eb) =>
      eb
        .selectFrom("rollouts")
        .select((eb) => ["name", eb.val(status.release).as("release"), "version", "status"])
        .where("name", "=", name)
        .where("version", "=", from)
        .where("release", "<>", status.release),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The document that is in force from the rollout's present version on; with the first one its first status. */
export async function keepDocument(db: Transaction<Tables>, rollout: string, first: boolean): Promise<void> {
  const present = (db: Transaction<Tables>) => db.selectFrom("rollouts").where("name", "=", rollout);
  await db
    .insertInto("documents")
    .columns(["rollout", "version", "document"])
    .expression(present(db).select(["name", "version", "document"]))
    .execute();
  if (!first) return;
  await db
    .insertInto("beginnings")
    .columns(["rollout", "release", "version", "status"])
    .expression(present(db).select(["name", "release", "version", "status"]))
    .execute();
}

/** Two statements, and no transaction is needed: a commit's events are written with it and never change. */
export async function commitsOf(
  db: Kysely<Tables>,
  rollout: string,
  options: { readonly release?: number; readonly after?: number; readonly limit: number },
): Promise<readonly CommitRecord[]> {
  let wanted = db
    .selectFrom("commits")
    .select(["version", "release", "inputs"])
    .where("rollout", "=", rollout)
    .where("version", ">", options.after ?? -1);
  if (options.release !== undefined) wanted = wanted.where("release", "=", options.release);
  const rows = await wanted.orderBy("version").limit(bounded(options.limit)).execute();
  if (rows.length === 0) return [];
  const told = await eventsOf(db, rollout, rows[0].version, rows[rows.length - 1].version);
  return rows.map(({ version, release, inputs }) => ({
    version,
    release,
    inputs: decode(inputs, `the inputs of ${rollout}`) as Inputs,
    events: told.get(version) ?? [],
  }));
}

async function eventsOf(
  db: Kysely<Tables>,
  rollout: string,
  from: number,
  to: number,
): Promise<ReadonlyMap<number, readonly RolloutEvent[]>> {
  const rows = await db
    .selectFrom("journal")
    .select(["seq", "version", "event"])
    .where("rollout", "=", rollout)
    .where("version", ">=", from)
    .where("version", "<=", to)
    .orderBy("seq")
    .execute();
  const told = new Map<number, RolloutEvent[]>();
  for (const { seq, version, event } of rows) {
    const events = told.get(version) ?? [];
    events.push(decode(event, `journal entry ${seq}`) as RolloutEvent);
    told.set(version, events);
  }
  return told;
}

export async function beginningOf(db: Kysely<Tables>, rollout: string, release: number): Promise<Beginning | null> {
  const row = await db
    .selectFrom("beginnings")
    .select(["version", "status"])
    .where("rollout", "=", rollout)
    .where("release", "=", release)
    .executeTakeFirst();
  if (row === undefined) return null;
  return { version: row.version, status: decode(row.status, `a beginning of ${rollout}`) as Status };
}

export async function documentsOf(db: Kysely<Tables>, rollout: string): Promise<readonly DocumentRecord[]> {
  const rows = await db
    .selectFrom("documents")
    .select(["version", "document"])
    .where("rollout", "=", rollout)
    .orderBy("version")
    .execute();
  return rows.map(({ version, document }) => ({ version, document: decode(document, `a document of ${rollout}`) }));
}

/** Forgets what measurements are forgotten for, by the same rule. */
export async function forgetPast(db: Transaction<Tables>, before: number, keepReleases: number): Promise<void> {
  await sql`
    delete from commits where at < ${before} and release <= (
      select release - ${keepReleases} from rollouts where name = commits.rollout)`.execute(db);
  await sql`
    delete from beginnings
    where release <= (select release - ${keepReleases} from rollouts where name = beginnings.rollout)
      and not exists (select 1 from commits c where c.rollout = beginnings.rollout and c.release = beginnings.release)
    `.execute(db);
  await sql`
    delete from documents where exists (
      select 1 from documents later where later.rollout = documents.rollout and later.version > documents.version
        and later.version <= (select min(version) from beginnings where rollout = documents.rollout))`.execute(db);
}
