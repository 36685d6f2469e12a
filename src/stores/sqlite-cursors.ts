/** How far each notifier of each rollout has come in the journal. */
import { sql, type Kysely, type Transaction } from "kysely";
import type { Tables } from "./sqlite-schema.ts";

/** New notifiers begin at the journal's end; those no longer named are forgotten. */
export async function place(db: Transaction<Tables>, rollout: string, notified: readonly string[]): Promise<void> {
  await db.deleteFrom("cursors").where("rollout", "=", rollout).where("notifier", "not in", notified).execute();
  await begin(db, rollout, notified);
}

async function begin(db: Transaction<Tables>, rollout: string, notifiers: readonly string[]): Promise<void> {
  const seq = await journalEnd(db);
  for (const notifier of notifiers) {
    await db
      .insertInto("cursors")
      .values({ rollout, notifier, seq })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** The position of one that has none yet: the journal's end, kept if there is such a rollout. */
export async function firstPosition(db: Transaction<Tables>, rollout: string, notifier: string): Promise<number> {
  const there = await db.selectFrom("rollouts").select("name").where("name", "=", rollout).executeTakeFirst();
  if (there !== undefined) await begin(db, rollout, [notifier]);
  return (await positionOf(db, rollout, notifier)) ?? journalEnd(db);
}

export async function positionOf(db: Kysely<Tables>, rollout: string, notifier: string): Promise<number | undefined> {
  const found = await db
    .selectFrom("cursors")
    .select("seq")
    .where("rollout", "=", rollout)
    .where("notifier", "=", notifier)
    .executeTakeFirst();
  return found?.seq;
}

export async function moveOn(db: Kysely<Tables>, rollout: string, notifier: string, seq: number): Promise<void> {
  await db
    .updateTable("cursors")
    .set({ seq: sql<number>`max(seq, ${seq})` })
    .where("rollout", "=", rollout)
    .where("notifier", "=", notifier)
    .execute();
}

/** Not max(seq): the newest entry may have gone with its rollout, and numbers are never used twice. */
export async function journalEnd(db: Kysely<Tables>): Promise<number> {
  const found = await sql<{ seq: number }>`select seq from sqlite_sequence where name = 'journal'`.execute(db);
  return found.rows[0]?.seq ?? 0;
}
