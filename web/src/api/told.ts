/** What the live stream tells, put where pages read it. */
import type { QueryClient } from "@tanstack/react-query";
import type { EventView } from "../../../src/http/wire.ts";
import type { FleetRow, Overview } from "../../../src/http/wire-pages.ts";
import { keys } from "./keys.ts";

/** Charts are drawn anew when there is something new, and no more often than this. */
const SERIES_MS = 3000;

export class Told {
  readonly #client: QueryClient;
  #seriesAt = 0;

  constructor(client: QueryClient) {
    this.#client = client;
  }

  fleet(rows: readonly FleetRow[]): void {
    this.#client.setQueryData<readonly FleetRow[]>(keys.fleet, (before = []) => {
      const known = new Map(before.map((row) => [row.name, row]));
      for (const row of rows) known.set(row.name, row);
      return [...known.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    });
  }

  overview(seen: Overview): void {
    const { name, release } = seen.rollout;
    this.#client.setQueryData(keys.overview(name), seen);
    if (Date.now() - this.#seriesAt < SERIES_MS) return;
    this.#seriesAt = Date.now();
    void this.#client.invalidateQueries({ queryKey: keys.series(name, release) });
  }

  /** What is derived of the journal is asked for again when somebody looks at it. */
  journal({ rollout }: EventView): void {
    void this.#client.invalidateQueries({ queryKey: keys.derived(rollout) });
    void this.#client.invalidateQueries({ queryKey: keys.allReleases });
  }

  gone(name: string): void {
    this.#client.setQueryData<readonly FleetRow[]>(keys.fleet, (rows = []) => rows.filter((row) => row.name !== name));
    this.#client.setQueryData(keys.overview(name), null);
  }
}
