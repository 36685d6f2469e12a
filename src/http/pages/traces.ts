/** Traces of releases that somebody looks at. Each is read on for a short while at a time; the control loop comes first. */
import type { ServerDeps } from "../deps.ts";
import { footing, retrace, type Footing } from "../../sim/retrace.ts";
import { Trace } from "./trace.ts";

/** Traces that are kept; the one that was asked for longest ago goes first. */
const KEPT = 64;
/** How long a question waits for the record to be read unless it says so, and how long reading goes on without a rest. */
const PATIENCE_MS = 400;
const STRETCH_MS = 25;

export interface Traced {
  readonly trace: Trace;
  /** Whether everything that is recorded has been read. */
  readonly complete: boolean;
}

type Parts = Pick<ServerDeps, "records" | "specOf">;

export class Traces {
  readonly #parts: Parts;
  readonly #kept = new Map<string, Walk>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The trace of a release as far as it could be read in a while; null when its record is not kept. */
  async of(name: string, release: number, patienceMs = PATIENCE_MS): Promise<Traced | null> {
    const key = `${name} ${release}`;
    const walk = this.#kept.get(key) ?? new Walk(this.#parts, name, release);
    this.#kept.delete(key);
    this.#kept.set(key, walk);
    for (const oldest of this.#kept.keys()) if (this.#kept.size > KEPT) this.#kept.delete(oldest);
    return walk.ask(patienceMs);
  }
}

/** One release being read. Reading goes on when the one who asked has waited long enough. */
class Walk {
  readonly #parts: Parts;
  readonly #name: string;
  readonly #release: number;
  readonly #trace = new Trace();
  #at: Footing | null = null;
  #walking: Promise<boolean> | null = null;

  constructor(parts: Parts, name: string, release: number) {
    this.#parts = parts;
    this.#name = name;
    this.#release = release;
  }

  async ask(patienceMs: number): Promise<Traced | null> {
    this.#walking ??= this.#walk().finally(() => (this.#walking = null));
    const found = await Promise.race([this.#walking, rest(patienceMs).then(() => null)]);
    return found === false ? null : { trace: this.#trace, complete: found === true };
  }

  /** To the end of the record; false when there is none. */
  async #walk(): Promise<boolean> {
    const { records, specOf } = this.#parts;
    this.#at ??= await footing(records, this.#name, this.#release);
    if (this.#at === null) return false;
    let since = performance.now();
    for await (const pace of retrace(records, this.#name, this.#release, this.#at, specOf)) {
      this.#trace.take(pace);
      this.#at = { version: pace.version, status: pace.status };
      const busy = performance.now() - since;
      if (busy < STRETCH_MS) continue;
      await rest(busy);
      since = performance.now();
    }
    return true;
  }
}

const rest = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
