/** Plays a scene: the engine, on a memory store and a virtual clock, in an invented world. The journal is what happened. */
import { createEngine, type Engine } from "../engine/engine.ts";
import type { JournalEntry } from "../engine/ports.ts";
import { formatDuration } from "../rollout/amounts.ts";
import { sentence } from "../rollout/events.ts";
import { initialStatus } from "../rollout/initial.ts";
import type { Signal } from "../rollout/signals.ts";
import { specSchema, type Spec } from "../rollout/spec.ts";
import type { Status } from "../rollout/status.ts";
import { openStore, type OpenStore } from "../stores/index.ts";
import { VirtualClock } from "./clock.ts";
import type { Truth } from "./traffic.ts";
import { World, type Trouble } from "./world.ts";

/** What somebody does at a moment, in seconds since the scene began. */
export type Act =
  | { readonly at: number; readonly signal: Signal }
  /** The document is edited: its `spec` as people write it. */
  | { readonly at: number; readonly edit: unknown }
  /** The control process dies and comes back so many seconds later. */
  | { readonly at: number; readonly crash: number };

export interface Scene {
  readonly name: string;
  /** One sentence: what it shows. */
  readonly about: string;
  /** `spec` as people write it. */
  readonly spec: unknown;
  readonly truth: Truth;
  readonly trouble?: Trouble;
  readonly acts?: readonly Act[];
  /** When the curtain falls, seconds. */
  readonly until: number;
  readonly seed: number;
}

export interface Played {
  readonly journal: readonly JournalEntry[];
  readonly status: Status;
  readonly world: World;
  /** Open still, with everything that was recorded. */
  readonly store: OpenStore;
  readonly startedAt: number;
}

/** Some moment; scenes are told in seconds since it. */
const STARTED_AT = Date.UTC(2026, 0, 1);

export async function play(scene: Scene): Promise<Played> {
  const clock = new VirtualClock(STARTED_AT);
  const world = new World(clock, scene.truth, scene.seed, scene.trouble);
  const store = await openStore({ memory: {}, parse: (name, document) => readSpec(name, document) });
  const start = async () => {
    const log = () => {};
    const engine = createEngine({
      store,
      clock,
      portsOf: () => world,
      names: () => store.names(),
      gone: () => {},
      log,
    });
    await engine.start();
    return engine;
  };
  await store.put(scene.name, scene.spec, (spec) => initialStatus(spec, clock.now(), `seed-${scene.seed}`));
  let engine = await start();
  for (const act of (scene.acts ?? []).toSorted((a, b) => a.at - b.at)) {
    await clock.pass(STARTED_AT + act.at * 1000);
    if ("signal" in act) await store.signal(scene.name, clock.now(), act.signal);
    if ("edit" in act) await store.put(scene.name, act.edit, (spec) => initialStatus(spec, clock.now(), "edited"));
    if ("crash" in act) {
      await ended(engine, clock, act.crash * 1000);
      engine = await start();
    }
    engine.wake(scene.name);
  }
  await clock.pass(STARTED_AT + scene.until * 1000);
  await ended(engine, clock, FAREWELL_MS);
  const journal = await store.journal(0, { limit: 10_000 });
  const loaded = await store.load(scene.name);
  if (loaded === null) throw new Error("the scene's rollout is gone");
  return { journal, status: loaded.status, world, store, startedAt: STARTED_AT };
}

/** What a tick under way may still wait for. */
const FAREWELL_MS = 1000;

/** A tick under way ends before the engine does, and it may be waiting for time to pass. */
async function ended(engine: Engine, clock: VirtualClock, ms: number): Promise<void> {
  const closed = engine.close();
  await clock.pass(clock.now() + ms);
  await closed;
}

export function readSpec(name: string, document: unknown): Spec {
  return { name, ...specSchema.parse(document) };
}

/** What happened, a line an event, as people read it. */
export function timeline(scene: Scene, { journal, status, startedAt }: Played): string {
  const lines = journal.map(({ event }) => `${clockTime(event.at - startedAt)}  ${sentence(event)}`);
  const { phase, outcome, stable, plan } = status;
  const end = `${phase}, ${outcome ?? "no outcome"}; ${stable.revision} is stable, the canary is to get ${plan.canaryWeight / 100} %`;
  return [`# ${scene.about}`, "", ...lines, "", `= ${end}`, ""].join("\n");
}

const clockTime = (ms: number): string => formatDuration(Math.round(ms / 10) * 10).padStart(12);
