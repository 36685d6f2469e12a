/**
 * What a host does once a second: bounds its log, and sees to it that it can be found. A gateway whose data directory
 * was deleted can be found by nobody. It serves on, for people may be using it; when nobody has for ten minutes, it ends.
 */
import type { ControlServer } from "./server.ts";
import type { Log } from "./log.ts";

/** How long a gateway that nobody can find waits for traffic. */
const FORGOTTEN_MS = 600_000;

export interface CaretakerParts {
  readonly server: Pick<ControlServer, "keep">;
  readonly log: Pick<Log, "bound" | "line">;
  readonly now: () => number;
  /** When there was traffic last, epoch milliseconds. */
  readonly trafficAt: () => number;
  readonly end: () => void;
}

export class Caretaker {
  readonly #parts: CaretakerParts;
  /** Since when nobody can find the gateway. */
  #lostAt: number | null = null;

  constructor(parts: CaretakerParts) {
    this.#parts = parts;
  }

  async look(): Promise<void> {
    this.#parts.log.bound();
    if (await this.#found()) this.#lostAt = null;
    else this.#lose();
  }

  async #found(): Promise<boolean> {
    try {
      return await this.#parts.server.keep();
    } catch {
      return false;
    }
  }

  #lose(): void {
    const { log, now, trafficAt, end } = this.#parts;
    if (this.#lostAt === null) log.line("the data directory is gone: nobody can find this gateway any more");
    this.#lostAt ??= now();
    if (now() - Math.max(this.#lostAt, trafficAt()) < FORGOTTEN_MS) return;
    log.line("nobody can find this gateway and nobody uses it");
    end();
  }
}
