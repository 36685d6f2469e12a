/** The book of releases: the journal is read once, and from then on only what is new. */
import type { Records } from "../../engine/ports.ts";
import type { Release } from "../wire-pages.ts";
import { asOf, read, type Reading } from "./releases.ts";

const PAGE = 1000;

export class Book {
  readonly #records: Records;
  /** Releases by rollout, oldest first. */
  readonly #rollouts = new Map<string, Reading[]>();
  #seq = 0;
  #reading: Promise<void> | null = null;

  constructor(records: Records) {
    this.#records = records;
  }

  /** Newest first, of all rollouts or of one. */
  async releases(now: number, rollout?: string): Promise<readonly Release[]> {
    await this.#catchUp();
    const names = rollout === undefined ? await this.#records.names() : [rollout];
    const found = await Promise.all(names.map((name) => this.#kept(name)));
    return found
      .flat()
      .map((reading) => asOf(reading, now))
      .toSorted((a, b) => b.startedAt - a.startedAt);
  }

  /** With a rollout its journal goes; another one of the same name begins anew. */
  async #kept(name: string): Promise<readonly Reading[]> {
    const known = this.#rollouts.get(name) ?? [];
    const first = known.at(-1)?.release.firstSeq;
    if (first === undefined) return [];
    const [entry] = await this.#records.journal(first - 1, { rollout: name, limit: 1 });
    if (entry?.seq === first) return known;
    this.#rollouts.delete(name);
    return [];
  }

  async #catchUp(): Promise<void> {
    this.#reading ??= this.#readOn().finally(() => (this.#reading = null));
    await this.#reading;
  }

  async #readOn(): Promise<void> {
    for (;;) {
      const page = await this.#records.journal(this.#seq, { limit: PAGE });
      for (const entry of page) this.#take(entry);
      this.#seq = page.at(-1)?.seq ?? this.#seq;
      if (page.length < PAGE) return;
    }
  }

  #take(entry: Parameters<typeof read>[1]): void {
    const { rollout, event } = entry;
    // Another one of this name was removed.
    if (event.type === "started" && event.release === 1) this.#rollouts.delete(rollout);
    const releases = this.#rollouts.get(rollout) ?? [];
    const last = releases.at(-1) ?? null;
    const next = read(last, entry);
    if (next === null) return;
    if (event.type === "started") releases.push(next);
    else releases[releases.length - 1] = next;
    this.#rollouts.set(rollout, releases);
  }
}
