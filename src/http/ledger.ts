/**
 * The ledger of exposure: who met each revision of each release, for as long as its journal is kept. The gateway counts the
 * present release in its memory; what it counted is written down every few seconds and when the server closes, beside the
 * journal, and outlives both. It is no part of any decision, so no status has a word of it.
 */
import { z } from "zod";
import { hasGivenWay } from "../analysis/strip.ts";
import type { Loaded } from "../engine/ports.ts";
import { exposureSchema, extraOf, extraSchema, type Exposure, type Extra } from "../rollout/exposure.ts";
import { gatesOf } from "../rollout/gates.ts";
import type { Status } from "../rollout/status.ts";
import type { ServerDeps } from "./deps.ts";
import { measured } from "./live.ts";
import { noPoints, pointsSchema, withPoint, type Points } from "./pages/points.ts";

/** How often what has changed is written down. */
const PACE_MS = 5000;

const entrySchema = z.strictObject({
  countedTo: z.number(),
  exposure: exposureSchema,
  /** What gateways counted that died since, added up. */
  earlier: exposureSchema.nullable(),
  extra: extraSchema.nullable(),
  points: pointsSchema,
});
type Entry = z.infer<typeof entrySchema>;

/** What is known of one release. */
export interface Counted {
  readonly countedTo: number;
  readonly exposure: Exposure;
  readonly extra: Extra | null;
  readonly points: Points;
}

type Deps = Pick<ServerDeps, "records" | "live" | "log" | "now">;

export class Ledger {
  readonly #deps: Deps;
  readonly #due = new Map<string, NodeJS.Timeout>();
  readonly #unsubscribe: () => void;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#unsubscribe = deps.records.onChange((name) => this.#later(name));
  }

  /** What a release has met so far, or met; null when nobody counted. */
  async of(name: string, release: number): Promise<Counted | null> {
    const loaded = await this.#deps.records.load(name);
    if (loaded === null) return null;
    const { status } = loaded;
    const entry = release === status.release ? await this.#keep(name, loaded) : await this.#kept(name, release, status);
    if (entry === null) return null;
    const { countedTo, exposure, earlier, extra, points } = entry;
    return { countedTo, exposure: added(earlier, exposure), extra, points };
  }

  /** Writes down what is not written yet. */
  async close(): Promise<void> {
    this.#unsubscribe();
    const names = [...this.#due.keys()];
    for (const timer of this.#due.values()) clearTimeout(timer);
    this.#due.clear();
    await Promise.all(names.map((name) => this.#write(name)));
  }

  #later(name: string): void {
    if (this.#due.has(name)) return;
    const timer = setTimeout(() => {
      this.#due.delete(name);
      void this.#write(name);
    }, PACE_MS);
    this.#due.set(name, timer.unref());
  }

  async #write(name: string): Promise<void> {
    try {
      const loaded = await this.#deps.records.load(name);
      if (loaded !== null && loaded.status.release > 0) await this.#keep(name, loaded);
    } catch (thrown) {
      this.#deps.log("warn", "exposure is not written down", { rollout: name, cause: String(thrown) });
    }
  }

  /** What is known of the present release, with what the gateway says now; that is written down. */
  async #keep(name: string, { spec, status }: Loaded): Promise<Entry | null> {
    const [kept, live] = await Promise.all([this.#kept(name, status.release, status), measured(this.#deps, name)]);
    if (live === null || live.salt !== status.salt) return kept;
    const { salt, since, exact, stable, canary, moves } = live;
    const exposure = { salt, since, exact, stable, canary, moves };
    const again = kept !== null && kept.exposure.since !== since;
    // a gateway that was started again and has met nobody since knows nothing to add
    if (again && stable.requests + canary.requests === 0) return kept;
    const earlier = again ? added(kept.earlier, kept.exposure) : (kept?.earlier ?? null);
    const entry: Entry = {
      countedTo: status.endedAt ?? live.at,
      exposure,
      earlier,
      extra: extrasOf({ spec, status }),
      points: withPoint(kept?.points ?? noPoints, live.at, added(earlier, exposure)),
    };
    if (kept === null || JSON.stringify(kept.exposure) !== JSON.stringify(exposure))
      await this.#deps.records.writeNote(keyOf(name, status.release), JSON.stringify(entry));
    return entry;
  }

  /** What was written down, if it is of this rollout and not of another that had the name. */
  async #kept(name: string, release: number, { seed }: Status): Promise<Entry | null> {
    const note = await this.#deps.records.note(keyOf(name, release));
    const entry = note === null ? null : entrySchema.safeParse(JSON.parse(note));
    return entry?.success === true && entry.data.exposure.salt === `${seed}.${release}` ? entry.data : null;
  }
}

const keyOf = (name: string, release: number) => `exposure ${name} ${release}`;

/** Of the first gate that counts failures. Where its ground has given way, its interval has too. */
export function extrasOf({ spec, status }: Pick<Loaded, "spec" | "status">): Extra | null {
  const extras = gatesOf(spec).map((gate) => extraOf(gate, status.verdicts[gate.name]));
  const extra = extras.find((one) => one !== null) ?? null;
  return extra !== null && hasGivenWay(status.strips?.[extra.gate]) ? { ...extra, low: null, high: null } : extra;
}

/** Two counts of one release, the second by a gateway that knew nothing of the first: who met both counts twice. */
function added(first: Exposure | null, second: Exposure): Exposure {
  if (first === null) return second;
  return {
    ...second,
    since: first.since,
    exact: false,
    stable: sum(first.stable, second.stable),
    canary: sum(first.canary, second.canary),
    moves: first.moves === null || second.moves === null ? null : sum(first.moves, second.moves),
  };
}

function sum<T extends Readonly<Record<string, number | null>>>(a: T, b: T): T {
  const plus = (x: number | null, y: number | null) => (x === null || y === null ? null : x + y);
  return Object.fromEntries(Object.keys(a).map((key) => [key, plus(a[key], b[key])])) as T;
}
